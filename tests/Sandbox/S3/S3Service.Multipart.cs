using System.Globalization;
using System.Security.Cryptography;
using System.Xml.Linq;
using CseKms.Sandbox.Checksums;

namespace CseKms.Sandbox.S3;

internal sealed partial class S3Service
{
    private const int MostParts = 10_000;
    private const long SmallestPart = 5 * 1024 * 1024;

    private async Task CreateMultipartUploadAsync(Exchange exchange)
    {
        var bucket = BucketOf(exchange);
        var name = exchange.Header("x-amz-checksum-algorithm");
        var algorithm = ChecksumAlgorithm.Named(name);
        if (name is not null && algorithm is null)
        {
            throw S3Errors.InvalidRequest("Checksum algorithm provided is unsupported. Please try again with any of the valid types: [CRC32, CRC32C, CRC64NVME, SHA1, SHA256]");
        }
        var type = exchange.Header("x-amz-checksum-type");
        var isComposite = algorithm is not null && (type ?? (algorithm.Name == "CRC64NVME" ? "FULL_OBJECT" : "COMPOSITE")) == "COMPOSITE";
        if (type is not null && (algorithm is null || type is not ("COMPOSITE" or "FULL_OBJECT")
            || (isComposite ? algorithm.Name == "CRC64NVME" : algorithm.Crc is null)))
        {
            throw S3Errors.InvalidRequest($"The {type} checksum type cannot be used with the {name ?? "null"} checksum algorithm.");
        }
        await ReadBodyAsync(exchange);
        var upload = new Upload
        {
            Id = S3Store.NewId(64),
            Key = KeyOf(exchange),
            Initiated = store.Now,
            Attributes = AttributeHeaders.Read(exchange, bucket),
            Algorithm = algorithm,
            IsComposite = isComposite,
        };
        lock (store.Gate)
        {
            bucket.Uploads.Add(upload.Id, upload);
        }
        AttributeHeaders.WriteEncryption(exchange, upload.Attributes);
        if (algorithm is not null)
        {
            exchange.Response.Headers["x-amz-checksum-algorithm"] = algorithm.Name;
            exchange.Response.Headers["x-amz-checksum-type"] = isComposite ? "COMPOSITE" : "FULL_OBJECT";
        }
        await ReplyXmlAsync(exchange, XmlText.Root("InitiateMultipartUploadResult").Add("Bucket", bucket.Name)
            .Add("Key", upload.Key).Add("UploadId", upload.Id).Close("InitiateMultipartUploadResult"));
    }

    private async Task UploadPartAsync(Exchange exchange)
    {
        var bucket = BucketOf(exchange);
        var number = PartNumber(exchange);
        var upload = OpenUpload(exchange, bucket);
        var (blob, payload) = await StoreBodyAsync(exchange, upload.Attributes.HasMd5ETag);
        var part = new UploadedPart(
            number, [new Extent(blob, 0, payload.Length)], payload.Length, ETagOf(payload), store.Now, payload.Algorithm, payload.Checksum);
        AddPart(exchange, bucket, upload, part);
        if (part.Algorithm is not null)
        {
            exchange.Response.Headers[part.Algorithm.Header] = Convert.ToBase64String(part.Checksum!);
        }
        AttributeHeaders.WriteEncryption(exchange, upload.Attributes);
        exchange.Response.Headers.ETag = Quoted(part.ETag);
        await exchange.ReplyAsync(200);
    }

    private async Task UploadPartCopyAsync(Exchange exchange)
    {
        var bucket = BucketOf(exchange);
        var number = PartNumber(exchange);
        var upload = OpenUpload(exchange, bucket);
        var (_, source) = FindCopySource(exchange);
        UploadedPart part;
        try
        {
            var (offset, length) = CopyRange(exchange, source);
            var (extents, checksum) = Slice(source, offset, length, upload.Algorithm);
            part = new UploadedPart(number, extents, length, ETagOf(extents, upload.Attributes), store.Now, upload.Algorithm, checksum);
        }
        finally
        {
            source.Release();
        }
        AddPart(exchange, bucket, upload, part);
        var xml = XmlText.Root("CopyPartResult").Add("LastModified", XmlText.Time(part.LastModified)).Add("ETag", Quoted(part.ETag));
        if (part.Algorithm is not null)
        {
            xml.Add(part.Algorithm.XmlName, Convert.ToBase64String(part.Checksum!));
        }
        await ReplyXmlAsync(exchange, xml.Close("CopyPartResult"));
    }

