using System.Buffers.Binary;
using System.IO.Hashing;

namespace CseKms.Core.Aws;

/// <summary>CRC32 as S3 writes it: four bytes, big-endian, base64.</summary>
internal static class Crc32Text
{
    public static string Of(ReadOnlySpan<byte> data) => Of(Crc32.HashToUInt32(data));

    /// <summary>The checksum of an object that was uploaded in parts: that of the parts' checksums, and how many there are.</summary>
    /// <returns>The checksum; <see langword="null"/> where that of a part is not known.</returns>
    public static string? OfParts(IReadOnlyCollection<UploadedPart> parts) => parts.Any(part => part.Crc32 is null) ? null
        : $"{Of(parts.SelectMany(part => Convert.FromBase64String(part.Crc32!)).ToArray())}-{parts.Count}";

    public static string Of(uint crc32)
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, crc32);
        return Convert.ToBase64String(bytes);
    }
}
