using System.Buffers.Binary;

namespace CseKms.Core.Format;

/// <summary>
/// Messages of the AWS Encryption SDK, another format that is often mistaken for this one. They are told by how they begin and not read.
/// </summary>
internal static class EncryptionSdkMessage
{
    /// <summary>How many bytes tell.</summary>
    public const int HeadLength = 4;

    private const byte CustomerAuthenticatedData = 0x80;

    // Of message format 1: AES-GCM of 128, 192 and 256 bits, bare, by HKDF, and by HKDF with a signature.
    private static readonly ushort[] FirstSuites = [0x0014, 0x0046, 0x0078, 0x0114, 0x0146, 0x0178, 0x0214, 0x0346, 0x0378];

    // Of message format 2: with key commitment, without and with a signature.
    private static readonly ushort[] SecondSuites = [0x0478, 0x0578];

    /// <summary>Whether bytes begin as such a message does: its version, with version 1 its type, and its algorithm suite.</summary>
    public static bool IsOne(ReadOnlySpan<byte> bytes) => bytes.Length >= HeadLength && bytes[0] switch
    {
        1 => bytes[1] == CustomerAuthenticatedData && FirstSuites.Contains(BinaryPrimitives.ReadUInt16BigEndian(bytes[2..])),
        2 => SecondSuites.Contains(BinaryPrimitives.ReadUInt16BigEndian(bytes[1..])),
        _ => false,
    };
}
