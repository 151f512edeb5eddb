using System.Net;

namespace CseKms.Core.Aws;

/// <summary>
/// The pages of one listing, none of which is believed before it was looked at: a page is of that bucket and prefix, and goes on only where
/// it has not been before. Not thread-safe.
/// </summary>
/// <param name="operation">The request that asks for a page.</param>
/// <param name="bucket">The bucket.</param>
/// <param name="prefix">What the listed keys begin with.</param>
internal sealed class ListingPages(string operation, string bucket, string prefix)
{
    private readonly HashSet<string> _places = new(StringComparer.Ordinal);
    private long _listed;
    private string? _lastKey;

    /// <summary>Checks that a page is one. The SDK reads what is no listing at all as an empty one.</summary>
    /// <exception cref="CseException"><see cref="ErrorId.ListingIncomplete"/>.</exception>
    public void Check(string? pageBucket, string? pagePrefix, bool? isTruncated, bool isEncoded)
    {
        // Not all stores tell the prefix; each key is held to it all the same.
        if (string.IsNullOrEmpty(pageBucket) || isTruncated is null || (pagePrefix is not null && Decode(pagePrefix, isEncoded) != prefix))
        {
            throw Incomplete("The next page is no list of that bucket and prefix.");
        }
    }

    /// <summary>The key of an entry.</summary>
    /// <param name="key">As the page has it.</param>
    /// <param name="isEncoded">Whether the page says that it encodes keys.</param>
    /// <param name="isWhole">Whether all else is there that an entry must have.</param>
    /// <exception cref="CseException"><see cref="ErrorId.ListingIncomplete"/>.</exception>
    public string Key(string? key, bool isEncoded, bool isWhole)
    {
        var decoded = Decode(key, isEncoded);
        if (string.IsNullOrEmpty(decoded) || !decoded.StartsWith(prefix, StringComparison.Ordinal) || !isWhole)
        {
            throw Incomplete("An entry of the next page is not whole, or its key does not begin with the prefix.");
        }

        (_listed, _lastKey) = (_listed + 1, decoded);
        return decoded;
    }

    /// <summary>Where the listing goes on, or <see langword="null"/> after its last page.</summary>
    /// <param name="isTruncated">Whether the page says that there is more.</param>
    /// <param name="markers">What the page says of where it goes on, all of which must be there.</param>
    /// <exception cref="CseException"><see cref="ErrorId.ListingIncomplete"/>.</exception>
    public string? Next(bool? isTruncated, params string?[] markers)
    {
        if (isTruncated != true)
        {
            return null;
        }

        if (markers.Any(string.IsNullOrEmpty))
        {
            throw Incomplete("S3 says that there is more, and not where it goes on.");
        }

        var place = string.Join('\n', markers);
        return _places.Add(place) ? place : throw Incomplete("S3 goes on where it has been before.");
    }

    /// <summary>Text of a page as it is meant.</summary>
    public static string? Decode(string? text, bool isEncoded) => isEncoded ? WebUtility.UrlDecode(text) : text;

    /// <summary>The error of a listing that cannot go on.</summary>
    public CseException Incomplete(string problem, Exception? inner = null) => new(
        ErrorId.ListingIncomplete,
        $"The listing of {bucket}/{prefix} broke off after {_listed:N0} entries{(_lastKey is null ? "" : $", the last of them '{_lastKey}'")}. {problem}",
        inner)
    {
        Operation = operation,
        Repeat = RepeatReason.Broken,
    };
}
