using CseKms.Core;
using CseKms.Core.Transfer;

namespace CseKms;

/// <summary>An object that was sent or received.</summary>
public abstract class CseTransferredObject
{
    internal CseTransferredObject(string? path, ObjectAddress address, TransferResult result)
    {
        Path = path;
        BucketName = address.BucketName;
        Key = address.Key;
        VersionId = result.VersionId;
        ETag = result.ETag;
        PlaintextSize = result.PlaintextSize;
        Size = result.Size;
        Algorithm = result.Algorithm;
    }

    /// <summary>The absolute path of the file, where there is one.</summary>
    public string? Path { get; }

    /// <summary>The bucket.</summary>
    public string BucketName { get; }

    /// <summary>The object's key.</summary>
    public string Key { get; }

    /// <summary>The object's version, where the bucket keeps versions.</summary>
    public string? VersionId { get; }

    /// <summary>The object's entity tag.</summary>
    public string? ETag { get; }

    /// <summary>Plaintext bytes.</summary>
    public long PlaintextSize { get; }

    /// <summary>Stored bytes.</summary>
    public long Size { get; }

    /// <summary>The content algorithm suite.</summary>
    public string? Algorithm { get; }

    /// <summary>From where to where, with the file as a user at the current location names it. It is for the eye, and shows control characters as \u001b.</summary>
    public abstract string Transfer { get; }

    /// <summary>The file as a user at the current location would name it.</summary>
    internal string? DisplayPath { get; init; }

    /// <summary>From where to where.</summary>
    public sealed override string ToString() => CseText.Escape(Transfer);
}

/// <summary>An object that was encrypted and sent.</summary>
public sealed class CseSentObject : CseTransferredObject
{
    internal CseSentObject(string? path, ObjectAddress address, TransferResult result)
        : base(path, address, result) => KmsKeyId = result.KmsKeyId;

    /// <summary>The ARN of the KMS key that wrapped the data key, as KMS told it: what stands behind an alias; empty with a raw key.</summary>
    public string? KmsKeyId { get; }

    /// <inheritdoc/>
    public override string Transfer => CseText.Escape($"{DisplayPath ?? "(content)"} → {BucketName}/{Key}");
}

/// <summary>An object that was received and decrypted.</summary>
public sealed class CseReceivedObject : CseTransferredObject
{
    internal CseReceivedObject(string path, ObjectAddress address, TransferResult result)
        : base(path, address, result)
    {
        KmsKeyId = result.KmsKeyId;
        Authenticated = result.IsAuthenticated;
    }

    /// <summary>The ARN of the KMS key that unwrapped the data key, as KMS told it; empty with a raw key.</summary>
    public string? KmsKeyId { get; }

    /// <summary>
    /// Whether the content is what its writer encrypted. Ranges and legacy CBC content may have been changed by whoever can write to the
    /// bucket.
    /// </summary>
    public bool Authenticated { get; }

    /// <inheritdoc/>
    public override string Transfer => CseText.Escape($"{BucketName}/{Key} → {DisplayPath}");
}
