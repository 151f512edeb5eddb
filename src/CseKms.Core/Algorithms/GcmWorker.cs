using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace CseKms.Core.Algorithms;

/// <summary>
/// The platform's AES for one thread at a time: keystream by ECB over counter blocks, and hashes by AES-GCM over
/// associated data. Not thread-safe, and it matters: an AesGcm that two threads use at once gives wrong tags without
/// an exception. Only <see cref="SeekableGcm"/> may use it: <see cref="HashTag"/> repeats a nonce by design.
/// </summary>
internal sealed class GcmWorker : IDisposable
{
    private const int BlockSize = 16;
    private const int IvSize = 12;
    private const uint FirstDataCounter = 2;

    // The bytes of keystream made at a time. Counter blocks and keystream stay in a near cache; 16 to 64 KiB are as fast.
    private const int KeystreamSize = 32 * 1024;

    private readonly Aes _aes;
    private readonly ICryptoTransform _ecb;
    private readonly AesGcm _gcm;
    private readonly byte[] _iv;

    // Kept filled with the IV, so that a chunk only renews the last four bytes of each block.
    private readonly byte[] _counterBlocks = GC.AllocateUninitializedArray<byte>(KeystreamSize);
    private readonly byte[] _keystream = GC.AllocateUninitializedArray<byte>(KeystreamSize);

    /// <param name="key">The AES key, 32 bytes. Not kept here, but the platform keeps its own copy until disposal.</param>
    /// <param name="iv">The IV of the message, 12 bytes; kept.</param>
    public GcmWorker(byte[] key, byte[] iv)
    {
        _iv = iv;
        for (int i = 0; i < KeystreamSize; i += BlockSize)
        {
            iv.CopyTo(_counterBlocks, i);
        }

        // The one-shot EncryptEcb would copy the key to the managed heap at each call; a transform sets it up once.
        _aes = Aes.Create();
        try
        {
            _aes.Mode = CipherMode.ECB;
            _aes.Padding = PaddingMode.None;
            _ecb = _aes.CreateEncryptor(key, null);
            _gcm = new AesGcm(key, GhashElement.Size);
        }
        catch
        {
            _ecb?.Dispose();
            _aes.Dispose();
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
            EncryptBlocks(blocks, encrypted, blocks.Length);
            return new GhashKey(GhashElement.Read(encrypted), GhashElement.Read(encrypted.AsSpan(BlockSize)));
        }
        finally
        {
            CryptographicOperations.ZeroMemory(encrypted);
        }
    }

    /// <summary>XORs data with the keystream of its place (NIST SP 800-38D, 6.5).</summary>
    /// <param name="offset">Where the data begin in the message, in bytes: a multiple of 16.</param>
    /// <param name="source">The data. The caller has checked that the counter does not wrap.</param>
    /// <param name="target">As long as <paramref name="source"/>; the same memory, or memory apart from it.</param>
    public void Crypt(long offset, ReadOnlySpan<byte> source, Span<byte> target)
    {
        uint counter = checked((uint)(offset / BlockSize) + FirstDataCounter);
        while (!source.IsEmpty)
        {
            int count = Math.Min(KeystreamSize, source.Length);
            int padded = (count + BlockSize - 1) & ~(BlockSize - 1);
            for (int i = IvSize; i < padded; i += BlockSize)
            {
                BinaryPrimitives.WriteUInt32BigEndian(_counterBlocks.AsSpan(i), counter);
                counter = unchecked(counter + 1); // wraps after the last legal block, and is not used then
            }

            EncryptBlocks(_counterBlocks, _keystream, padded);
            Xor(source[..count], _keystream, target);
            source = source[count..];
            target = target[count..];
        }
    }

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
        CryptographicOperations.ZeroMemory(_keystream);
        _ecb.Dispose();
        _aes.Dispose();
        _gcm.Dispose();
    }

    private static void Xor(ReadOnlySpan<byte> source, ReadOnlySpan<byte> keystream, Span<byte> target)
    {
        ReadOnlySpan<Vector<byte>> sourceVectors = MemoryMarshal.Cast<byte, Vector<byte>>(source);
        ReadOnlySpan<Vector<byte>> keystreamVectors = MemoryMarshal.Cast<byte, Vector<byte>>(keystream)[..sourceVectors.Length];
        Span<Vector<byte>> targetVectors = MemoryMarshal.Cast<byte, Vector<byte>>(target)[..sourceVectors.Length];
        for (int i = 0; i < sourceVectors.Length; i++)
        {
            targetVectors[i] = sourceVectors[i] ^ keystreamVectors[i];
        }

        for (int i = sourceVectors.Length * Vector<byte>.Count; i < source.Length; i++)
        {
            target[i] = (byte)(source[i] ^ keystream[i]);
        }
    }

    private void EncryptBlocks(byte[] blocks, byte[] encrypted, int count)
    {
        if (_ecb.TransformBlock(blocks, 0, count, encrypted, 0) != count)
        {
            throw new CryptographicException("The platform's AES-ECB held back a part of the blocks.");
        }
    }
}
