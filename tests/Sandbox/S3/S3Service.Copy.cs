using System.Security.Cryptography;
using CseKms.Sandbox.Checksums;
using CseKms.Sandbox.Http;

namespace CseKms.Sandbox.S3;

internal sealed partial class S3Service
{
    private async Task CopyObjectAsync(Exchange exchange)
    {
        var bucket = BucketOf(exchange);
        var key = KeyOf(exchange);
        var replaces = IsReplace(exchange, "x-amz-metadata-directive");
        var given = AttributeHeaders.Read(exchange, bucket);
        var (sourceBucket, source) = FindCopySource(exchange);
        ObjectVersion copy;
        try
        {
            if (source.Size > LargestPut)
            {
                throw CopySourceTooLarge();
            }
            if (!replaces && sourceBucket == bucket && source.Key == key && exchange.Header("x-amz-storage-class") is null
                && exchange.Header("x-amz-server-side-encryption") is null && CopySource(exchange).VersionId is null)
            {
                throw S3Errors.InvalidRequest(
                    "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.");
            }
            var attributes = given with
            {
                Headers = replaces ? given.Headers : source.Attributes.Headers,
                Metadata = replaces ? given.Metadata : source.Attributes.Metadata,
                Tags = IsReplace(exchange, "x-amz-tagging-directive") ? given.Tags : source.Attributes.Tags,
            };
            var etag = ETagOf(source.Extents, attributes);
            var checksum = OfCopy(source);
            lock (store.Gate)
            {
                Conditions.CheckWrite(exchange, bucket.Keys.Find(key)?.Latest);
                copy = S3Store.Commit(bucket, id => new ObjectVersion
                {
                    Key = key,
                    VersionId = id,
                    Extents = source.Extents,
                    Size = source.Size,
                    ETag = etag,
                    LastModified = store.Now,
                    Attributes = attributes,
                    Checksum = checksum,
                }, key);
            }
        }
        catch
        {
            source.Release();
            throw;
        }
        WriteVersionId(exchange, bucket, copy);
        AttributeHeaders.WriteEncryption(exchange, copy.Attributes);
        if (sourceBucket.Versioning != Versioning.Unversioned)
        {
            exchange.Response.Headers["x-amz-copy-source-version-id"] = source.VersionId;
        }
        var xml = XmlText.Root("CopyObjectResult").Add("LastModified", XmlText.Time(copy.LastModified)).Add("ETag", Quoted(copy.ETag));
        if (copy.Checksum is { } stored)
        {
            xml.Add(stored.Algorithm.XmlName, stored.Value).Add("ChecksumType", stored.Type);
        }
        await ReplyXmlAsync(exchange, xml.Close("CopyObjectResult"));
    }

    /// <summary>The source with its conditions checked, and with a reference on its files that becomes the copy's.</summary>
    private (Bucket Bucket, ObjectVersion Version) FindCopySource(Exchange exchange)
    {
        var (bucketName, key, versionId) = CopySource(exchange);
        if (access.IsDenied(exchange.Identity, "GetObject"))
        {
            throw AccessDenied(exchange);
        }
        var bucket = store.GetBucket(bucketName);
        ObjectVersion version;
        try
        {
            version = FindForRead(exchange, bucket, key, versionId);
        }
        catch (AwsException e) when (e.Code == "MethodNotAllowed")
        {
            throw S3Errors.InvalidRequest("The source of a copy request may not specifically refer to a delete marker by version id.");
        }
        try
        {
            Conditions.CheckCopySource(exchange, version);
            if (version.IsArchived)
            {
                throw S3Errors.InvalidObjectState(version);
            }
            return (bucket, version);
        }
        catch
        {
            version.Release();
            throw;
        }
    }

    private static AwsException CopySourceTooLarge() => S3Errors.InvalidRequest(
        $"The specified copy source is larger than the maximum allowable size for a copy source: {LargestPut}");

    private static string ETagOf(IReadOnlyList<Extent> extents, ObjectAttributes attributes)
    {
        using var md5 = new PlatformHasher(HashAlgorithmName.MD5);
        return attributes.HasMd5ETag ? Convert.ToHexStringLower(Hash(extents, md5)) : S3Store.NewId(32);
    }

    /// <summary>A copy is one piece, whatever its source was uploaded in.</summary>
    private static StoredChecksum? OfCopy(ObjectVersion source)
    {
        if (source.Checksum is not { IsComposite: true, Algorithm: var algorithm })
        {
            return source.Checksum;
        }
        using var hasher = algorithm.Begin();
        return new StoredChecksum(algorithm, Convert.ToBase64String(Hash(source.Extents, hasher)));
    }

    private static (string Bucket, string Key, string? VersionId) CopySource(Exchange exchange)
    {
        var text = exchange.Header("x-amz-copy-source")!;
        var mark = text.IndexOf("?versionId=", StringComparison.Ordinal);
        var versionId = mark < 0 ? null : text[(mark + 11)..];
        var path = RawTarget.Decode(mark < 0 ? text : text[..mark]);
        // One leading slash belongs to the form; any further one belongs to the key.
        path = path.StartsWith('/') ? path[1..] : path;
        var slash = path.IndexOf('/');
        if (slash < 1 || slash == path.Length - 1)
        {
            throw S3Errors.InvalidArgument("Invalid copy source object key", "x-amz-copy-source", text);
        }
        return (path[..slash], path[(slash + 1)..], versionId);
    }

    private static bool IsReplace(Exchange exchange, string header) => exchange.Header(header) switch
    {
        null or "COPY" => false,
        "REPLACE" => true,
        var other => throw S3Errors.InvalidArgument($"Unknown {header}", header, other),
    };
}
