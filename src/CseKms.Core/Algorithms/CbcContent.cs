using System.Security.Cryptography;

namespace CseKms.Core.Algorithms;

/// <summary>
/// Decrypts AES-CBC content with PKCS #7 padding (specification: decryption, "CBC Decryption"). Nothing is authenticated, and every
/// failure is the same error, so that nobody learns from it what the padding was. Thread-safe.
/// </summary>
internal sealed class CbcContent(byte[] key)
{
    /// <summary>The length of a block in bytes.</summary>
    public const int BlockSize = 16;

    /// <summary>Decrypts whole blocks in place.</summary>
    /// <param name="previous">The ciphertext block before them; the IV at the beginning.</param>
    /// <param name="blocks">Ciphertext in, plaintext and, at the end of the content, padding out.</param>
    public void Decrypt(ReadOnlySpan<byte> previous, Span<byte> blocks)
    {
        using var aes = Aes.Create();
        aes.Key = key;
        aes.DecryptCbc(blocks, previous, blocks, PaddingMode.None);
    }

    /// <summary>
    /// Length of the padding, 1 to 16, that the last plaintext block ends in; <see langword="null"/> when it ends in none. Ask only when
    /// all else is done that depends on nothing secret: whatever is done or left undone afterwards tells somebody.
    /// </summary>
    public static int? PaddingLength(ReadOnlySpan<byte> lastBlock)
    {
        int length = lastBlock[^1];
        var bad = length is < 1 or > BlockSize ? 1 : 0;
        for (var i = 0; i < BlockSize; i++)
        {
            bad |= i < length ? lastBlock[BlockSize - 1 - i] ^ length : 0;
        }

        return bad == 0 ? length : null;
    }

    /// <summary>The error of all that can be wrong with it.</summary>
    public static CseException Failed() => new(
        ErrorId.DecryptionFailed, "The object cannot be decrypted: its bytes, its envelope or its key are not what was written. Nothing of it was kept.");
}
