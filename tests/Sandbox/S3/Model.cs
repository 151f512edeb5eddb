using CseKms.Sandbox.Checksums;

namespace CseKms.Sandbox.S3;

/// <summary>A checksum as stored: for a composite one the value ends in <c>-N</c>.</summary>
internal sealed record StoredChecksum(ChecksumAlgorithm Algorithm, string Value, bool IsComposite = false)
{
    public string Type => IsComposite ? "COMPOSITE" : "FULL_OBJECT";
}

/// <summary>What a writer says of an object beside its bytes.</summary>
internal sealed record ObjectAttributes
{
    public static readonly ObjectAttributes Default = new();

    /// <summary>Content-Type and the like, by the header's name.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();

    /// <summary>User metadata, by lower-case name without <c>x-amz-meta-</c>.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; init; } = new Dictionary<string, string>();

    public IReadOnlyList<KeyValuePair<string, string>> Tags { get; init; } = [];

    public string StorageClass { get; init; } = "STANDARD";

    /// <summary>A canned ACL by its name.</summary>
    public string Acl { get; init; } = "private";

    /// <summary>Who was granted what, one by one.</summary>
    public IReadOnlyList<(string Permission, string Grantee)> Grants { get; init; } = [];

    public ObjectLock? Lock { get; init; }

    /// <summary>The SSE headers that every answer about the object repeats.</summary>
    public IReadOnlyDictionary<string, string> Encryption { get; init; } = new Dictionary<string, string>();

    /// <summary>Clients rely on it: the ETag of an object that is not under KMS is its MD5.</summary>
    public bool HasMd5ETag => Encryption.GetValueOrDefault("x-amz-server-side-encryption") == "AES256";
}

internal sealed class ObjectVersion
{
    public required string Key { get; init; }

    public required string VersionId { get; init; }

    public bool IsDeleteMarker { get; init; }

    public IReadOnlyList<Extent> Extents { get; init; } = [];

    public long Size { get; init; }

    /// <summary>Without its quotes.</summary>
    public string ETag { get; init; } = "";

    public required DateTimeOffset LastModified { get; init; }

    public ObjectAttributes Attributes { get; set; } = ObjectAttributes.Default;

    /// <summary>Of an archived object: whether a copy of it can be read, or is on its way.</summary>
    public Restoration Restoration { get; set; }

    public bool IsArchived => Attributes.StorageClass is "GLACIER" or "DEEP_ARCHIVE" && Restoration != Restoration.Done;

    public StoredChecksum? Checksum { get; init; }

    /// <summary>The sizes of the parts it was uploaded in; empty for an object uploaded whole.</summary>
    public IReadOnlyList<long> PartSizes { get; init; } = [];

    public void AddReferences()
    {
        foreach (var extent in Extents)
        {
            extent.File.AddReference();
        }
    }

    public void Release()
    {
        foreach (var extent in Extents)
        {
            extent.File.Release();
        }
    }
}

internal sealed class KeyEntry(string key)
{
    public string Key => key;

    /// <summary>Oldest first.</summary>
    public List<ObjectVersion> Versions { get; } = [];

    public ObjectVersion Latest => Versions[^1];
}

internal sealed record UploadedPart(
    int Number, IReadOnlyList<Extent> Extents, long Size, string ETag, DateTimeOffset LastModified,
    ChecksumAlgorithm? Algorithm, byte[]? Checksum)
{
    public void Release()
    {
        foreach (var extent in Extents)
        {
            extent.File.Release();
        }
    }
}

internal sealed class Upload
{
    public required string Id { get; init; }

    public required string Key { get; init; }

    public required DateTimeOffset Initiated { get; init; }

    public required ObjectAttributes Attributes { get; init; }

    public ChecksumAlgorithm? Algorithm { get; init; }

    public bool IsComposite { get; init; }

    public SortedDictionary<int, UploadedPart> Parts { get; } = [];
}

/// <summary>What keeps a version from being deleted.</summary>
internal sealed record ObjectLock
{
    /// <summary><c>GOVERNANCE</c> or <c>COMPLIANCE</c>; null without retention.</summary>
    public string? Mode { get; init; }

    public DateTimeOffset RetainUntil { get; init; }

    public bool HasLegalHold { get; init; }
}

internal enum Restoration
{
    None,
    Ongoing,
    Done,
}

internal enum Versioning
{
    Unversioned,
    Enabled,
    Suspended,
}

internal sealed class Bucket(string name, string region, DateTimeOffset created, string defaultEncryption)
{
    public string Name => name;

    public string Region => region;

    public DateTimeOffset Created => created;

    /// <summary><c>aws:kms</c> or <c>AES256</c>, for objects that ask for neither.</summary>
    public string DefaultEncryption => defaultEncryption;

    public Versioning Versioning { get; set; }

    public bool HasObjectLock { get; init; }

    public bool RequesterPays { get; init; }

    public BucketAcls Acls { get; init; }

    public KeyIndex Keys { get; } = new();

    public SortedDictionary<string, Upload> Uploads { get; } = new(StringComparer.Ordinal);
}