    private async Task CompleteMultipartUploadAsync(Exchange exchange)
    {
        var bucket = BucketOf(exchange);
        var body = XmlText.Parse(await ReadBodyAsync(exchange));
        ObjectVersion version;
        lock (store.Gate)
        {
            version = Complete(exchange, bucket, OpenUpload(exchange, bucket), body);
        }
        WriteVersionId(exchange, bucket, version);
        AttributeHeaders.WriteEncryption(exchange, version.Attributes);
        var xml = XmlText.Root("CompleteMultipartUploadResult")
            .Add("Location", $"{exchange.Request.Scheme}://{exchange.Request.Host}/{bucket.Name}/{version.Key}")
            .Add("Bucket", bucket.Name).Add("Key", version.Key).Add("ETag", Quoted(version.ETag));
        if (version.Checksum is { } checksum)
        {
            xml.Add(checksum.Algorithm.XmlName, checksum.Value).Add("ChecksumType", checksum.Type);
        }
        await ReplyXmlAsync(exchange, xml.Close("CompleteMultipartUploadResult"));
    }

    private ObjectVersion Complete(Exchange exchange, Bucket bucket, Upload upload, XElement body)
    {
        var listed = body.Elements("Part").ToList();
        if (listed.Count is 0 or > MostParts)
        {
            throw S3Errors.MalformedXml();
        }
        var parts = new List<UploadedPart>(listed.Count);
        foreach (var element in listed)
        {
            parts.Add(ListedPart(upload, element, after: parts.LastOrDefault()?.Number ?? 0));
        }
        foreach (var part in parts.SkipLast(1).Where(part => part.Size < SmallestPart))
        {
            throw new AwsException(
                400, "EntityTooSmall", "Your proposed upload is smaller than the minimum allowed size",
                ("ProposedSize", part.Size.ToString(CultureInfo.InvariantCulture)), ("MinSizeAllowed", SmallestPart.ToString(CultureInfo.InvariantCulture)),
                ("PartNumber", part.Number.ToString(CultureInfo.InvariantCulture)), ("ETag", part.ETag));
        }
        var size = parts.Sum(part => part.Size);
        if (exchange.Header("x-amz-mp-object-size") is { } announced && announced != size.ToString(CultureInfo.InvariantCulture))
        {
            throw S3Errors.InvalidRequest($"The provided 'x-amz-mp-object-size' header value {announced} does not match what was computed: {size}");
        }
        var checksum = CheckedChecksum(exchange, upload, parts);
        Conditions.CheckWrite(exchange, bucket.Keys.Find(upload.Key)?.Latest);

        var version = S3Store.Commit(bucket, id => new ObjectVersion
        {
            Key = upload.Key,
            VersionId = id,
            Extents = [.. parts.SelectMany(part => part.Extents)],
            Size = size,
            ETag = $"{ETagOf(upload, parts)}-{parts.Count}",
            LastModified = store.Now,
            Attributes = upload.Attributes,
            Checksum = checksum,
            PartSizes = [.. parts.Select(part => part.Size)],
        }, upload.Key);
        foreach (var unused in upload.Parts.Values.Except(parts))
        {
            unused.Release();
        }
        bucket.Uploads.Remove(upload.Id);
        return version;
    }

    /// <summary>Of parts that have an MD5 for their ETag, the MD5 of those, which clients compute too.</summary>
    private static string ETagOf(Upload upload, List<UploadedPart> parts) => upload.Attributes.HasMd5ETag
        ? Convert.ToHexStringLower(MD5.HashData(parts.SelectMany(part => Convert.FromHexString(part.ETag)).ToArray()))
        : S3Store.NewId(32);

