using System.Buffers.Binary;
using System.Security.Cryptography;

namespace CseKms.Core.Algorithms;

/// <summary>
/// Decrypts any range of a GCM message without its tag, by the CTR twins of the suites (specification: decryption, "Ranged Gets").
/// Nothing is authenticated. Thread-safe.
/// </summary>
internal sealed class CtrContent(byte[] key, byte[] iv)
{
    private const int BlockSize = 16;

    // GCM counts its own mask as the first block.
    private const uint FirstDataCounter = 2;

    /// <summary>Decrypts in place.</summary>
    /// <param name="offset">Where the bytes begin in the message: a multiple of 16.</param>
    /// <param name="bytes">Ciphertext in, plaintext out.</param>
    public void Decrypt(long offset, Span<byte> bytes)
    {
        var keystream = new byte[(bytes.Length + BlockSize - 1) & -BlockSize];
        var counter = checked((uint)(offset / BlockSize) + FirstDataCounter);
        for (var at = 0; at < keystream.Length; at += BlockSize)
        {
            iv.CopyTo(keystream, at);
            BinaryPrimitives.WriteUInt32BigEndian(keystream.AsSpan(at + iv.Length), counter++);
        }

        using var aes = Aes.Create();
        aes.Key = key;
        aes.EncryptEcb(keystream, keystream, PaddingMode.None);
        for (var i = 0; i < bytes.Length; i++)
        {
            bytes[i] ^= keystream[i];
        }

        CryptographicOperations.ZeroMemory(keystream);
    }
}
