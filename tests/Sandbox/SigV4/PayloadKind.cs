namespace CseKms.Sandbox.SigV4;

/// <summary>What <c>x-amz-content-sha256</c> says about the body.</summary>
internal sealed record PayloadKind(string Value)
{
    public const string Unsigned = "UNSIGNED-PAYLOAD";

    public bool IsChunked => Value.StartsWith("STREAMING-", StringComparison.Ordinal);

    public bool HasSignedChunks => Value.StartsWith("STREAMING-AWS4-HMAC-SHA256-PAYLOAD", StringComparison.Ordinal);

    public bool HasTrailer => Value.EndsWith("-TRAILER", StringComparison.Ordinal);

    public bool IsHash => Value.Length == 64 && Value.All(char.IsAsciiHexDigitLower);

    public bool IsKnown => IsHash || Value is Unsigned
        or "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
        or "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
        or "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER";
}
