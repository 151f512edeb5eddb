namespace CseKms.Core.Transfer;

/// <summary>One object whose envelope was lost or damaged.</summary>
/// <param name="Address">The object; where a version is named, it must be the current one.</param>
public sealed record RepairRequest(ObjectAddress Address)
{
    /// <summary>
    /// The object that it was copied from. Unless given, the envelope is sought on its own older versions and in those of its instruction file.
    /// </summary>
    public ObjectAddress? Source { get; init; }

    /// <summary>What an instruction file's key adds to the object's key.</summary>
    public string InstructionFileSuffix { get; init; } = Format.InstructionFile.Suffix;

    /// <summary>Read the whole object by the envelope that it has, if that opens, and not only open it.</summary>
    public bool DistrustsOwnEnvelope { get; init; }

    /// <summary>Take an envelope that nothing can prove, since CBC has no tag. Its padding must fit.</summary>
    public bool MayBeUnproved { get; init; }

    /// <summary>Go on without what stands beside the object and cannot be read.</summary>
    public bool MayLoseAttributes { get; init; }

    /// <summary>Is asked, when an envelope was proved, whether it is to be written; it is unless given.</summary>
    public Func<RepairResult, Task<bool>>? Approve { get; init; }
}

/// <summary>An object that has its envelope again.</summary>
/// <param name="Origin">What kind of thing the envelope was found on.</param>
/// <param name="Found">What it was found on.</param>
/// <param name="Format">V1, V2 or V3.</param>
/// <param name="Size">Stored bytes.</param>
/// <param name="KmsKeyId">ARN of the KMS key that unwraps the data key; <see langword="null"/> for a raw key.</param>
/// <param name="IsVerified">Whether the whole object was decrypted to its tag; of CBC content only that its padding fits.</param>
public sealed record RepairResult(EnvelopeOrigin Origin, ObjectAddress Found, string Format, long Size, string? KmsKeyId, bool IsVerified)
{
    /// <summary>The entity tag, quoted; <see langword="null"/> before it is written.</summary>
    public string? ETag { get; init; }

    /// <summary>The object's current version, where the bucket keeps versions.</summary>
    public string? VersionId { get; init; }
}

/// <summary>Where an envelope was found.</summary>
public enum EnvelopeOrigin
{
    /// <summary>On the object that the object was copied from.</summary>
    CopySource,

    /// <summary>On an older version of the object.</summary>
    Version,

    /// <summary>In a version of its instruction file.</summary>
    InstructionFile,
}
