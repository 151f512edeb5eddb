using CseKms.Core;
using CseKms.Core.Transfer;

namespace CseKms;

/// <summary>An object whose data key was wrapped anew, or which was encrypted anew.</summary>
public sealed class CseUpdatedObject
{
    internal CseUpdatedObject(ObjectAddress address, RewrapResult result)
    {
        BucketName = address.BucketName;
        Key = address.Key;
        VersionId = result.VersionId;
        ETag = result.ETag;
        Size = result.Size;
        Format = result.Format;
        KmsKeyId = result.KmsKeyId;
        OldKmsKeyId = result.OldKmsKeyId;
        Operation = result.IsUpgraded ? "Upgrade" : result.InTwoRequests ? "DecryptAndEncrypt" : "ReEncrypt";
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

    /// <summary>V2 or V3.</summary>
    public string Format { get; }

    /// <summary>The ARN of the KMS key that wraps the data key now, as KMS told it; empty with a raw key.</summary>
    public string? KmsKeyId { get; }

    /// <summary>The ARN of the KMS key that wrapped it before, as KMS told it; empty with a raw key.</summary>
    public string? OldKmsKeyId { get; }

    /// <summary>
    /// How: ReEncrypt, where KMS did it and the data key never left it; DecryptAndEncrypt, where the data key was in this process, as with
    /// raw keys, or keys of two regions or callers; Upgrade, where the content was encrypted anew under a new data key.
    /// </summary>
    public string Operation { get; }

    /// <summary>How many older versions of the object keep what they had; empty where the bucket keeps no versions, or they could not be listed.</summary>
    public int? OlderVersions { get; init; }

    /// <summary>Which object.</summary>
    public override string ToString() => CseText.Escape($"{BucketName}/{Key}");
}
