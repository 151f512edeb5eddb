using CseKms.Core;
using CseKms.Core.Transfer;

namespace CseKms;

/// <summary>An object that has its envelope again.</summary>
public sealed class CseRepairedObject
{
    internal CseRepairedObject(ObjectAddress address, RepairResult result)
    {
        BucketName = address.BucketName;
        Key = address.Key;
        VersionId = result.VersionId;
        ETag = result.ETag;
        Size = result.Size;
        Format = result.Format;
        KmsKeyId = result.KmsKeyId;
        RepairedFrom = (EnvelopeOrigin)result.Origin;
        SourceBucket = result.Found.BucketName;
        SourceKey = result.Found.Key;
        SourceVersionId = result.Found.VersionId;
        Verified = result.IsVerified;
    }

    /// <summary>The bucket.</summary>
    public string BucketName { get; }

    /// <summary>The object's key.</summary>
    public string Key { get; }

    /// <summary>The object's current version, where the bucket keeps versions.</summary>
    public string? VersionId { get; }

    /// <summary>The object's entity tag.</summary>
    public string? ETag { get; }

    /// <summary>Stored bytes.</summary>
    public long Size { get; }

    /// <summary>V1, V2 or V3.</summary>
    public string Format { get; }

    /// <summary>The ARN of the KMS key that unwraps the data key, as KMS told it; empty with a raw key.</summary>
    public string? KmsKeyId { get; }

    /// <summary>What the envelope was found on.</summary>
    public EnvelopeOrigin RepairedFrom { get; }

    /// <summary>The bucket of what the envelope was found on.</summary>
    public string SourceBucket { get; }

    /// <summary>Its key.</summary>
    public string SourceKey { get; }

    /// <summary>Its version, where its bucket keeps versions.</summary>
    public string? SourceVersionId { get; }

    /// <summary>
    /// Whether the whole object was decrypted to its tag before the envelope was written. False for CBC content, which has no tag: its padding
    /// fits, as that of one wrong envelope in 256 does.
    /// </summary>
    public bool Verified { get; }

    /// <summary>Which object, and from what. It is for the eye, and shows control characters as \u001b.</summary>
    public string Transfer => CseText.Escape($"{SourceBucket}/{SourceKey} → {BucketName}/{Key}");

    /// <summary>Which object, and from what.</summary>
    public override string ToString() => CseText.Escape(Transfer);
}
