using System.Globalization;

namespace CseKms.Sandbox.S3;

/// <summary>The If-… headers.</summary>
internal static class Conditions
{
    /// <summary>For a read; true means 304.</summary>
    public static bool IsNotModified(Exchange exchange, ObjectVersion version)
    {
        if (exchange.Header("If-Match") is { } match)
        {
            if (!Matches(match, version.ETag))
            {
                throw S3Errors.PreconditionFailed("If-Match");
            }
        }
        else if (Time(exchange, "If-Unmodified-Since") is { } unmodified && Seconds(version) > unmodified)
        {
            throw S3Errors.PreconditionFailed("If-Unmodified-Since");
        }
        if (exchange.Header("If-None-Match") is { } none)
        {
            return Matches(none, version.ETag);
        }
        return Time(exchange, "If-Modified-Since") is { } modified && Seconds(version) <= modified;
    }

    /// <summary>For the source of a copy, where every failed condition is 412.</summary>
    public static void CheckCopySource(Exchange exchange, ObjectVersion version)
    {
        const string prefix = "x-amz-copy-source-";
        if (exchange.Header(prefix + "if-match") is { } match)
        {
            if (!Matches(match, version.ETag))
            {
                throw S3Errors.PreconditionFailed(prefix + "If-Match");
            }
        }
        else if (Time(exchange, prefix + "if-unmodified-since") is { } unmodified && Seconds(version) > unmodified)
        {
            throw S3Errors.PreconditionFailed(prefix + "If-Unmodified-Since");
        }
        if (exchange.Header(prefix + "if-none-match") is { } none && Matches(none, version.ETag))
        {
            throw S3Errors.PreconditionFailed(prefix + "If-None-Match");
        }
        if (Time(exchange, prefix + "if-modified-since") is { } modified && Seconds(version) <= modified)
        {
            throw S3Errors.PreconditionFailed(prefix + "If-Modified-Since");
        }
    }

    /// <summary>For a write or a delete, judged when it takes effect.</summary>
    public static void CheckWrite(Exchange exchange, ObjectVersion? current)
    {
        var present = current is { IsDeleteMarker: false };
        if (exchange.Header("If-None-Match") is { } none)
        {
            if (none != "*")
            {
                throw S3Errors.NotImplemented("If-None-Match");
            }
            if (present)
            {
                throw S3Errors.PreconditionFailed("If-None-Match");
            }
        }
        if (exchange.Header("If-Match") is { } match)
        {
            if (!present)
            {
                throw S3Errors.NoSuchKey(exchange.Log.Key!);
            }
            if (!Matches(match, current!.ETag))
            {
                throw S3Errors.PreconditionFailed("If-Match");
            }
        }
    }

    private static bool Matches(string header, string etag) => header.Split(',', StringSplitOptions.TrimEntries)
        .Any(one => one == "*" || one.Trim('"') == etag);

    private static DateTimeOffset? Time(Exchange exchange, string header) =>
        DateTimeOffset.TryParse(exchange.Header(header), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)
            ? time
            : null;

    // HTTP dates have no fractions.
    private static DateTimeOffset Seconds(ObjectVersion version) =>
        DateTimeOffset.FromUnixTimeSeconds(version.LastModified.ToUnixTimeSeconds());
}