    private static UploadedPart ListedPart(Upload upload, XElement element, int after)
    {
        if (!int.TryParse(element.Element("PartNumber")?.Value, out var number) || element.Element("ETag")?.Value.Trim('"') is not { } etag)
        {
            throw S3Errors.MalformedXml();
        }
        if (number <= after)
        {
            throw new AwsException(
                400, "InvalidPartOrder", "The list of parts was not in ascending order. The parts list must be specified in order by part number.");
        }
        if (!upload.Parts.TryGetValue(number, out var part) || part.ETag != etag)
        {
            throw S3Errors.InvalidPart();
        }
        foreach (var algorithm in ChecksumAlgorithm.All)
        {
            if (element.Element(algorithm.XmlName)?.Value is { } given
                && (part.Algorithm != algorithm || given != Convert.ToBase64String(part.Checksum!)))
            {
                throw S3Errors.InvalidPart();
            }
        }
        if (upload.IsComposite && element.Element(upload.Algorithm!.XmlName) is null)
        {
            throw S3Errors.InvalidRequest(
                $"The upload was created using a {upload.Algorithm.Name.ToLowerInvariant()} checksum. The complete request must include the checksum for each part. It was missing for part {number} in the request.");
        }
        return part;
    }

    /// <summary>The whole object's checksum from those of its parts, held against the one that the client gives.</summary>
    private static StoredChecksum? CheckedChecksum(Exchange exchange, Upload upload, List<UploadedPart> parts)
    {
        var given = ChecksumAlgorithm.All.FirstOrDefault(a => exchange.Header(a.Header) is not null);
        if (upload.Algorithm is not { } algorithm)
        {
            // Without an algorithm from the start a sum can still be checked when every part brought its own.
            algorithm = given?.Crc is not null && parts.All(part => part.Algorithm == given) ? given : null;
            if (algorithm is null)
            {
                return given is null ? null : throw S3Errors.InvalidRequest("Checksum Type mismatch occurred, expected checksum Type: null, actual checksum Type: " + given.Name.ToLowerInvariant());
            }
        }
        if (exchange.Header("x-amz-checksum-type") is { } type && type != (upload.IsComposite ? "COMPOSITE" : "FULL_OBJECT"))
        {
            throw S3Errors.InvalidRequest($"The upload was created using the {(upload.IsComposite ? "COMPOSITE" : "FULL_OBJECT")} checksum mode. The complete request must use the same checksum mode.");
        }
        var computed = upload.IsComposite ? Composite(algorithm, parts) : FullObject(algorithm, parts);
        if (given is not null)
        {
            var value = exchange.Header(given.Header)!;
            if (given != algorithm || (value != computed.Value && value != computed.Value.Split('-')[0]))
            {
                throw S3Errors.BadDigest(given.Name);
            }
        }
        return computed;
    }

    private static StoredChecksum Composite(ChecksumAlgorithm algorithm, List<UploadedPart> parts)
    {
        using var hasher = algorithm.Begin();
        parts.ForEach(part => hasher.Append(part.Checksum));
        return new StoredChecksum(algorithm, $"{Convert.ToBase64String(hasher.Finish())}-{parts.Count}", IsComposite: true);
    }

    private static StoredChecksum FullObject(ChecksumAlgorithm algorithm, List<UploadedPart> parts)
    {
        var crc = algorithm.Crc!;
        var sum = new byte[crc.Length];
        foreach (var part in parts)
        {
            sum = crc.Combine(sum, part.Checksum!, part.Size);
        }
        return new StoredChecksum(algorithm, Convert.ToBase64String(sum));
    }

    private Task AbortMultipartUploadAsync(Exchange exchange)
    {
        var bucket = BucketOf(exchange);
        lock (store.Gate)
        {
            var upload = OpenUpload(exchange, bucket);
            bucket.Uploads.Remove(upload.Id);
            foreach (var part in upload.Parts.Values)
            {
                part.Release();
            }
        }
        return exchange.ReplyAsync(204);
    }

