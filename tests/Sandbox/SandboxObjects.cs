using System.Security.Cryptography;
using System.Text;
using CseKms.Sandbox.S3;

namespace CseKms.Sandbox;

/// <summary>What the sandbox holds of one object version.</summary>
/// <param name="Metadata">User metadata without <c>x-amz-meta-</c>, in lower case.</param>
/// <param name="Headers">Content-Type and the like.</param>
public sealed record StoredObject(
    string Key, string VersionId, long Size, string ETag, DateTimeOffset LastModified,
    IReadOnlyDictionary<string, string> Metadata, IReadOnlyDictionary<string, string> Headers,
    string StorageClass, string? ChecksumAlgorithm, string? Checksum, IReadOnlyList<long> PartSizes)
{
    /// <summary>The canned ACL by its name.</summary>
    public string Acl { get; init; } = "private";

    /// <summary>Who was granted what: permission and grantee.</summary>
    public IReadOnlyList<string> Grants { get; init; } = [];

    /// <summary>Mode, date and legal hold, as far as it is locked.</summary>
    public string? Lock { get; init; }

    /// <summary>The headers of its server-side encryption.</summary>
    public IReadOnlyDictionary<string, string> Encryption { get; init; } = new Dictionary<string, string>();

    /// <summary>Tags, by name.</summary>
    public IReadOnlyDictionary<string, string> Tags { get; init; } = new Dictionary<string, string>();
}

/// <summary>The stored objects, past any API: for tests that look at what was stored, or tamper with it.</summary>
public sealed class SandboxObjects
{
    private readonly S3Store _store;

    internal SandboxObjects(S3Store store) => _store = store;

    /// <summary>The keys of objects that have a current version, in the order of listings.</summary>
    public IReadOnlyList<string> Keys(string bucket, string prefix = "")
    {
        lock (_store.Gate)
        {
            return [.. _store.GetBucket(bucket).Keys.Entries
                .Where(e => !e.Latest.IsDeleteMarker && e.Key.StartsWith(prefix, StringComparison.Ordinal)).Select(e => e.Key)];
        }
    }

    public bool Exists(string bucket, string key)
    {
        lock (_store.Gate)
        {
            return _store.GetBucket(bucket).Keys.Find(key) is { Latest.IsDeleteMarker: false };
        }
    }

    public StoredObject Get(string bucket, string key, string? versionId = null)
    {
        lock (_store.Gate)
        {
            var version = Find(bucket, key, versionId);
            return new StoredObject(
                key, version.VersionId, version.Size, version.ETag, version.LastModified,
                version.Attributes.Metadata.ToDictionary(p => p.Key, p => FromWire(p.Value)), version.Attributes.Headers,
                version.Attributes.StorageClass, version.Checksum?.Algorithm.Name, version.Checksum?.Value, version.PartSizes)
            {
                Acl = version.Attributes.Acl,
                Grants = [.. version.Attributes.Grants.Select(grant => $"{grant.Permission} {grant.Grantee}")],
                Lock = version.Attributes.Lock is { } locked ? $"{locked.Mode} {locked.RetainUntil:u} {locked.HasLegalHold}" : null,
                Encryption = version.Attributes.Encryption,
                Tags = version.Attributes.Tags.ToDictionary(),
            };
        }
    }

    public IReadOnlyDictionary<string, string> Metadata(string bucket, string key, string? versionId = null) =>
        Get(bucket, key, versionId).Metadata;

    /// <summary>The stored bytes, whole: for objects that fit into memory.</summary>
    public byte[] Bytes(string bucket, string key, string? versionId = null)
    {
        using var memory = new MemoryStream();
        CopyTo(memory, bucket, key, versionId);
        return memory.ToArray();
    }

    public void CopyTo(Stream destination, string bucket, string key, string? versionId = null)
    {
        ObjectVersion version;
        lock (_store.Gate)
        {
            version = Find(bucket, key, versionId);
            version.AddReferences();
        }
        try
        {
            var buffer = new byte[128 * 1024];
            foreach (var extent in version.Extents)
            {
                using var file = extent.File.OpenRead();
                for (long done = 0; done < extent.Length;)
                {
                    var count = RandomAccess.Read(
                        file, buffer.AsSpan(0, (int)Math.Min(buffer.Length, extent.Length - done)), extent.Offset + done);
                    destination.Write(buffer.AsSpan(0, count));
                    done += count;
                }
            }
        }
        finally
        {
            version.Release();
        }
    }

