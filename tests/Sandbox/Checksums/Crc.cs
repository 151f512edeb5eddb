using System.IO.Hashing;

namespace CseKms.Sandbox.Checksums;

/// <summary>
/// A reflected CRC with all ones before and after. System.IO.Hashing computes it; what it cannot do, and S3 does with the parts of an
/// upload, is to combine two sums without the bytes.
/// </summary>
internal sealed class Crc
{
    public static readonly Crc Crc32 = new(32, 0xEDB88320, () => new Crc32());
    public static readonly Crc Crc32C = new(32, 0x82F63B78, () => new Crc32(Crc32ParameterSet.Crc32C));
    public static readonly Crc Crc64Nvme = new(64, 0x9A6C9329AC4BC9B5, () => new Crc64(Crc64ParameterSet.Nvme));

    private readonly int _width;
    private readonly ulong _polynomial;
    private readonly Func<NonCryptographicHashAlgorithm> _create;

    private Crc(int width, ulong polynomial, Func<NonCryptographicHashAlgorithm> create)
    {
        _width = width;
        _polynomial = polynomial;
        _create = create;
    }

    /// <summary>Length of a sum in bytes.</summary>
    public int Length => _width / 8;

    public Hasher Begin() => new CrcHasher(_create());

    /// <summary>The sum of A followed by B, from theirs and the length of B.</summary>
    public byte[] Combine(byte[] a, byte[] b, long lengthOfB) =>
        ToBytes(Multiply(ToNumber(a), PowerOfX(8 * (UInt128)lengthOfB)) ^ ToNumber(b));

    private byte[] ToBytes(ulong value)
    {
        var bytes = new byte[Length];
        for (var i = 0; i < bytes.Length; i++)
        {
            bytes[i] = (byte)(value >> (_width - 8 - (8 * i)));
        }
        return bytes;
    }

    private static ulong ToNumber(byte[] bytes) => bytes.Aggregate(0UL, (value, next) => (value << 8) | next);

    private ulong TimesX(ulong value) => (value >> 1) ^ ((value & 1) != 0 ? _polynomial : 0);

    private ulong Multiply(ulong a, ulong b)
    {
        ulong product = 0;
        for (var bit = _width - 1; bit >= 0; bit--)
        {
            if (((a >> bit) & 1) != 0)
            {
                product ^= b;
            }
            b = TimesX(b);
        }
        return product;
    }

    private ulong PowerOfX(UInt128 exponent)
    {
        var power = 1UL << (_width - 1);
        for (var square = power >> 1; exponent != 0; exponent >>= 1)
        {
            if ((exponent & 1) != 0)
            {
                power = Multiply(power, square);
            }
            square = Multiply(square, square);
        }
        return power;
    }

    private sealed class CrcHasher(NonCryptographicHashAlgorithm crc) : Hasher
    {
        public override void Append(ReadOnlySpan<byte> data) => crc.Append(data);

        // The package writes a reflected sum with its least byte first, S3 with its greatest.
        public override byte[] Finish() => [.. crc.GetCurrentHash().Reverse()];

        public override void Dispose()
        {
        }
    }
}
