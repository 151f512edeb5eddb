using System.Globalization;
using System.Text;

namespace CseKms.Sandbox.S3;

internal sealed partial class S3Service
{
    private const int LargestPage = 1000;

    /// <summary>One page of a listing: whole keys and common prefixes, in order.</summary>
    private sealed record Page(List<(string Name, KeyEntry? Entry)> Items, bool IsTruncated);

    private async Task ListObjectsV2Async(Exchange exchange)
    {
        var bucket = BucketOf(exchange);
        var query = exchange.Target;
        var token = query["continuation-token"];
        var startAfter = query["start-after"];
        var most = QueryNumber(exchange, "max-keys", LargestPage, LargestPage);
        var names = NameWriter(exchange);
        var xml = XmlText.Root("ListBucketResult");
        lock (store.Gate)
        {
            var from = token is not null ? Resume(bucket, token) : string.IsNullOrEmpty(startAfter) ? 0 : bucket.Keys.UpperBound(startAfter);
            var page = ListPage(exchange, bucket, from, most);
            xml.Add("Name", bucket.Name).Add("Prefix", names(query["prefix"] ?? "")).Add("Delimiter", names(query["delimiter"]))
                .Add("MaxKeys", most).Add("EncodingType", query["encoding-type"]).Add("KeyCount", page.Items.Count)
                .Add("StartAfter", names(startAfter)).Add("ContinuationToken", token).Add("IsTruncated", page.IsTruncated);
            if (page.IsTruncated)
            {
                xml.Add("NextContinuationToken", Token(page.Items[^1]));
            }
            WriteItems(xml, page, names, withOwner: query["fetch-owner"] == "true");
        }
        await ReplyXmlAsync(exchange, xml.Close("ListBucketResult"));
    }

    private async Task ListObjectsAsync(Exchange exchange)
    {
        var bucket = BucketOf(exchange);
        var query = exchange.Target;
        var marker = query["marker"] ?? "";
        var most = QueryNumber(exchange, "max-keys", LargestPage, LargestPage);
        var names = NameWriter(exchange);
        var xml = XmlText.Root("ListBucketResult");
        lock (store.Gate)
        {
            var page = ListPage(exchange, bucket, AfterMarker(exchange, bucket, marker), most);
            xml.Add("Name", bucket.Name).Add("Prefix", names(query["prefix"] ?? "")).Add("Marker", names(marker))
                .Add("Delimiter", names(query["delimiter"])).Add("MaxKeys", most).Add("EncodingType", query["encoding-type"])
                .Add("IsTruncated", page.IsTruncated);
            if (page.IsTruncated && query["delimiter"] is not null)
            {
                xml.Add("NextMarker", names(page.Items[^1].Name));
            }
            WriteItems(xml, page, names, withOwner: true);
        }
        await ReplyXmlAsync(exchange, xml.Close("ListBucketResult"));
    }

    private async Task ListObjectVersionsAsync(Exchange exchange)
    {
        var bucket = BucketOf(exchange);
        var query = exchange.Target;
        var keyMarker = query["key-marker"] ?? "";
        var versionMarker = query["version-id-marker"];
        if (!string.IsNullOrEmpty(versionMarker) && keyMarker.Length == 0)
        {
            throw S3Errors.InvalidArgument("A version-id marker cannot be specified without a key marker.", "version-id-marker", versionMarker);
        }
        var most = QueryNumber(exchange, "max-keys", LargestPage, LargestPage);
        var names = NameWriter(exchange);
        var xml = XmlText.Root("ListVersionsResult").Add("Name", bucket.Name).Add("Prefix", names(query["prefix"] ?? ""))
            .Add("KeyMarker", names(keyMarker)).Add("VersionIdMarker", versionMarker ?? "").Add("MaxKeys", most)
            .Add("Delimiter", names(query["delimiter"])).Add("EncodingType", query["encoding-type"]);
        lock (store.Gate)
        {
            WriteVersions(exchange, bucket, keyMarker, versionMarker, most, xml, names);
        }
        await ReplyXmlAsync(exchange, xml.Close("ListVersionsResult"));
    }

    private static void WriteVersions(
        Exchange exchange, Bucket bucket, string keyMarker, string? versionMarker, int most, XmlText xml, Func<string?, string?> names)
    {
        var prefix = exchange.Target["prefix"] ?? "";
        var delimiter = exchange.Target["delimiter"];
        var prefixes = new List<string>();
        var count = 0;
        (string Key, string? VersionId) last = default;
        // A version marker resumes within its key, behind that version.
        var i = string.IsNullOrEmpty(versionMarker)
            ? AfterMarker(exchange, bucket, keyMarker)
            : bucket.Keys.LowerBound(keyMarker);
        var end = bucket.Keys.EndOfPrefix(prefix);
        var isTruncated = false;
        for (i = Math.Max(i, bucket.Keys.LowerBound(prefix)); i < end && !isTruncated;)
        {
            var entry = bucket.Keys.Entries[i];
            if (CommonPrefix(entry.Key, prefix, delimiter) is { } common)
            {
                isTruncated = count == most;
                if (!isTruncated)
                {
                    prefixes.Add(common);
                    last = (common, null);
                    count++;
                    i = bucket.Keys.EndOfPrefix(common);
                }
                continue;
            }
            var versions = entry.Versions.AsEnumerable().Reverse();
            if (entry.Key == keyMarker && !string.IsNullOrEmpty(versionMarker))
            {
                versions = versions.SkipWhile(v => v.VersionId != versionMarker).Skip(1);
            }
            foreach (var version in versions)
            {
                isTruncated = count == most;
                if (isTruncated)
                {
                    break;
                }
                WriteVersion(xml, version, isLatest: version == entry.Latest, names);
                last = (version.Key, version.VersionId);
                count++;
            }
            i++;
        }
        prefixes.ForEach(common => xml.Open("CommonPrefixes").Add("Prefix", names(common)).Close("CommonPrefixes"));
        isTruncated &= most > 0;
        xml.Add("IsTruncated", isTruncated);
        if (isTruncated)
        {
            xml.Add("NextKeyMarker", names(last.Key)).Add("NextVersionIdMarker", last.VersionId);
        }
    }