    /// <summary>Stores an object without a request.</summary>
    public StoredObject Put(
        string bucket, string key, ReadOnlySpan<byte> bytes, IReadOnlyDictionary<string, string>? metadata = null,
        string? contentType = null)
    {
        var blob = _store.NewBlob();
        using (var file = blob.Create())
        {
            RandomAccess.Write(file, bytes, 0);
        }
        var attributes = new ObjectAttributes
        {
            Encryption = AttributeHeaders.EncryptionOf(_store.GetBucket(bucket)),
            Metadata = ToWire(metadata ?? new Dictionary<string, string>()),
            Headers = contentType is null ? [] : new Dictionary<string, string> { ["Content-Type"] = contentType },
        };
        var etag = attributes.HasMd5ETag ? Convert.ToHexStringLower(MD5.HashData(bytes)) : S3Store.NewId(32);
        return Commit(bucket, key, new Extent(blob, 0, bytes.Length), etag, attributes);
    }

    /// <summary>Changes the stored bytes and keeps the metadata.</summary>
    public StoredObject SetBytes(string bucket, string key, ReadOnlySpan<byte> bytes)
    {
        var old = Get(bucket, key);
        return Put(bucket, key, bytes, old.Metadata, old.Headers.GetValueOrDefault("Content-Type"));
    }

    /// <summary>Changes the user metadata in place and keeps the bytes, the ETag and the version.</summary>
    public void SetMetadata(string bucket, string key, IReadOnlyDictionary<string, string> metadata)
    {
        lock (_store.Gate)
        {
            var version = Find(bucket, key, null);
            version.Attributes = version.Attributes with { Metadata = ToWire(metadata) };
        }
    }

    /// <summary>Moves an object to an archive, as a lifecycle rule does.</summary>
    public void Archive(string bucket, string key, string storageClass = "GLACIER")
    {
        lock (_store.Gate)
        {
            var version = Find(bucket, key, null);
            version.Attributes = version.Attributes with { StorageClass = storageClass };
            version.Restoration = Restoration.None;
        }
    }

    /// <summary>Lets an archived object be read from now on, as hours after RestoreObject.</summary>
    public void FinishRestore(string bucket, string key)
    {
        lock (_store.Gate)
        {
            Find(bucket, key, null).Restoration = Restoration.Done;
        }
    }

    /// <summary>Removes an object with all its versions.</summary>
    public void Delete(string bucket, string key)
    {
        lock (_store.Gate)
        {
            var owner = _store.GetBucket(bucket);
            foreach (var version in owner.Keys.Find(key)?.Versions.ToArray() ?? [])
            {
                S3Store.RemoveVersion(owner, key, version.VersionId);
            }
        }
    }

    /// <summary>Deletes an object of a bucket that keeps versions, as a request without a version does.</summary>
    /// <returns>The version of the delete marker.</returns>
    public string Remove(string bucket, string key)
    {
        lock (_store.Gate)
        {
            return S3Store.Commit(
                _store.GetBucket(bucket),
                id => new ObjectVersion { Key = key, VersionId = id, IsDeleteMarker = true, LastModified = _store.Now },
                key).VersionId;
        }
    }

    /// <summary>Multipart uploads that were begun and neither completed nor aborted.</summary>
    public int OpenUploads(string bucket)
    {
        lock (_store.Gate)
        {
            return _store.GetBucket(bucket).Uploads.Count;
        }
    }

    private StoredObject Commit(string bucket, string key, Extent extent, string etag, ObjectAttributes attributes)
    {
        lock (_store.Gate)
        {
            var version = S3Store.Commit(_store.GetBucket(bucket), id => new ObjectVersion
            {
                Key = key,
                VersionId = id,
                Extents = [extent],
                Size = extent.Length,
                ETag = etag,
                LastModified = _store.Now,
                Attributes = attributes,
            }, key);
            return Get(bucket, key, version.VersionId);
        }
    }

    private ObjectVersion Find(string bucket, string key, string? versionId)
    {
        var entry = _store.GetBucket(bucket).Keys.Find(key);
        var version = versionId is null ? entry?.Latest : entry?.Versions.Find(v => v.VersionId == versionId);
        return version is { IsDeleteMarker: false } ? version : throw new KeyNotFoundException($"There is no object {bucket}/{key} {versionId}.");
    }

    private static Dictionary<string, string> ToWire(IReadOnlyDictionary<string, string> metadata) => metadata.ToDictionary(
        p => p.Key.ToLowerInvariant(), p => Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(p.Value)));

    private static string FromWire(string value) => Encoding.UTF8.GetString(Encoding.Latin1.GetBytes(value));
}
