using CseKms.Core;
using CseKms.Core.Transfer;

namespace CseKms;

/// <summary>An object of a listing. Pipes into Receive-CseS3Object and into cmdlets that take BucketName, Key and VersionId.</summary>
public class CseS3Object
{
    internal CseS3Object(string bucketName, ListedObject listed)
    {
        BucketName = bucketName;
        Key = listed.Key;
        Size = listed.Size;
        LastModified = listed.LastModified?.ToLocalTime();
        ETag = listed.ETag;
        StorageClass = listed.StorageClass;
    }

    internal CseS3Object(ListedVersion listed)
    {
        BucketName = listed.Address.BucketName;
        Key = listed.Address.Key;
        VersionId = listed.Address.VersionId;
        Size = listed.Size;
        LastModified = listed.LastModified.ToLocalTime();
        ETag = listed.ETag;
        StorageClass = listed.StorageClass;
    }

    internal CseS3Object(ObjectAddress address, ObjectDescription found, bool withEnvelope)
    {
        BucketName = address.BucketName;
        Key = address.Key;
        VersionId = found.VersionId;
        Size = found.Size;
        LastModified = found.LastModified?.ToLocalTime();
        ETag = found.ETag;
        StorageClass = found.StorageClass ?? "STANDARD";
        if (withEnvelope && found.Envelope is { } envelope)
        {
            PlaintextSize = envelope.PlaintextSize;
            Envelope = new CseEnvelope(envelope, found.Metadata);
        }
    }

    /// <summary>The bucket.</summary>
    public string BucketName { get; }

    /// <summary>The object's key.</summary>
    public string Key { get; }

    /// <summary>The folder that was listed: what Receive-CseS3Object takes off the key to name the file.</summary>
    public string? KeyPrefix { get; init; }

    /// <summary>The version, where one was asked for.</summary>
    public string? VersionId { get; }

    /// <summary>Stored bytes; empty for a delete marker.</summary>
    public long? Size { get; }

    /// <summary>When the object was stored, in local time.</summary>
    public DateTime? LastModified { get; }

    /// <summary>The entity tag.</summary>
    public string? ETag { get; }

    /// <summary>The storage class.</summary>
    public string? StorageClass { get; }

    /// <summary>Plaintext bytes, with -Envelope; empty for an object that is not encrypted.</summary>
    public long? PlaintextSize { get; }

    /// <summary>V1, V2 or V3, with -Envelope; empty for an object that is not encrypted.</summary>
    public string? Format => Envelope?.Format;

    /// <summary>The envelope, with -Envelope; empty for an object that is not encrypted.</summary>
    public CseEnvelope? Envelope { get; }

    /// <summary>Bucket and key.</summary>
    public override string ToString() => CseText.Escape($"{BucketName}/{Key}");
}
