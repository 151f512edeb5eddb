using System.Security.Cryptography;

namespace CseKms.Core.Algorithms;

/// <summary>
/// The platform's AES for one thread at a time: CTR for the data, and hashes by AES-GCM over associated data. Not
/// thread-safe, and it matters: an AesGcm that two threads use at once gives wrong tags without an exception. Only
/// <see cref="SeekableGcm"/> may use it: <see cref="HashTag"/> repeats a nonce by design.
/// </summary>
internal sealed class GcmWorker : IDisposable
{
    private const int BlockSize = 16;

    private readonly CounterMode _counterMode;
    private readonly AesGcm _gcm;
    private readonly byte[] _iv;

    /// <param name="key">The AES key, 32 bytes or 16. Not kept here, but the platform keeps its own copies until disposal.</param>
    /// <param name="iv">The IV of the message, 12 bytes; kept.</param>
    public GcmWorker(byte[] key, byte[] iv)
    {
        _iv = iv;
        _counterMode = new CounterMode(key, iv);
        try
        {
            _gcm = new AesGcm(key, GhashElement.Size);
        }
        catch
        {
            _counterMode.Dispose();
            throw;
        }
    }

    /// <summary>H and E(J0) of the message (NIST SP 800-38D, 7.1 steps 1, 2 and 6).</summary>
    public GhashKey DeriveGhashKey()
    {
        byte[] blocks = new byte[2 * BlockSize];
        _iv.CopyTo(blocks, BlockSize);
        blocks[^1] = 1;
        byte[] encrypted = GC.AllocateArray<byte>(blocks.Length, pinned: true);
        try
        {
            _counterMode.EncryptBlocks(blocks, encrypted, blocks.Length);
            return new GhashKey(GhashElement.Read(encrypted), GhashElement.Read(encrypted.AsSpan(BlockSize)));
        }
        finally
        {
            CryptographicOperations.ZeroMemory(encrypted);
        }
    }

    /// <inheritdoc cref="CounterMode.Crypt"/>
    public void Crypt(long offset, ReadOnlySpan<byte> source, Span<byte> target) => _counterMode.Crypt(offset, source, target);

    /// <summary>
    /// The tag of a message that has <paramref name="data"/> as associated data, no plaintext, and this message's key
    /// and IV: (sum of data + length block) * H + E(J0). The same nonce serves each call and the message itself. That
    /// would be fatal if a tag got out; none does, since the caller takes the mask off and keeps the rest.
    /// </summary>
    public GhashElement HashTag(ReadOnlySpan<byte> data)
    {
        Span<byte> tag = stackalloc byte[GhashElement.Size];
        _gcm.Encrypt(_iv, plaintext: [], ciphertext: [], tag, data);
        GhashElement element = GhashElement.Read(tag);
        CryptographicOperations.ZeroMemory(tag);
        return element;
    }

    /// <summary>Zeroes the keystream and lets the platform's keys go. May be called twice.</summary>
    public void Dispose()
    {
        _counterMode.Dispose();
        _gcm.Dispose();
    }
}
