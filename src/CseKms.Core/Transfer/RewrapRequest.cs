namespace CseKms.Core.Transfer;

/// <summary>One object whose data key is wrapped anew.</summary>
/// <param name="Address">The object; where a version is named, it must be the current one.</param>
public sealed record RewrapRequest(ObjectAddress Address)
{
    /// <summary>What an instruction file's key adds to the object's key.</summary>
    public string InstructionFileSuffix { get; init; } = Format.InstructionFile.Suffix;

    /// <summary>Go on without what stands beside the object and cannot be read.</summary>
    public bool MayLoseAttributes { get; init; }
}

/// <summary>What came of it.</summary>
/// <param name="ETag">The entity tag of the object, quoted.</param>
/// <param name="VersionId">The object's current version, where the bucket keeps versions.</param>
/// <param name="Size">Stored bytes.</param>
/// <param name="Format">V2 or V3.</param>
/// <param name="KmsKeyId">ARN of the KMS key that wraps the data key now; <see langword="null"/> for a raw key.</param>
/// <param name="OldKmsKeyId">ARN of the KMS key that wrapped it before; <see langword="null"/> for a raw key.</param>
public sealed record RewrapResult(string ETag, string? VersionId, long Size, string Format, string? KmsKeyId, string? OldKmsKeyId)
{
    /// <summary>Whether the data key was in this process, since no single request reached both keys.</summary>
    public bool InTwoRequests { get; init; }

    /// <summary>Whether the content was encrypted anew under a new data key.</summary>
    public bool IsUpgraded { get; init; }
}
