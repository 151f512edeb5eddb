using System.Text.RegularExpressions;
using CseKms.Sandbox.S3;

namespace CseKms.Sandbox;

/// <summary>What S3-compatible stores, proxies and bad days make of S3's XML.</summary>
internal static partial class Answers
{
    public static string Without(string xml, string element) =>
        Regex.Replace(xml, $"<{element}>[^<]*</{element}>|<{element}/>", "");

    public static string TruncateWithoutToken(string xml) => Truncated(NextPlace().Replace(xml, ""));

    /// <summary>The next token, or marker, is the one that this page was asked with; the first page has none.</summary>
    public static string RepeatToken(string xml) => Place().Matches(xml) is { Count: > 0 } places
        ? Truncated(NextPlace().Replace(xml, "")).Replace(
            "<IsTruncated>",
            string.Concat(places.Select(place => $"<Next{place.Groups["name"].Value}>{place.Groups["value"].Value}</Next{place.Groups["name"].Value}>")) + "<IsTruncated>",
            StringComparison.Ordinal)
        : xml;

    public static string WithToken(string xml, string token) => Truncated(Without(xml, "NextContinuationToken"))
        .Replace("</ListBucketResult>", $"<NextContinuationToken>{token}</NextContinuationToken></ListBucketResult>", StringComparison.Ordinal);

    public static string WeakenETags(string xml) => ETag().Replace(xml, match => $"<ETag>W/{match.Groups["etag"].Value}</ETag>");

    /// <summary>Names as they are instead of encoded by <c>encoding-type=url</c>.</summary>
    public static string Decode(string xml) => xml.Contains("<EncodingType>url</EncodingType>", StringComparison.Ordinal)
        ? Name().Replace(Without(xml, "EncodingType"), match =>
        {
            var name = match.Groups["name"].Value;
            var value = Uri.UnescapeDataString(match.Groups["value"].Value.Replace('+', ' '));
            return XmlText.Fragment().Add(name, value).ToString();
        })
        : xml;

    private static string Truncated(string xml) => Regex.Replace(xml, "<IsTruncated>[^<]*</IsTruncated>", "<IsTruncated>true</IsTruncated>");

    [GeneratedRegex(@"<(?<name>ContinuationToken|KeyMarker|VersionIdMarker|UploadIdMarker)>(?<value>[^<]+)</\k<name>>")]
    private static partial Regex Place();

    [GeneratedRegex(@"<(?<name>Next\w+)>[^<]*</\k<name>>")]
    private static partial Regex NextPlace();

    [GeneratedRegex("<ETag>(?<etag>[^<]*)</ETag>")]
    private static partial Regex ETag();

    [GeneratedRegex(@"<(?<name>Key|Prefix|Delimiter|StartAfter|KeyMarker|NextKeyMarker|Marker|NextMarker)>(?<value>[^<]*)</\k<name>>")]
    private static partial Regex Name();
}
