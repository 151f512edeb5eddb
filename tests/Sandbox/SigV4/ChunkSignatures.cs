using System.Security.Cryptography;

namespace CseKms.Sandbox.SigV4;

/// <summary>The chain of signatures over the chunks of a streamed body: each signs the one before it.</summary>
internal sealed class ChunkSignatures(Signer signer) : IDisposable
{
    private readonly IncrementalHash _chunk = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private string _previous = signer.Credential.Signature;

    public void Append(ReadOnlySpan<byte> data) => _chunk.AppendData(data);

    public bool EndChunk(string signature) => Check(
        $"AWS4-HMAC-SHA256-PAYLOAD\n{Prefix}\n{SignatureVerifier.HexSha256("")}\n{Convert.ToHexStringLower(_chunk.GetHashAndReset())}",
        signature);

    public bool EndTrailer(string canonicalTrailer, string signature) => Check(
        $"AWS4-HMAC-SHA256-TRAILER\n{Prefix}\n{SignatureVerifier.HexSha256(canonicalTrailer)}", signature);

    public void Dispose() => _chunk.Dispose();

    private string Prefix => $"{signer.Credential.Timestamp}\n{signer.Credential.Scope}\n{_previous}";

    private bool Check(string toSign, string signature)
    {
        _previous = signer.Sign(toSign);
        return SignatureVerifier.FixedTimeEquals(_previous, signature);
    }
}
