using CseKms.Core.Transfer;

namespace CseKms;

/// <summary>An encrypted object that was copied inside S3. Bucket, key and version are the copy's.</summary>
public sealed class CseCopiedObject
{
    internal CseCopiedObject(CopyRequest request, RewrapResult result)
    {
        SourceBucket = request.Source.BucketName;
        SourceKey = request.Source.Key;
        SourceVersionId = request.Source.VersionId;
        BucketName = request.Target.BucketName;
        Key = request.Target.Key;
        VersionId = result.VersionId;
        ETag = result.ETag;
        Size = result.Size;
        Format = result.Format;
        KmsKeyId = result.KmsKeyId;
    }

    /// <summary>The bucket of the object.</summary>
    public string SourceBucket { get; }

    /// <summary>The object's key.</summary>
    public string SourceKey { get; }

    /// <summary>The object's version, where one was named.</summary>
    public string? SourceVersionId { get; }

    /// <summary>The bucket of the copy.</summary>
    public string BucketName { get; }

    /// <summary>The copy's key.</summary>
    public string Key { get; }

    /// <summary>The copy's version, where its bucket keeps versions.</summary>
    public string? VersionId { get; }

    /// <summary>The copy's entity tag.</summary>
    public string? ETag { get; }

    /// <summary>Stored bytes.</summary>
    public long Size { get; }

    /// <summary>V1, V2 or V3.</summary>
    public string Format { get; }

    /// <summary>The ARN of the KMS key that wraps the copy's data key, where that was wrapped anew.</summary>
    public string? KmsKeyId { get; }

    /// <summary>From where to where. It is for the eye, and shows control characters as \u001b.</summary>
    public string Transfer => CseText.Escape($"{SourceBucket}/{SourceKey} → {BucketName}/{Key}");

    /// <summary>From where to where.</summary>
    public override string ToString() => CseText.Escape(Transfer);
}
