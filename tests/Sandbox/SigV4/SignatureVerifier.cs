using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using CseKms.Sandbox.Http;

namespace CseKms.Sandbox.SigV4;

/// <summary>Checks Signature Version 4 from the raw request, and yields the keys with which chunks were signed.</summary>
internal sealed class SignatureVerifier(Func<string, SandboxIdentity?> identityOf, TimeProvider clock)
{
    private static readonly TimeSpan Skew = TimeSpan.FromMinutes(15);
    private readonly ConcurrentDictionary<(string Secret, string Scope), byte[]> _signingKeys = new();

    /// <param name="payloadHash">The value that ends the canonical request.</param>
    public Signer Verify(HttpRequest request, RawTarget target, Credential credential, string payloadHash, AuthErrors errors)
    {
        if (credential.Service != errors.Service)
        {
            throw errors.WrongScope(credential);
        }
        var identity = identityOf(credential.AccessKeyId) ?? throw errors.UnknownKey(credential);
        CheckTime(credential, errors);
        if (!credential.SignedHeaders.Contains("host"))
        {
            throw errors.Malformed("'Host' must be a 'SignedHeader' in the AWS Authorization.");
        }
        foreach (var header in request.Headers)
        {
            var name = header.Key.ToLowerInvariant();
            if (name.StartsWith("x-amz-", StringComparison.Ordinal) && !credential.SignedHeaders.Contains(name))
            {
                throw errors.HeaderNotSigned(name);
            }
        }

        var canonical = CanonicalRequest(request, target, credential, payloadHash);
        var toSign = $"{Credential.Algorithm}\n{credential.Timestamp}\n{credential.Scope}\n{HexSha256(canonical)}";
        var signer = new Signer(identity, credential, SigningKey(identity.SecretAccessKey, credential));
        if (!FixedTimeEquals(signer.Sign(toSign), credential.Signature))
        {
            throw errors.WrongSignature(credential, canonical, toSign);
        }
        if (credential.SessionToken != identity.SessionToken)
        {
            throw errors.WrongToken();
        }
        if (identity.Expires is { } expires && expires <= clock.GetUtcNow())
        {
            throw errors.ExpiredToken();
        }
        return signer;
    }

    // Headers are decoded as Latin-1, byte for byte, so this restores the bytes that the client signed.
    public static string HexSha256(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.Latin1.GetBytes(text)));

    public static bool FixedTimeEquals(string a, string b) =>
        CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(a), Encoding.UTF8.GetBytes(b));

    private void CheckTime(Credential credential, AuthErrors errors)
    {
        if (credential.Time is not { } time || !credential.Timestamp.StartsWith(credential.Date, StringComparison.Ordinal))
        {
            throw errors.Malformed("Invalid date in the request or in its credential scope.");
        }
        var now = clock.GetUtcNow();
        if (credential.Lifetime is { } lifetime)
        {
            if (now > time + lifetime)
            {
                throw errors.PresignedExpired(time + lifetime, now);
            }
            if (time > now + Skew)
            {
                throw errors.Skewed(credential, now);
            }
        }
        else if ((now - time).Duration() > Skew)
        {
            throw errors.Skewed(credential, now);
        }
    }

    private static string CanonicalRequest(HttpRequest request, RawTarget target, Credential credential, string payloadHash)
    {
        var text = new StringBuilder();
        text.Append(request.Method).Append('\n');
        text.Append(RawTarget.Encode(target.Path, keepSlash: true)).Append('\n');
        var query = target.Query
            .Where(pair => !credential.IsPresigned || pair.Key != "X-Amz-Signature")
            .Select(pair => (Name: RawTarget.Encode(pair.Key), Value: RawTarget.Encode(pair.Value)))
            .OrderBy(pair => pair.Name, StringComparer.Ordinal).ThenBy(pair => pair.Value, StringComparer.Ordinal);
        text.AppendJoin('&', query.Select(pair => $"{pair.Name}={pair.Value}")).Append('\n');
        foreach (var name in credential.SignedHeaders)
        {
            text.Append(name).Append(':')
                .AppendJoin(',', request.Headers[name].Select(value => CollapseSpaces(value ?? ""))).Append('\n');
        }
        text.Append('\n').AppendJoin(';', credential.SignedHeaders).Append('\n').Append(payloadHash);
        return text.ToString();
    }

    private static string CollapseSpaces(string value)
    {
        value = value.Trim(' ');
        while (value.Contains("  ", StringComparison.Ordinal))
        {
            value = value.Replace("  ", " ", StringComparison.Ordinal);
        }
        return value;
    }

    private byte[] SigningKey(string secret, Credential credential) =>
        _signingKeys.GetOrAdd((secret, credential.Scope), static key =>
        {
            var signingKey = Encoding.UTF8.GetBytes("AWS4" + key.Secret);
            foreach (var part in key.Scope.Split('/'))
            {
                signingKey = HMACSHA256.HashData(signingKey, Encoding.UTF8.GetBytes(part));
            }
            return signingKey;
        });
}

/// <summary>A verified caller, and the means to check the signatures of its body's chunks.</summary>
internal sealed class Signer(SandboxIdentity identity, Credential credential, byte[] signingKey)
{
    public SandboxIdentity Identity => identity;

    public Credential Credential => credential;

    public string Sign(string toSign) =>
        Convert.ToHexStringLower(HMACSHA256.HashData(signingKey, Encoding.UTF8.GetBytes(toSign)));
}
