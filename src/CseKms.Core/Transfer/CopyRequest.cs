namespace CseKms.Core.Transfer;

/// <summary>One encrypted object that is copied inside S3.</summary>
/// <param name="Source">The object.</param>
/// <param name="Target">Where the copy goes; its version is not used.</param>
public sealed record CopyRequest(ObjectAddress Source, ObjectAddress Target)
{
    /// <summary>What an instruction file's key adds to the object's key.</summary>
    public string InstructionFileSuffix { get; init; } = Format.InstructionFile.Suffix;

    /// <summary>Wrap the data key of the copy anew. That of an object that is bound to its place always is.</summary>
    public bool Rewraps { get; init; }

    /// <summary>Fail with <see cref="ErrorId.AlreadyExists"/> when there is an object.</summary>
    public bool NoClobber { get; init; }

    /// <summary>Go on without what stands beside the object and cannot be read.</summary>
    public bool MayLoseAttributes { get; init; }

    /// <summary>
    /// What the copy gets that S3 does not copy: storage class, server-side encryption, ACL, lock. Headers, metadata and tags are the
    /// object's.
    /// </summary>
    public ObjectAttributes Attributes { get; init; } = new();
}
