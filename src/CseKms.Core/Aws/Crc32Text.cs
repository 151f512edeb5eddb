using System.Buffers.Binary;
using System.IO.Hashing;

namespace CseKms.Core.Aws;

/// <summary>CRC32 as S3 writes it: four bytes, big-endian, base64.</summary>
internal static class Crc32Text
{
    public static string Of(ReadOnlySpan<byte> data)
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, Crc32.HashToUInt32(data));
        return Convert.ToBase64String(bytes);
    }
}
