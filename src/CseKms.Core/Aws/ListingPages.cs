using System.Net;
using Amazon.S3;
using Amazon.S3.Model;

namespace CseKms.Core.Aws;

/// <summary>
/// Reads the pages of one listing, and believes none before it was looked at: a page is of that bucket and prefix, names key, size and
/// ETag of each object, and goes on only with a token that was not seen before. Not thread-safe.
/// </summary>
internal sealed class ListingPages(string bucket, string prefix)
{
    private readonly HashSet<string> _tokens = new(StringComparer.Ordinal);
    private long _listed;
    private string? _lastKey;

    /// <summary>Where the next page begins; <see langword="null"/> after the last.</summary>
    public string? NextToken { get; private set; }

    /// <summary>The objects of a page.</summary>
    /// <exception cref="CseException"><see cref="ErrorId.ListingIncomplete"/>.</exception>
    public IEnumerable<ListedObject> Read(ListObjectsV2Response page)
    {
        var isEncoded = page.Encoding == EncodingType.Url;
        Check(page, isEncoded);
        foreach (var item in page.S3Objects ?? [])
        {
            var key = Decode(item.Key, isEncoded);
            if (string.IsNullOrEmpty(key) || !key.StartsWith(prefix, StringComparison.Ordinal) || item.Size is not { } size || string.IsNullOrEmpty(item.ETag))
            {
                throw Incomplete("An entry of the next page has no key below the prefix, no size or no ETag.");
            }

            (_listed, _lastKey) = (_listed + 1, key);
            yield return new ListedObject(bucket, key, size, item.ETag, item.LastModified, item.StorageClass?.Value);
        }

        NextToken = Next(page);
    }

    /// <summary>The error of a listing that cannot go on.</summary>
    public CseException Incomplete(string problem, Exception? inner = null) => new(
        ErrorId.ListingIncomplete,
        $"The listing of {bucket}/{prefix} broke off after {_listed:N0} objects{(_lastKey is null ? "" : $", the last of them '{_lastKey}'")}. {problem}",
        inner)
    {
        Operation = "ListObjectsV2",
    };

    // What is no list of objects at all, the SDK reads as an empty one.
    private void Check(ListObjectsV2Response page, bool isEncoded)
    {
        if (string.IsNullOrEmpty(page.Name) || page.IsTruncated is null || (Decode(page.Prefix, isEncoded) ?? "") != prefix)
        {
            throw Incomplete("The next page is no list of that bucket and prefix.");
        }
    }

    private string? Next(ListObjectsV2Response page)
    {
        if (page.IsTruncated != true)
        {
            return null;
        }

        return string.IsNullOrEmpty(page.NextContinuationToken) ? throw Incomplete("S3 says that there is more, and not where it goes on.")
            : _tokens.Add(page.NextContinuationToken) ? page.NextContinuationToken
            : throw Incomplete("S3 goes on where it has been before.");
    }

    private static string? Decode(string? text, bool isEncoded) => isEncoded ? WebUtility.UrlDecode(text) : text;
}
