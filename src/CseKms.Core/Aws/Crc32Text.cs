using System.Buffers.Binary;
using System.IO.Hashing;

namespace CseKms.Core.Aws;

/// <summary>CRC32 as S3 writes it: four bytes, big-endian, base64.</summary>
internal static class Crc32Text
{
    public static string Of(ReadOnlySpan<byte> data) => Of(Crc32.HashToUInt32(data));

    public static string Of(uint crc32)
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, crc32);
        return Convert.ToBase64String(bytes);
    }
}
