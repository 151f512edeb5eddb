using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using System.Security.Cryptography;

namespace CseKms.Core.Materials;

/// <summary>
/// RSA-OAEP (RFC 8017, 7.1.2) with SHA-256 and, as Java's name of it means by default, MGF1 with SHA-1. The platform takes one hash for
/// both, so this is done here. The exponentiation is blinded, since big integers take a time that tells of their values.
/// </summary>
internal static class JavaOaepSha256
{
    private const int HashLength = SHA256.HashSizeInBytes;

    /// <summary>The message, or <see langword="null"/> when the ciphertext is not one of this key.</summary>
    public static byte[]? Decrypt(RSAParameters key, byte[] ciphertext)
    {
        var length = key.Modulus!.Length;
        var modulus = Number(key.Modulus);
        var encrypted = Number(ciphertext);
        if (ciphertext.Length != length || length < (2 * HashLength) + 2 || encrypted >= modulus)
        {
            return null;
        }

        var encoded = new byte[length];
        var power = Power(key, modulus, encrypted);
        power.TryWriteBytes(encoded.AsSpan(length - power.GetByteCount(isUnsigned: true)), out _, isUnsigned: true, isBigEndian: true);

        var seed = encoded.AsSpan(1, HashLength);
        var block = encoded.AsSpan(1 + HashLength);
        Mask(seed, block);
        Mask(block, seed);
        try
        {
            return Message(encoded[0], block);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(encoded);
        }
    }

    private static BigInteger Number(byte[] bytes) => new(bytes, isUnsigned: true, isBigEndian: true);

    private static BigInteger Power(RSAParameters key, BigInteger modulus, BigInteger encrypted)
    {
        BigInteger blind;
        do
        {
            blind = new BigInteger(RandomNumberGenerator.GetBytes(key.Modulus!.Length), isUnsigned: true) % modulus;
        }
        while (!BigInteger.GreatestCommonDivisor(blind, modulus).IsOne);

        var exponent = Number(key.D!);
        var blinded = BigInteger.ModPow(encrypted * BigInteger.ModPow(blind, Number(key.Exponent!), modulus) % modulus, exponent, modulus);
        return blinded * Inverse(blind, modulus) % modulus;
    }

    private static BigInteger Inverse(BigInteger value, BigInteger modulus)
    {
        var (previous, current) = (modulus, value);
        var (previousFactor, factor) = (BigInteger.Zero, BigInteger.One);
        while (!current.IsZero)
        {
            var quotient = previous / current;
            (previous, current) = (current, previous - (quotient * current));
            (previousFactor, factor) = (factor, previousFactor - (quotient * factor));
        }

        return previousFactor.Sign < 0 ? previousFactor + modulus : previousFactor;
    }

    // MGF1 (RFC 8017, B.2.1)
    [SuppressMessage("Security", "CA5350", Justification = "Java masks with SHA-1, and MGF1 asks for no resistance to collisions.")]
    private static void Mask(Span<byte> target, ReadOnlySpan<byte> source)
    {
        for (var (counter, at) = (0, 0); at < target.Length; counter++)
        {
            var hash = SHA1.HashData([.. source, (byte)(counter >> 24), (byte)(counter >> 16), (byte)(counter >> 8), (byte)counter]);
            for (var i = 0; i < hash.Length && at < target.Length; i++, at++)
            {
                target[at] ^= hash[i];
            }
        }
    }

    // First byte 0; the hash of the empty label, zeros, a one, and the message. All is looked at before anything is told.
    private static byte[]? Message(byte first, ReadOnlySpan<byte> block)
    {
        var bad = first;
        var label = SHA256.HashData([]);
        for (var i = 0; i < HashLength; i++)
        {
            bad |= (byte)(block[i] ^ label[i]);
        }

        var one = block[HashLength..].IndexOfAnyExcept((byte)0);
        bad |= (byte)(one >= 0 && block[HashLength + one] == 1 ? 0 : 1);
        return bad == 0 ? block[(HashLength + one + 1)..].ToArray() : null;
    }
}
