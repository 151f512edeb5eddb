using CseKms.Core;
using CseKms.Core.Session;

namespace CseKms.Work;

/// <summary>Instruction files stand in a folder of a bucket beside its objects, and are no failure of it.</summary>
internal static class InstructionFiles
{
    /// <summary>What is said of an object that is not encrypted and is one; <see langword="null"/> for any other.</summary>
    public static async Task<WorkResult?> PassOverAsync(
        S3EncryptionClient client, ObjectAddress address, string suffix, CancellationToken cancellationToken) =>
        await client.IsInstructionFileAsync(address, suffix, cancellationToken).ConfigureAwait(false)
            ? new(Output: null) { Verbose = $"{address} is an instruction file and was passed over." }
            : null;
}
