using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace CseKms.Sandbox.Checksums;

/// <summary>
/// A reflected CRC of up to 64 bits, with all ones before and after. The platform has only CRC-32C
/// without a package, so one carry-less-multiplication kernel serves the three that S3 knows.
/// </summary>
internal sealed class Crc
{
    public static readonly Crc Crc32 = new(32, 0xEDB88320);
    public static readonly Crc Crc32C = new(32, 0x82F63B78);
    public static readonly Crc Crc64Nvme = new(64, 0x9A6C9329AC4BC9B5);

    private readonly int _width;
    private readonly ulong _polynomial;
    private readonly ulong[] _tables = new ulong[8 * 256];
    private readonly Vector128<ulong> _foldBy16;
    private readonly Vector128<ulong> _foldBy64;

    private Crc(int width, ulong polynomial)
    {
        _width = width;
        _polynomial = polynomial;
        for (var i = 0; i < 256; i++)
        {
            var value = (ulong)i;
            for (var bit = 0; bit < 8; bit++)
            {
                value = TimesX(value);
            }
            _tables[i] = value;
        }
        for (var i = 256; i < _tables.Length; i++)
        {
            var shorter = _tables[i - 256];
            _tables[i] = (shorter >> 8) ^ _tables[(byte)shorter];
        }
        _foldBy16 = FoldConstants(128);
        _foldBy64 = FoldConstants(512);
    }

    public int Bytes => _width / 8;

    public ulong Initial => ulong.MaxValue >> (64 - _width);

    /// <summary>The register after more bytes; begin with <see cref="Initial"/> and end with <see cref="Finish"/>.</summary>
    public ulong Update(ulong state, ReadOnlySpan<byte> data)
    {
        if (Pclmulqdq.IsSupported && data.Length >= 128)
        {
            state = Fold(state, ref data);
        }
        return UpdateByTable(state, data);
    }

    public ulong Finish(ulong state) => state ^ Initial;

    /// <summary>The finished CRC of A followed by B, from theirs and the length of B.</summary>
    public ulong Combine(ulong a, ulong b, long lengthOfB) => Multiply(a, PowerOfX(8 * (UInt128)lengthOfB)) ^ b;

    public byte[] ToBytes(ulong value)
    {
        var bytes = new byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, value);
        return bytes[(8 - Bytes)..];
    }

    public ulong FromBytes(ReadOnlySpan<byte> bytes)
    {
        ulong value = 0;
        foreach (var b in bytes)
        {
            value = (value << 8) | b;
        }
        return value;
    }

    private ulong UpdateByTable(ulong state, ReadOnlySpan<byte> data)
    {
        var t = _tables;
        while (data.Length >= 8)
        {
            var x = state ^ BinaryPrimitives.ReadUInt64LittleEndian(data);
            state = t[1792 + (byte)x] ^ t[1536 + (byte)(x >> 8)] ^ t[1280 + (byte)(x >> 16)] ^ t[1024 + (byte)(x >> 24)]
                ^ t[768 + (byte)(x >> 32)] ^ t[512 + (byte)(x >> 40)] ^ t[256 + (byte)(x >> 48)] ^ t[(byte)(x >> 56)];
            data = data[8..];
        }
        foreach (var b in data)
        {
            state = (state >> 8) ^ t[(byte)(state ^ b)];
        }
        return state;
    }

    /// <summary>
    /// Replaces all whole 16-byte blocks by one block of the same residue: block * x^n is added to the block
    /// n bits further on. Four lanes hide the latency of the multiplication.
    /// </summary>
    private ulong Fold(ulong state, ref ReadOnlySpan<byte> data)
    {
        ref var source = ref MemoryMarshal.GetReference(data);
        var a = Load(ref source, 0) ^ Vector128.CreateScalar(state);
        var b = Load(ref source, 16);
        var c = Load(ref source, 32);
        var d = Load(ref source, 48);
        var at = 64;
        for (; data.Length - at >= 64; at += 64)
        {
            a = Shift(a, _foldBy64) ^ Load(ref source, at);
            b = Shift(b, _foldBy64) ^ Load(ref source, at + 16);
            c = Shift(c, _foldBy64) ^ Load(ref source, at + 32);
            d = Shift(d, _foldBy64) ^ Load(ref source, at + 48);
        }
        b ^= Shift(a, _foldBy16);
        c ^= Shift(b, _foldBy16);
        d ^= Shift(c, _foldBy16);
        data = data[at..];
        Span<byte> last = stackalloc byte[16];
        MemoryMarshal.Write(last, in d);
        return UpdateByTable(0, last);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<ulong> Load(ref byte source, int offset) =>
        Vector128.LoadUnsafe(ref source, (nuint)offset).AsUInt64();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<ulong> Shift(Vector128<ulong> block, Vector128<ulong> constants) =>
        Pclmulqdq.CarrylessMultiply(block, constants, 0x00) ^ Pclmulqdq.CarrylessMultiply(block, constants, 0x11);

    // The first half of a block weighs x^64 more than the second, and the product of two reflected
    // operands comes out multiplied by x, hence the minus one.
    private Vector128<ulong> FoldConstants(int bits) => Vector128.Create(
        PowerOfX((UInt128)(bits + 63)) << (64 - _width),
        PowerOfX((UInt128)(bits - 1)) << (64 - _width));

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
}
