using System.Globalization;
using CseKms.Sandbox.Http;

namespace CseKms.Sandbox.SigV4;

/// <summary>What a request says of its own signature, from the Authorization header or a pre-signed query.</summary>
internal sealed record Credential(
    string AccessKeyId,
    string Date,
    string Region,
    string Service,
    string[] SignedHeaders,
    string Signature,
    string Timestamp,
    string? SessionToken,
    TimeSpan? Lifetime)
{
    public const string Algorithm = "AWS4-HMAC-SHA256";

    public string Scope => $"{Date}/{Region}/{Service}/aws4_request";

    public bool IsPresigned => Lifetime is not null;

    public DateTimeOffset? Time => DateTimeOffset.TryParseExact(
        Timestamp, "yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time : null;

    /// <summary>Null when the request carries no signature; throws when it carries a broken one.</summary>
    public static Credential? Read(HttpRequest request, RawTarget target)
    {
        string? header = request.Headers.Authorization;
        if (!string.IsNullOrEmpty(header))
        {
            return ReadHeader(header, request);
        }
        return target["X-Amz-Algorithm"] is null ? null : ReadQuery(target);
    }

    private static Credential ReadHeader(string header, HttpRequest request)
    {
        if (!header.StartsWith(Algorithm + " ", StringComparison.Ordinal))
        {
            throw new FormatException("The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.");
        }
        var fields = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var part in header[(Algorithm.Length + 1)..].Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = part.IndexOf('=');
            if (equals > 0)
            {
                fields[part[..equals]] = part[(equals + 1)..];
            }
        }
        string? token = request.Headers["x-amz-security-token"];
        return Create(
            fields.GetValueOrDefault("Credential"), fields.GetValueOrDefault("SignedHeaders"), fields.GetValueOrDefault("Signature"),
            request.Headers["x-amz-date"], token, lifetime: null);
    }

    private static Credential ReadQuery(RawTarget target)
    {
        if (!long.TryParse(target["X-Amz-Expires"], NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
            || seconds is < 1 or > 604_800)
        {
            throw new FormatException("X-Amz-Expires must be a number of seconds less than one week.");
        }
        return Create(
            target["X-Amz-Credential"], target["X-Amz-SignedHeaders"], target["X-Amz-Signature"],
            target["X-Amz-Date"], target["X-Amz-Security-Token"], TimeSpan.FromSeconds(seconds));
    }

    private static Credential Create(
        string? credential, string? signedHeaders, string? signature, string? timestamp, string? token, TimeSpan? lifetime)
    {
        var scope = credential?.Split('/') ?? [];
        if (scope.Length != 5 || scope[4] != "aws4_request" || string.IsNullOrEmpty(signedHeaders)
            || string.IsNullOrEmpty(signature) || string.IsNullOrEmpty(timestamp))
        {
            throw new FormatException("The authorization header that you provided is not valid.");
        }
        return new Credential(scope[0], scope[1], scope[2], scope[3], signedHeaders.Split(';'), signature, timestamp, token, lifetime);
    }
}
