namespace CseKms;

/// <summary>An object that was sent or received.</summary>
public abstract class CseTransferredObject
{
    internal CseTransferredObject(string? path, string bucketName, string key)
    {
        Path = path;
        BucketName = bucketName;
        Key = key;
    }

    /// <summary>The absolute path of the file, where there is one.</summary>
    public string? Path { get; }

    /// <summary>The bucket.</summary>
    public string BucketName { get; }

    /// <summary>The object's key.</summary>
    public string Key { get; }

    /// <summary>The object's version, where the bucket keeps versions.</summary>
    public string? VersionId { get; init; }

    /// <summary>The object's entity tag.</summary>
    public string? ETag { get; init; }

    /// <summary>Plaintext bytes.</summary>
    public long PlaintextSize { get; init; }

    /// <summary>Stored bytes.</summary>
    public long Size { get; init; }

    /// <summary>The content algorithm suite.</summary>
    public string? Algorithm { get; init; }

    /// <summary>The file as a user at the current location would name it.</summary>
    internal string? DisplayPath { get; init; }
}

/// <summary>An object that was encrypted and sent.</summary>
public sealed class CseSentObject : CseTransferredObject
{
    internal CseSentObject(string? path, string bucketName, string key)
        : base(path, bucketName, key)
    {
    }

    /// <summary>The KMS key that the data key is wrapped under, as it was given; empty with a raw key.</summary>
    public string? KmsKeyId { get; init; }

    /// <summary>From where to where.</summary>
    public override string ToString() => $"{DisplayPath ?? "(content)"} → {BucketName}/{Key}";
}

/// <summary>An object that was received and decrypted.</summary>
public sealed class CseReceivedObject : CseTransferredObject
{
    internal CseReceivedObject(string? path, string bucketName, string key)
        : base(path, bucketName, key)
    {
    }

    /// <summary>The ARN of the KMS key that unwrapped the data key, as KMS told it; empty with a raw key.</summary>
    public string? KmsKeyId { get; init; }

    /// <summary>
    /// Whether the content is what its writer encrypted. Ranges and legacy CBC content may have been changed by whoever can write to the
    /// bucket.
    /// </summary>
    public bool Authenticated { get; init; }

    /// <summary>From where to where.</summary>
    public override string ToString() => $"{BucketName}/{Key} → {DisplayPath}";
}
