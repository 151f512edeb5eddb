using System.Security.Cryptography;

namespace CseKms.Sandbox.S3;

/// <summary>All buckets: the index in memory, under one lock, and the bodies on disk.</summary>
internal sealed class S3Store(string folder, TimeProvider clock)
{
    private readonly Dictionary<string, Bucket> _buckets = new(StringComparer.Ordinal);
    private long _blobs;

    /// <summary>Guards every bucket, index and upload.</summary>
    public Lock Gate { get; } = new();

    public IEnumerable<Bucket> Buckets => _buckets.Values.OrderBy(b => b.Name, StringComparer.Ordinal);

    public DateTimeOffset Now => clock.GetUtcNow();

    public Bucket? FindBucket(string name)
    {
        lock (Gate)
        {
            return _buckets.GetValueOrDefault(name);
        }
    }

    public Bucket GetBucket(string name) => FindBucket(name) ?? throw S3Errors.NoSuchBucket(name);

    public void AddBucket(Bucket bucket)
    {
        lock (Gate)
        {
            if (!_buckets.TryAdd(bucket.Name, bucket))
            {
                throw new AwsException(
                    409, "BucketAlreadyOwnedByYou",
                    "Your previous request to create the named bucket succeeded and you already own it.", ("BucketName", bucket.Name));
            }
        }
    }

    public void DeleteBucket(Bucket bucket)
    {
        lock (Gate)
        {
            if (bucket.Keys.Entries.Count > 0)
            {
                throw new AwsException(
                    409, "BucketNotEmpty", "The bucket you tried to delete is not empty", ("BucketName", bucket.Name));
            }
            _buckets.Remove(bucket.Name);
            foreach (var part in bucket.Uploads.Values.SelectMany(u => u.Parts.Values))
            {
                part.Release();
            }
        }
    }

    public BlobFile NewBlob() => new(Path.Combine(folder, Interlocked.Increment(ref _blobs) + "-" + NewId(16)));

    public static string NewId(int length) => RandomNumberGenerator.GetHexString(length, lowercase: true);

    /// <summary>Puts a version in place; the caller holds the gate. What it replaces loses its file.</summary>
    public static ObjectVersion Commit(Bucket bucket, Func<string, ObjectVersion> create, string key)
    {
        var version = create(bucket.Versioning == Versioning.Enabled ? NewId(32) : "null");
        var entry = bucket.Keys.GetOrAdd(key);
        if (version.VersionId == "null" && entry.Versions.Find(v => v.VersionId == "null") is { } replaced)
        {
            entry.Versions.Remove(replaced);
            replaced.Release();
        }
        entry.Versions.Add(version);
        return version;
    }

    /// <summary>Removes one version for good; the caller holds the gate.</summary>
    public static ObjectVersion? RemoveVersion(Bucket bucket, string key, string versionId)
    {
        var entry = bucket.Keys.Find(key);
        var version = entry?.Versions.Find(v => v.VersionId == versionId);
        if (version is null)
        {
            return null;
        }
        entry!.Versions.Remove(version);
        if (entry.Versions.Count == 0)
        {
            bucket.Keys.Remove(key);
        }
        version.Release();
        return version;
    }
}
