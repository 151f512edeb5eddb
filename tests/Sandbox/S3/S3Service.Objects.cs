using System.Buffers;
using System.Globalization;
using CseKms.Sandbox.Checksums;

namespace CseKms.Sandbox.S3;

internal sealed partial class S3Service
{
    private const int CopyBufferSize = 128 * 1024;
    private const long LargestPut = 5L * 1024 * 1024 * 1024;

    private static readonly (string Query, string Header)[] ResponseOverrides =
    [
        ("response-content-type", "Content-Type"), ("response-content-encoding", "Content-Encoding"),
        ("response-content-disposition", "Content-Disposition"), ("response-content-language", "Content-Language"),
        ("response-cache-control", "Cache-Control"), ("response-expires", "Expires"),
    ];

    private async Task PutObjectAsync(Exchange exchange)
    {
        var bucket = BucketOf(exchange);
        var key = KeyOf(exchange);
        var attributes = AttributeHeaders.Read(exchange, bucket);
        if (ObjectLockHeaders.AreIn(exchange) && !HasDigest(exchange))
        {
            throw S3Errors.InvalidRequest("Content-MD5 OR x-amz-checksum- HTTP header is required for Put Object requests with Object Lock parameters");
        }
        var (blob, payload) = await StoreBodyAsync(exchange, attributes.HasMd5ETag);
        ObjectVersion version;
        try
        {
            lock (store.Gate)
            {
                Conditions.CheckWrite(exchange, bucket.Keys.Find(key)?.Latest);
                version = S3Store.Commit(bucket, id => new ObjectVersion
                {
                    Key = key,
                    VersionId = id,
                    Extents = [new Extent(blob, 0, payload.Length)],
                    Size = payload.Length,
                    ETag = ETagOf(payload),
                    LastModified = store.Now,
                    Attributes = attributes,
                    Checksum = ChecksumOf(payload),
                }, key);
            }
        }
        catch
        {
            blob.Release();
            throw;
        }
        WriteVersionId(exchange, bucket, version);
        AttributeHeaders.WriteEncryption(exchange, attributes);
        WriteChecksum(exchange, version.Checksum);
        exchange.Response.Headers.ETag = Quoted(version.ETag);
        await exchange.ReplyAsync(200);
    }

    /// <summary>Writes the body to a file of its own, which is gone again when the body turns out wrong.</summary>
    private async Task<(BlobFile Blob, Payload Payload)> StoreBodyAsync(Exchange exchange, bool withMd5)
    {
        var length = PayloadReader.DeclaredLength(exchange)
            ?? throw new AwsException(411, "MissingContentLength", "You must provide the Content-Length HTTP header.");
        if (length > LargestPut)
        {
            throw new AwsException(
                400, "EntityTooLarge", "Your proposed upload exceeds the maximum allowed size",
                ("ProposedSize", length.ToString(CultureInfo.InvariantCulture)), ("MaxSizeAllowed", LargestPut.ToString(CultureInfo.InvariantCulture)));
        }
        var blob = store.NewBlob();
        try
        {
            using var reader = new PayloadReader(exchange);
            using var file = blob.Create();
            return (blob, await reader.ReadToFileAsync(file, withMd5));
        }
        catch
        {
            blob.Release();
            throw;
        }
    }

    private async Task GetObjectAsync(Exchange exchange)
    {
        var bucket = BucketOf(exchange);
        var version = FindForRead(exchange, bucket, KeyOf(exchange), exchange.Target["versionId"]);
        try
        {
            await SendObjectAsync(exchange, bucket, version);
        }
        finally
        {
            version.Release();
        }
    }

    private static async Task SendObjectAsync(Exchange exchange, Bucket bucket, ObjectVersion version)
    {
        var headers = exchange.Response.Headers;
        var isHead = HttpMethods.IsHead(exchange.Request.Method);
        headers.ETag = Quoted(version.ETag);
        headers.LastModified = version.LastModified.ToString("R");
        WriteVersionId(exchange, bucket, version);
        if (Conditions.IsNotModified(exchange, version))
        {
            await exchange.ReplyAsync(304);
            return;
        }
        if (!isHead && version.IsArchived)
        {
            throw S3Errors.InvalidObjectState(version);
        }

        var (offset, length, isPartial) = RangeOf(exchange, version);
        AttributeHeaders.Write(exchange, version);
        headers.AcceptRanges = "bytes";
        foreach (var (query, header) in ResponseOverrides)
        {
            if (exchange.Target[query] is { } value)
            {
                headers[header] = value;
            }
        }
        if (isPartial)
        {
            headers.ContentRange = $"bytes {offset}-{offset + length - 1}/{version.Size}";
        }
        else if (exchange.Header("x-amz-checksum-mode") is "ENABLED")
        {
            WriteChecksum(exchange, version.Checksum);
        }
        await exchange.BeforeReplyAsync();
        await exchange.SendAsync(isPartial ? 206 : 200, length, send => SendBytesAsync(send, version, offset, length));
    }