    private Task ListPartsAsync(Exchange exchange)
    {
        var bucket = BucketOf(exchange);
        var marker = QueryNumber(exchange, "part-number-marker", 0, MostParts);
        var most = QueryNumber(exchange, "max-parts", LargestPage, LargestPage);
        var names = NameWriter(exchange);
        var xml = XmlText.Root("ListPartsResult");
        lock (store.Gate)
        {
            var upload = OpenUpload(exchange, bucket);
            var parts = upload.Parts.Values.Where(part => part.Number > marker).ToList();
            var page = parts.Take(most).ToList();
            xml.Add("Bucket", bucket.Name).Add("Key", names(upload.Key)).Add("UploadId", upload.Id)
                .Add("PartNumberMarker", marker).Add("NextPartNumberMarker", page.LastOrDefault()?.Number ?? 0)
                .Add("MaxParts", most).Add("IsTruncated", page.Count < parts.Count)
                .Add("StorageClass", upload.Attributes.StorageClass).Add("ChecksumAlgorithm", upload.Algorithm?.Name)
                .Add("ChecksumType", upload.Algorithm is null ? null : upload.IsComposite ? "COMPOSITE" : "FULL_OBJECT");
            foreach (var part in page)
            {
                xml.Open("Part").Add("PartNumber", part.Number).Add("LastModified", XmlText.Time(part.LastModified))
                    .Add("ETag", Quoted(part.ETag)).Add("Size", part.Size);
                if (part.Algorithm is not null)
                {
                    xml.Add(part.Algorithm.XmlName, Convert.ToBase64String(part.Checksum!));
                }
                xml.Close("Part");
            }
        }
        return ReplyXmlAsync(exchange, xml.Close("ListPartsResult"));
    }

    private Task ListMultipartUploadsAsync(Exchange exchange)
    {
        var bucket = BucketOf(exchange);
        var query = exchange.Target;
        if (!string.IsNullOrEmpty(query["delimiter"]))
        {
            throw S3Errors.NotImplemented("delimiter");
        }
        var prefix = query["prefix"] ?? "";
        var keyMarker = query["key-marker"] ?? "";
        var idMarker = query["upload-id-marker"] ?? "";
        var most = QueryNumber(exchange, "max-uploads", LargestPage, LargestPage);
        var names = NameWriter(exchange);
        var xml = XmlText.Root("ListMultipartUploadsResult");
        lock (store.Gate)
        {
            var uploads = bucket.Uploads.Values
                .Where(u => u.Key.StartsWith(prefix, StringComparison.Ordinal))
                .Where(u => keyMarker.Length == 0 || KeyIndex.Compare(u.Key, keyMarker) is var order
                    && (order > 0 || (order == 0 && idMarker.Length > 0 && string.CompareOrdinal(u.Id, idMarker) > 0)))
                .Order(Comparer<Upload>.Create((a, b) =>
                    KeyIndex.Compare(a.Key, b.Key) is var order and not 0 ? order : string.CompareOrdinal(a.Id, b.Id)))
                .ToList();
            var page = uploads.Take(most).ToList();
            xml.Add("Bucket", bucket.Name).Add("KeyMarker", names(keyMarker)).Add("UploadIdMarker", idMarker)
                .Add("NextKeyMarker", names(page.LastOrDefault()?.Key ?? "")).Add("NextUploadIdMarker", page.LastOrDefault()?.Id ?? "")
                .Add("Prefix", names(prefix)).Add("EncodingType", query["encoding-type"])
                .Add("MaxUploads", most).Add("IsTruncated", page.Count < uploads.Count);
            foreach (var upload in page)
            {
                xml.Open("Upload").Add("Key", names(upload.Key)).Add("UploadId", upload.Id);
                WriteOwner(xml).Add("StorageClass", upload.Attributes.StorageClass)
                    .Add("Initiated", XmlText.Time(upload.Initiated)).Close("Upload");
            }
        }
        return ReplyXmlAsync(exchange, xml.Close("ListMultipartUploadsResult"));
    }

