using CseKms.Core.Content;

namespace CseKms.Core.Transfer;

/// <summary>A file to encrypt into another one.</summary>
/// <param name="Source">The plaintext.</param>
/// <param name="Ciphertext">The file that the ciphertext goes to.</param>
/// <param name="Envelope">The file that the envelope goes to.</param>
public sealed record ProtectRequest(UploadSource Source, FileDestination Ciphertext, FileDestination Envelope);

/// <summary>A file of ciphertext to decrypt into another one.</summary>
/// <param name="CiphertextPath">The ciphertext.</param>
/// <param name="EnvelopePaths">The file with its envelope, or those of the object and of its instruction file.</param>
/// <param name="Plaintext">The file that the plaintext goes to.</param>
public sealed record UnprotectRequest(string CiphertextPath, IReadOnlyList<string> EnvelopePaths, FileDestination Plaintext)
{
    /// <summary>The folder above the ciphertext below which no link is followed; none where links are followed.</summary>
    public string? CiphertextBelow { get; init; }

    /// <summary>The folder above the envelopes below which no link is followed; none where links are followed.</summary>
    public string? EnvelopesBelow { get; init; }

    /// <summary>Where the object was stored, if that is known.</summary>
    public ObjectAddress? Address { get; init; }
}
