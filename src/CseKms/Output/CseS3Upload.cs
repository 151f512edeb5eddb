using CseKms.Core;

namespace CseKms;

/// <summary>A multipart upload that was begun and neither completed nor dropped. Pipes into Remove-CseS3Upload.</summary>
public sealed class CseS3Upload
{
    internal CseS3Upload(OpenUpload upload)
    {
        BucketName = upload.Address.BucketName;
        Key = upload.Address.Key;
        UploadId = upload.UploadId;
        Initiated = upload.Initiated.ToLocalTime();
        StorageClass = upload.StorageClass;
        Initiator = upload.Initiator;
    }

    /// <summary>The bucket.</summary>
    public string BucketName { get; }

    /// <summary>The key of the object that it would become.</summary>
    public string Key { get; }

    /// <summary>Its id.</summary>
    public string UploadId { get; }

    /// <summary>When it was begun, in local time.</summary>
    public DateTime Initiated { get; }

    /// <summary>The storage class.</summary>
    public string? StorageClass { get; }

    /// <summary>Who began it, as S3 tells it.</summary>
    public string? Initiator { get; }

    /// <summary>Bucket, key and id.</summary>
    public override string ToString() => CseText.Escape($"{BucketName}/{Key} ({UploadId})");
}
