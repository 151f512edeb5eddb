namespace CseKms.Core.Transfer;

/// <summary>An object that was stored or received.</summary>
/// <param name="ETag">The entity tag, quoted.</param>
/// <param name="VersionId">The version, where the bucket keeps versions.</param>
/// <param name="PlaintextSize">Plaintext bytes.</param>
/// <param name="Size">Stored bytes.</param>
/// <param name="Algorithm">Name of the content algorithm suite.</param>
public sealed record TransferResult(string ETag, string? VersionId, long PlaintextSize, long Size, string Algorithm)
{
    /// <summary>ARN of the KMS key that wrapped or unwrapped the data key, as KMS told it; <see langword="null"/> with a raw key.</summary>
    public string? KmsKeyId { get; init; }

    /// <summary>V1, V2 or V3.</summary>
    public string? Format { get; init; }

    /// <summary>The envelope's values: as they were stored, or of what was received those that stand on the object itself.</summary>
    public IReadOnlyDictionary<string, string>? Envelope { get; init; }

    /// <summary>Whether the content is what its writer encrypted. CBC content and ranges may have been changed by whoever can write to the bucket.</summary>
    public bool IsAuthenticated { get; init; } = true;
}
