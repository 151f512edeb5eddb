namespace CseKms.Core.Transfer;

/// <summary>What a test of one object found.</summary>
public sealed record ObjectFinding
{
    /// <summary>What is wrong with the object; <see langword="null"/> when nothing was found to be.</summary>
    public CseException? Failure { get; init; }

    /// <summary>Whether the object's suite authenticates its content; <see langword="null"/> when no envelope told.</summary>
    public bool? IsAuthenticated { get; init; }

    /// <summary>
    /// Whether the data key is wrapped in a way that tells nobody whether it is the right one, and the body, which could, was not read.
    /// </summary>
    public bool KeyIsUncertain { get; init; }

    /// <summary>Whether the stored tag is the one that the local content has under the object's data key and IV, where that was compared.</summary>
    public bool? TagMatches { get; init; }

    /// <summary>Whether the object's content was read and is the local content, where that was compared.</summary>
    public bool? ContentMatches { get; init; }

    /// <summary>Bytes of the stored object that were read; those that were read twice count once.</summary>
    public long BytesRead { get; init; }

    /// <summary>Stored bytes, where the object answered.</summary>
    public long? Size { get; init; }

    /// <summary>The entity tag, quoted, where the object answered.</summary>
    public string? ETag { get; init; }

    /// <summary>The version, where the bucket keeps versions.</summary>
    public string? VersionId { get; init; }

    /// <summary>V1, V2 or V3, where an envelope was found.</summary>
    public string? Format { get; init; }

    /// <summary>Name of the content algorithm suite, where an envelope was found.</summary>
    public string? Algorithm { get; init; }

    /// <summary>ARN of the KMS key that unwrapped the data key, where one did.</summary>
    public string? KmsKeyId { get; init; }
}
