using System.Buffers.Binary;

namespace CseKms.Core.Algorithms;

/// <summary>
/// An element of GF(2^128) as GHASH has it (NIST SP 800-38D, 6.3): the most significant bit of the first byte of the
/// block is the coefficient of x^0, and the field polynomial is 1 + x + x^2 + x^7 + x^128. Immutable, so free to share
/// between threads.
/// </summary>
/// <param name="High">The first 8 bytes of the block, as a big-endian number.</param>
/// <param name="Low">The last 8 bytes of the block, as a big-endian number.</param>
internal readonly record struct GhashElement(ulong High, ulong Low)
{
    /// <summary>The bytes of an element: one AES block.</summary>
    public const int Size = 16;

    /// <summary>Reads the element from the first 16 bytes of <paramref name="block"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="block"/> is shorter than 16 bytes.</exception>
    public static GhashElement Read(ReadOnlySpan<byte> block) =>
        new(BinaryPrimitives.ReadUInt64BigEndian(block), BinaryPrimitives.ReadUInt64BigEndian(block[8..]));

    /// <summary>Writes the element to the first 16 bytes of <paramref name="block"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="block"/> is shorter than 16 bytes.</exception>
    public void Write(Span<byte> block)
    {
        BinaryPrimitives.WriteUInt64BigEndian(block, High);
        BinaryPrimitives.WriteUInt64BigEndian(block[8..], Low);
    }

    /// <summary>The sum, which is also the difference: bitwise XOR.</summary>
    public static GhashElement operator +(GhashElement x, GhashElement y) => new(x.High ^ y.High, x.Low ^ y.Low);

    /// <summary>
    /// The product (NIST SP 800-38D, algorithm 1). Takes the same steps for all values: no branch, shift count or
    /// address depends on an operand, only masks do.
    /// </summary>
    public static GhashElement operator *(GhashElement x, GhashElement y)
    {
        var product = default(GhashElement);
        AddMultiples(x.High, ref y, ref product);
        AddMultiples(x.Low, ref y, ref product);
        return product;
    }

    /// <summary>Not for use: prints no secret.</summary>
    public override string ToString() => nameof(GhashElement);

    // Adds to sum, for each bit of bits from the left, multiple where the bit is 1; multiple becomes x times itself a bit.
    private static void AddMultiples(ulong bits, ref GhashElement multiple, ref GhashElement sum)
    {
        const ulong Reduction = 0xE100_0000_0000_0000;
        var (high, low) = multiple;
        var (sumHigh, sumLow) = sum;
        for (int i = 0; i < 64; i++)
        {
            ulong add = (ulong)((long)bits >> 63);
            sumHigh ^= high & add;
            sumLow ^= low & add;
            bits <<= 1;

            ulong reduce = 0UL - (low & 1);
            low = (low >> 1) | (high << 63);
            high = (high >> 1) ^ (Reduction & reduce);
        }

        multiple = new(high, low);
        sum = new(sumHigh, sumLow);
    }
}