    /// <summary>The version to read, with a reference on its files that the caller releases.</summary>
    private ObjectVersion FindForRead(Exchange exchange, Bucket bucket, string key, string? versionId)
    {
        lock (store.Gate)
        {
            var version = Find(exchange, bucket, key, versionId);
            version.AddReferences();
            return version;
        }
    }

    /// <summary>The version that is asked for; the caller holds the gate.</summary>
    private ObjectVersion Find(Exchange exchange, Bucket bucket, string key, string? versionId)
    {
        var entry = bucket.Keys.Find(key);
        if (versionId is null)
        {
            if (entry is null)
            {
                throw NoSuchKey(exchange, key);
            }
            if (entry.Latest.IsDeleteMarker)
            {
                var missing = NoSuchKey(exchange, key);
                missing.Headers["x-amz-delete-marker"] = "true";
                missing.Headers["x-amz-version-id"] = entry.Latest.VersionId;
                throw missing;
            }
            return entry.Latest;
        }
        if (versionId.Length == 0)
        {
            throw S3Errors.InvalidArgument("Version id cannot be the empty string", "versionId", versionId);
        }
        var version = entry?.Versions.Find(v => v.VersionId == versionId) ?? throw S3Errors.NoSuchVersion(key, versionId);
        if (version.IsDeleteMarker)
        {
            throw new AwsException(
                405, "MethodNotAllowed", "The specified method is not allowed against this resource.",
                ("Method", exchange.Request.Method), ("ResourceType", "DeleteMarker"))
            {
                Headers = { ["x-amz-delete-marker"] = "true", ["x-amz-version-id"] = versionId, ["Allow"] = "DELETE" },
            };
        }
        return version;
    }

    private static (long Offset, long Length, bool IsPartial) RangeOf(Exchange exchange, ObjectVersion version)
    {
        if (exchange.Target["partNumber"] is { } part)
        {
            if (exchange.Header("Range") is not null)
            {
                throw S3Errors.InvalidRequest("Cannot specify both Range header and partNumber query parameter");
            }
            return RangeOfPart(exchange, version, part);
        }
        var whole = (0L, version.Size, false);
        if (exchange.Header("Range") is not { } range || !range.StartsWith("bytes=", StringComparison.OrdinalIgnoreCase))
        {
            return whole;
        }
        // S3 passes over ranges that it cannot read, and lists of ranges.
        var ends = range[6..].Split('-');
        if (ends.Length != 2 || !TryNumber(ends[0], out var first) || !TryNumber(ends[1], out var last)
            || (first ?? last) is null || last < first)
        {
            return whole;
        }
        if (first is null)
        {
            first = Math.Max(0, version.Size - last!.Value);
            last = last == 0 ? -1 : version.Size - 1;
        }
        if (first >= version.Size || last < first)
        {
            throw new AwsException(
                416, "InvalidRange", "The requested range is not satisfiable",
                ("RangeRequested", range), ("ActualObjectSize", version.Size.ToString(CultureInfo.InvariantCulture)))
            {
                Headers = { ["Content-Range"] = $"bytes */{version.Size}" },
            };
        }
        return (first.Value, Math.Min(last ?? long.MaxValue, version.Size - 1) - first.Value + 1, true);
    }

