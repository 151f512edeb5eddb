using System.Numerics;
using CseKms.Core.Algorithms;
using Xunit;

namespace CseKms.Core.Tests.Algorithms;

/// <summary>The multiplication in GF(2^128) against polynomials over BigInteger, where nothing is reflected or masked.</summary>
public sealed class GhashElementTests
{
    private const int Seed = 31;

    // 1 + x + x^2 + x^7 + x^128
    private static readonly BigInteger Polynomial = (BigInteger.One << 128) + 0x87;

    private static readonly GhashElement One = new(1UL << 63, 0);

    [Fact]
    public void Products_are_those_of_the_polynomials()
    {
        var random = new Random(Seed);
        GhashElement[] special = [default, One, new(0, 1), new(ulong.MaxValue, ulong.MaxValue), new(1, 0), new(0, 1UL << 63)];
        for (int i = 0; i < 1_000; i++)
        {
            GhashElement x = i < 36 ? special[i / 6] : Next(random);
            GhashElement y = i < 36 ? special[i % 6] : Next(random);
            Assert.True(FromPolynomial(Multiply(ToPolynomial(x), ToPolynomial(y))) == x * y, $"product {i} of seed {Seed}");
        }
    }

    [Fact]
    public void Blocks_are_read_and_written_as_the_standard_has_them()
    {
        byte[] block = Convert.FromHexString("000102030405060708090a0b0c0d0e0f");
        GhashElement element = GhashElement.Read(block);
        Assert.Equal(new GhashElement(0x0001020304050607, 0x08090a0b0c0d0e0f), element);
        byte[] written = new byte[16];
        element.Write(written);
        Assert.Equal(block, written);
    }

    [Fact]
    public void Powers_are_repeated_products()
    {
        var random = new Random(Seed);
        GhashElement h = Next(random);
        GhashElement value = Next(random);
        using var key = new GhashKey(h, default);
        GhashElement expected = value;
        for (uint exponent = 0; exponent < 300; exponent++)
        {
            Assert.True(expected == key.TimesPower(value, exponent), $"exponent {exponent}");
            expected *= h;
        }
    }

    [Theory]
    [InlineData(0x0010_0000)]
    [InlineData(0x8000_0000)]
    [InlineData(0xFFFF_FFFE)]
    [InlineData(uint.MaxValue)]
    [InlineData(0x1234_5678)]
    public void High_powers_are_those_of_the_polynomials(uint exponent)
    {
        var random = new Random(Seed);
        GhashElement h = Next(random);
        GhashElement value = Next(random);
        BigInteger expected = ToPolynomial(value);
        BigInteger square = ToPolynomial(h);
        for (uint rest = exponent; rest != 0; rest >>= 1)
        {
            expected = (rest & 1) == 0 ? expected : Multiply(expected, square);
            square = Multiply(square, square);
        }

        using var key = new GhashKey(h, default);
        Assert.Equal(FromPolynomial(expected), key.TimesPower(value, exponent));
    }

    [Fact]
    public void An_element_prints_no_secret() => Assert.DoesNotContain("7", new GhashElement(7, 7).ToString());

    private static GhashElement Next(Random random) => new((ulong)random.NextInt64() << 1, (ulong)random.NextInt64() << 1 | 1);

    // The coefficient of x^i is the bit i from the left.
    private static BigInteger ToPolynomial(GhashElement element)
    {
        BigInteger polynomial = 0;
        for (int i = 0; i < 128; i++)
        {
            ulong half = i < 64 ? element.High : element.Low;
            polynomial += new BigInteger((half >> (63 - (i % 64))) & 1) << i;
        }

        return polynomial;
    }

    private static GhashElement FromPolynomial(BigInteger polynomial)
    {
        ulong[] halves = [0, 0];
        for (int i = 0; i < 128; i++)
        {
            halves[i / 64] |= (ulong)((polynomial >> i) & 1) << (63 - (i % 64));
        }

        return new(halves[0], halves[1]);
    }

    private static BigInteger Multiply(BigInteger x, BigInteger y)
    {
        BigInteger product = 0;
        for (int i = 0; i < 128; i++)
        {
            product ^= ((x >> i) & 1) * (y << i);
        }

        for (int i = 255; i >= 128; i--)
        {
            product ^= ((product >> i) & 1) * (Polynomial << (i - 128));
        }

        return product;
    }
}
