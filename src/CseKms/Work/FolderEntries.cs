using CseKms.Core;
using CseKms.Core.Session;

namespace CseKms.Work;

/// <summary>What stands in a folder of a bucket beside a user's objects: folder markers and instruction files are no failure of it.</summary>
internal static class FolderEntries
{
    /// <summary>What is said of an object that is not encrypted and is one of these; <see langword="null"/> for any other.</summary>
    public static async Task<WorkResult?> PassOverAsync(
        S3EncryptionClient client, ObjectAddress address, string instructionFileSuffix, CancellationToken cancellationToken) =>
        address.Key.EndsWith('/')
        || await client.IsInstructionFileAsync(address, instructionFileSuffix, cancellationToken).ConfigureAwait(false)
            ? new(Output: null) { Verbose = $"{address} is a folder marker or an instruction file and was passed over." }
            : null;
}