    private static bool TryNumber(string text, out long? number)
    {
        number = null;
        if (text.Length == 0)
        {
            return true;
        }
        var isNumber = long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var parsed);
        number = parsed;
        return isNumber;
    }

    private static (long Offset, long Length, bool IsPartial) RangeOfPart(Exchange exchange, ObjectVersion version, string text)
    {
        IReadOnlyList<long> sizes = version.PartSizes.Count == 0 ? [version.Size] : version.PartSizes;
        if (!int.TryParse(text, out var part) || part < 1 || part > sizes.Count)
        {
            throw new AwsException(416, "InvalidPartNumber", "The requested partnumber is not satisfiable");
        }
        if (version.PartSizes.Count > 0)
        {
            exchange.Response.Headers["x-amz-mp-parts-count"] = sizes.Count.ToString(CultureInfo.InvariantCulture);
        }
        return (sizes.Take(part - 1).Sum(), sizes[part - 1], version.Size > 0);
    }

    private static async Task SendBytesAsync(Func<Memory<byte>, ValueTask<bool>> send, ObjectVersion version, long offset, long length)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(CopyBufferSize);
        try
        {
            foreach (var extent in version.Extents)
            {
                if (offset >= extent.Length)
                {
                    offset -= extent.Length;
                    continue;
                }
                if (length == 0)
                {
                    break;
                }
                var take = Math.Min(length, extent.Length - offset);
                length -= take;
                using var file = extent.File.OpenRead();
                for (var position = extent.Offset + offset; take > 0;)
                {
                    var count = RandomAccess.Read(file, buffer.AsSpan(0, (int)Math.Min(take, CopyBufferSize)), position);
                    if (count == 0)
                    {
                        throw new EndOfStreamException("A stored body is shorter than its index says.");
                    }
                    if (!await send(buffer.AsMemory(0, count)))
                    {
                        return;
                    }
                    position += count;
                    take -= count;
                }
                offset = 0;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private async Task DeleteObjectAsync(Exchange exchange)
    {
        var bucket = BucketOf(exchange);
        var key = KeyOf(exchange);
        (string? VersionId, bool IsMarker) deleted;
        lock (store.Gate)
        {
            var current = bucket.Keys.Find(key)?.Latest;
            if (exchange.Header("If-Match") is not null)
            {
                Conditions.CheckWrite(exchange, current);
            }
            deleted = Delete(exchange, bucket, key, exchange.Target["versionId"]);
        }
        if (deleted.VersionId is not null)
        {
            exchange.Response.Headers["x-amz-version-id"] = deleted.VersionId;
        }
        if (deleted.IsMarker)
        {
            exchange.Response.Headers["x-amz-delete-marker"] = "true";
        }
        await exchange.ReplyAsync(204);
    }

    private async Task DeleteObjectsAsync(Exchange exchange)
    {
        if (!HasDigest(exchange))
        {
            throw S3Errors.InvalidRequest("Missing required header for this request: Content-MD5 OR x-amz-checksum-*");
        }
        var bucket = BucketOf(exchange);
        var request = XmlText.Parse(await ReadBodyAsync(exchange));
        var objects = request.Elements("Object").ToList();
        if (objects.Count is 0 or > 1000)
        {
            throw S3Errors.MalformedXml();
        }
        var quiet = request.Element("Quiet")?.Value is "true" or "True";
        var xml = XmlText.Root("DeleteResult");
        foreach (var one in objects)
        {
            var key = one.Element("Key")?.Value ?? throw S3Errors.MalformedXml();
            var versionId = one.Element("VersionId")?.Value;
            lock (store.Gate)
            {
                if (one.Element("ETag")?.Value is { } etag && bucket.Keys.Find(key)?.Latest.ETag != etag.Trim('"'))
                {
                    xml.Open("Error").Add("Key", key).Add("VersionId", versionId).Add("Code", "PreconditionFailed")
                        .Add("Message", "At least one of the pre-conditions you specified did not hold").Close("Error");
                    continue;
                }
                (string? VersionId, bool IsMarker) deleted;
                try
                {
                    deleted = access.IsDenied(exchange.Identity, "DeleteObject")
                        ? throw AccessDenied(exchange)
                        : Delete(exchange, bucket, key, versionId);
                }
                catch (AwsException e) when (e.Code == "AccessDenied")
                {
                    xml.Open("Error").Add("Key", key).Add("VersionId", versionId).Add("Code", e.Code).Add("Message", e.Message).Close("Error");
                    continue;
                }
                if (!quiet)
                {
                    xml.Open("Deleted").Add("Key", key).Add("VersionId", versionId);
                    if (deleted.IsMarker)
                    {
                        xml.Add("DeleteMarker", true).Add("DeleteMarkerVersionId", deleted.VersionId);
                    }
                    xml.Close("Deleted");
                }
            }
        }
        await ReplyXmlAsync(exchange, xml.Close("DeleteResult"));
    }

    /// <summary>Deletes as the bucket's versioning says; the caller holds the gate.</summary>
    private (string? VersionId, bool IsMarker) Delete(Exchange exchange, Bucket bucket, string key, string? versionId)
    {
        if (versionId is not null)
        {
            if (bucket.Keys.Find(key)?.Versions.Find(v => v.VersionId == versionId) is { } kept && IsLocked(exchange, kept, withLegalHold: true))
            {
                throw LockedError();
            }
            var removed = S3Store.RemoveVersion(bucket, key, versionId);
            return (versionId, removed is { IsDeleteMarker: true });
        }
        if (bucket.Versioning == Versioning.Unversioned)
        {
            S3Store.RemoveVersion(bucket, key, "null");
            return (null, false);
        }
        var marker = S3Store.Commit(
            bucket, id => new ObjectVersion { Key = key, VersionId = id, IsDeleteMarker = true, LastModified = store.Now }, key);
        return (marker.VersionId, true);
    }

    private static void WriteVersionId(Exchange exchange, Bucket bucket, ObjectVersion version)
    {
        if (bucket.Versioning != Versioning.Unversioned)
        {
            exchange.Response.Headers["x-amz-version-id"] = version.VersionId;
        }
    }

    private static void WriteChecksum(Exchange exchange, StoredChecksum? checksum)
    {
        if (checksum is not null)
        {
            exchange.Response.Headers[checksum.Algorithm.Header] = checksum.Value;
            exchange.Response.Headers["x-amz-checksum-type"] = checksum.Type;
        }
    }

    private static bool HasDigest(Exchange exchange) => exchange.Header("Content-MD5") is not null
        || exchange.Header("x-amz-trailer") is not null || ChecksumAlgorithm.All.Any(a => exchange.Header(a.Header) is not null);

    private static StoredChecksum? ChecksumOf(Payload payload) =>
        payload.Algorithm is null ? null : new StoredChecksum(payload.Algorithm, Convert.ToBase64String(payload.Checksum!));

    // An MD5 of every body would cost more than all else here.
    private static string ETagOf(Payload payload) =>
        payload.Md5 is null ? S3Store.NewId(32) : Convert.ToHexStringLower(payload.Md5);

    private static string Quoted(string etag) => $"\"{etag}\"";
}