    private static void WriteVersion(XmlText xml, ObjectVersion version, bool isLatest, Func<string?, string?> names)
    {
        var element = version.IsDeleteMarker ? "DeleteMarker" : "Version";
        xml.Open(element).Add("Key", names(version.Key)).Add("VersionId", version.VersionId).Add("IsLatest", isLatest)
            .Add("LastModified", XmlText.Time(version.LastModified));
        if (!version.IsDeleteMarker)
        {
            xml.Add("ETag", Quoted(version.ETag)).Add("Size", version.Size).Add("StorageClass", version.Attributes.StorageClass);
        }
        WriteOwner(xml).Close(element);
    }

    private static Page ListPage(Exchange exchange, Bucket bucket, int from, int most)
    {
        var prefix = exchange.Target["prefix"] ?? "";
        var delimiter = exchange.Target["delimiter"];
        var items = new List<(string, KeyEntry?)>();
        var keys = bucket.Keys;
        var end = keys.EndOfPrefix(prefix);
        for (var i = Math.Max(from, keys.LowerBound(prefix)); i < end;)
        {
            var entry = keys.Entries[i];
            if (entry.Latest.IsDeleteMarker)
            {
                i++;
                continue;
            }
            if (items.Count == most)
            {
                return new Page(items, IsTruncated: most > 0);
            }
            var common = CommonPrefix(entry.Key, prefix, delimiter);
            items.Add(common is null ? (entry.Key, entry) : (common, null));
            i = common is null ? i + 1 : keys.EndOfPrefix(common);
        }
        return new Page(items, IsTruncated: false);
    }

    private static string? CommonPrefix(string key, string prefix, string? delimiter)
    {
        if (string.IsNullOrEmpty(delimiter))
        {
            return null;
        }
        var at = key.IndexOf(delimiter, prefix.Length, StringComparison.Ordinal);
        return at < 0 ? null : key[..(at + delimiter.Length)];
    }

    /// <summary>Where a listing goes on after a marker, which may be a common prefix of the page before.</summary>
    private static int AfterMarker(Exchange exchange, Bucket bucket, string marker)
    {
        if (marker.Length == 0)
        {
            return 0;
        }
        var prefix = exchange.Target["prefix"] ?? "";
        return marker.StartsWith(prefix, StringComparison.Ordinal) && CommonPrefix(marker, prefix, exchange.Target["delimiter"]) == marker
            ? bucket.Keys.EndOfPrefix(marker)
            : bucket.Keys.UpperBound(marker);
    }

    private static void WriteItems(XmlText xml, Page page, Func<string?, string?> names, bool withOwner)
    {
        foreach (var (name, entry) in page.Items)
        {
            if (entry is null)
            {
                xml.Open("CommonPrefixes").Add("Prefix", names(name)).Close("CommonPrefixes");
                continue;
            }
            var version = entry.Latest;
            xml.Open("Contents").Add("Key", names(name)).Add("LastModified", XmlText.Time(version.LastModified))
                .Add("ETag", Quoted(version.ETag)).Add("ChecksumAlgorithm", version.Checksum?.Algorithm.Name)
                .Add("ChecksumType", version.Checksum?.Type).Add("Size", version.Size);
            if (withOwner)
            {
                WriteOwner(xml);
            }
            xml.Add("StorageClass", version.Attributes.StorageClass).Close("Contents");
        }
    }

    private static XmlText WriteOwner(XmlText xml) => xml.Open("Owner").Add("ID", SandboxServer.OwnerId).Close("Owner");

    private static string Token((string Name, KeyEntry? Entry) last) =>
        Convert.ToBase64String(Encoding.UTF8.GetBytes((last.Entry is null ? "p" : "k") + last.Name));

    private static int Resume(Bucket bucket, string token)
    {
        var bytes = new byte[token.Length];
        if (!Convert.TryFromBase64String(token, bytes, out var length) || length < 2)
        {
            throw S3Errors.InvalidArgument("The continuation token provided is incorrect", "continuation-token", token);
        }
        var name = Encoding.UTF8.GetString(bytes, 1, length - 1);
        return bytes[0] == 'p' ? bucket.Keys.EndOfPrefix(name) : bucket.Keys.UpperBound(name);
    }

    /// <summary>How names are written: as they are, or as encoding-type=url asks, which is a form's encoding that keeps slashes.</summary>
    private static Func<string?, string?> NameWriter(Exchange exchange) => exchange.Target["encoding-type"] switch
    {
        null => name => name,
        "url" => name => name is null ? null : FormEncode(name),
        var other => throw S3Errors.InvalidArgument("Invalid Encoding Method specified in Request", "encoding-type", other),
    };

    private static string FormEncode(string name)
    {
        var text = new StringBuilder();
        foreach (var b in Encoding.UTF8.GetBytes(name))
        {
            var c = (char)b;
            if (char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or '*' or '/')
            {
                text.Append(c);
            }
            else if (c == ' ')
            {
                text.Append('+');
            }
            else
            {
                text.Append('%').Append(b.ToString("X2", CultureInfo.InvariantCulture));
            }
        }
        return text.ToString();
    }
}
