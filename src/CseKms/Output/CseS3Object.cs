namespace CseKms;

/// <summary>An object of a listing. Pipes into Receive-CseS3Object and into cmdlets that take BucketName, Key and VersionId.</summary>
public sealed class CseS3Object
{
    internal CseS3Object(string bucketName, string key)
    {
        BucketName = bucketName;
        Key = key;
    }

    /// <summary>The bucket.</summary>
    public string BucketName { get; }

    /// <summary>The object's key.</summary>
    public string Key { get; }

    /// <summary>The folder that was listed: what Receive-CseS3Object takes off the key to name the file.</summary>
    public string? KeyPrefix { get; init; }

    /// <summary>The version, where one was asked for.</summary>
    public string? VersionId { get; init; }

    /// <summary>Stored bytes.</summary>
    public long Size { get; init; }

    /// <summary>When the object was stored.</summary>
    public DateTime? LastModified { get; init; }

    /// <summary>The entity tag.</summary>
    public string? ETag { get; init; }

    /// <summary>The storage class.</summary>
    public string? StorageClass { get; init; }

    /// <summary>Plaintext bytes, with -Envelope; empty for an object that is not encrypted.</summary>
    public long? PlaintextSize { get; init; }

    /// <summary>The envelope, with -Envelope; empty for an object that is not encrypted.</summary>
    public CseEnvelope? Envelope { get; init; }

    /// <summary>Bucket and key.</summary>
    public override string ToString() => $"{BucketName}/{Key}";
}
