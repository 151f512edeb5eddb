using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace CseKms.Core.Algorithms;

/// <summary>
/// AES-CTR as GCM counts, for one thread at a time: the keystream is the platform's AES-ECB over counter blocks
/// (NIST SP 800-38D, 6.5), made and used in chunks of 32 KiB. Not thread-safe.
/// </summary>
internal sealed class CounterMode : IDisposable
{
    private const int BlockSize = 16;
    private const int IvSize = 12;

    // GCM counts its own mask as the first block.
    private const uint FirstDataCounter = 2;

    // The bytes of keystream made at a time. Counter blocks and keystream stay in a near cache; 16 to 64 KiB are as fast.
    private const int KeystreamSize = 32 * 1024;

    private readonly Aes _aes;
    private readonly ICryptoTransform _ecb;

    // Kept filled with the IV, so that a chunk only renews the last four bytes of each block.
    private readonly byte[] _counterBlocks = GC.AllocateUninitializedArray<byte>(KeystreamSize);
    private readonly byte[] _keystream = GC.AllocateUninitializedArray<byte>(KeystreamSize);

    /// <param name="key">The AES key, 32 bytes or 16. Not kept here, but the platform keeps its own copy until disposal.</param>
    /// <param name="iv">The IV of the message, 12 bytes; copied.</param>
    public CounterMode(byte[] key, byte[] iv)
    {
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
        }
        catch
        {
            _aes.Dispose();
            throw;
        }
    }

    /// <summary>XORs data with the keystream of its place.</summary>
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

    /// <summary>Encrypts single blocks by the bare cipher.</summary>
    /// <param name="blocks">The blocks.</param>
    /// <param name="encrypted">Receives as many.</param>
    /// <param name="count">Bytes to encrypt, a multiple of 16.</param>
    public void EncryptBlocks(byte[] blocks, byte[] encrypted, int count)
    {
        if (_ecb.TransformBlock(blocks, 0, count, encrypted, 0) != count)
        {
            throw new CryptographicException("The platform's AES-ECB held back a part of the blocks.");
        }
    }

    /// <summary>Zeroes the keystream and lets the platform's key go. May be called twice.</summary>
    public void Dispose()
    {
        CryptographicOperations.ZeroMemory(_keystream);
        _ecb.Dispose();
        _aes.Dispose();
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
}