    private Upload OpenUpload(Exchange exchange, Bucket bucket)
    {
        var id = exchange.Target["uploadId"]
            ?? throw S3Errors.InvalidArgument("This operation does not accept a part number without an upload id", "partNumber", exchange.Target["partNumber"]);
        lock (store.Gate)
        {
            return bucket.Uploads.GetValueOrDefault(id) is { } upload && upload.Key == KeyOf(exchange)
                ? upload
                : throw S3Errors.NoSuchUpload(id);
        }
    }

    private void AddPart(Exchange exchange, Bucket bucket, Upload upload, UploadedPart part)
    {
        try
        {
            if (upload.Algorithm is not null && part.Algorithm != upload.Algorithm)
            {
                throw S3Errors.InvalidRequest(
                    $"Checksum Type mismatch occurred, expected checksum Type: {upload.Algorithm.Name.ToLowerInvariant()}, actual checksum Type: {part.Algorithm?.Name.ToLowerInvariant() ?? "null"}");
            }
            lock (store.Gate)
            {
                // It may have been aborted or completed while the body came in.
                OpenUpload(exchange, bucket);
                if (upload.Parts.Remove(part.Number, out var replaced))
                {
                    replaced.Release();
                }
                upload.Parts.Add(part.Number, part);
            }
        }
        catch
        {
            part.Release();
            throw;
        }
    }

    private static int PartNumber(Exchange exchange) =>
        int.TryParse(exchange.Target["partNumber"], out var number) && number is >= 1 and <= MostParts
            ? number
            : throw S3Errors.InvalidArgument(
                "Part number must be an integer between 1 and 10000, inclusive", "partNumber", exchange.Target["partNumber"]);

    private static (long Offset, long Length) CopyRange(Exchange exchange, ObjectVersion source)
    {
        const string header = "x-amz-copy-source-range";
        if (exchange.Header(header) is not { } range)
        {
            return source.Size <= LargestPut ? (0, source.Size) : throw CopySourceTooLarge();
        }
        var ends = range.StartsWith("bytes=", StringComparison.Ordinal) ? range[6..].Split('-') : [];
        if (ends.Length != 2 || !long.TryParse(ends[0], out var first) || !long.TryParse(ends[1], out var last)
            || first > last || last >= source.Size)
        {
            throw S3Errors.InvalidArgument("The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based offsets of the first and last bytes to copy", header, range);
        }
        return last - first < LargestPut ? (first, last - first + 1) : throw CopySourceTooLarge();
    }

    /// <summary>A run of an object's bytes, with references of its own on the files, and its checksum where one is asked for.</summary>
    private static (List<Extent> Extents, byte[]? Checksum) Slice(ObjectVersion source, long offset, long length, ChecksumAlgorithm? algorithm)
    {
        var extents = new List<Extent>();
        foreach (var extent in source.Extents)
        {
            var skip = Math.Min(offset, extent.Length);
            var take = Math.Min(length, extent.Length - skip);
            offset -= skip;
            length -= take;
            if (take > 0)
            {
                extent.File.AddReference();
                extents.Add(new Extent(extent.File, extent.Offset + skip, take));
            }
        }
        if (algorithm is null)
        {
            return (extents, null);
        }
        using var hasher = algorithm.Begin();
        return (extents, Hash(extents, hasher));
    }

    private static byte[] Hash(IReadOnlyList<Extent> extents, Hasher hasher)
    {
        var buffer = new byte[CopyBufferSize];
        foreach (var extent in extents)
        {
            using var file = extent.File.OpenRead();
            for (long done = 0; done < extent.Length;)
            {
                var count = RandomAccess.Read(file, buffer.AsSpan(0, (int)Math.Min(buffer.Length, extent.Length - done)), extent.Offset + done);
                hasher.Append(buffer.AsSpan(0, count));
                done += count;
            }
        }
        return hasher.Finish();
    }
}
