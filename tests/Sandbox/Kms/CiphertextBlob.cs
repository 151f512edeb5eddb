using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace CseKms.Sandbox.Kms;

/// <summary>
/// A wrapped secret: version, length and text of the key's ARN, nonce, tag, ciphertext. All before the tag and the
/// encryption context are its associated data.
/// </summary>
internal static class CiphertextBlob
{
    private const byte Version = 1;
    private const int NonceLength = 12;
    private const int TagLength = 16;

    public static byte[] Seal(KmsKey key, ReadOnlySpan<byte> plaintext, IReadOnlyDictionary<string, string> context)
    {
        var arn = Encoding.ASCII.GetBytes(key.Arn);
        var headerLength = 2 + arn.Length + NonceLength;
        var blob = new byte[headerLength + TagLength + plaintext.Length];
        blob[0] = Version;
        blob[1] = (byte)arn.Length;
        arn.CopyTo(blob, 2);
        RandomNumberGenerator.Fill(blob.AsSpan(2 + arn.Length, NonceLength));
        using var aes = new AesGcm(key.Secret, TagLength);
        aes.Encrypt(
            blob.AsSpan(2 + arn.Length, NonceLength), plaintext, blob.AsSpan(headerLength + TagLength),
            blob.AsSpan(headerLength, TagLength), AssociatedData(blob.AsSpan(0, headerLength), context));
        return blob;
    }

    /// <summary>The ARN that a blob names; null for what is no blob of ours.</summary>
    public static string? KeyArnOf(ReadOnlySpan<byte> blob) =>
        blob.Length > 2 && blob[0] == Version && blob.Length >= 2 + blob[1] + NonceLength + TagLength
            ? Encoding.ASCII.GetString(blob.Slice(2, blob[1]))
            : null;

    /// <summary>Null when the blob was changed, or was made for another context.</summary>
    public static byte[]? Open(KmsKey key, ReadOnlySpan<byte> blob, IReadOnlyDictionary<string, string> context)
    {
        var headerLength = 2 + blob[1] + NonceLength;
        var plaintext = new byte[blob.Length - headerLength - TagLength];
        using var aes = new AesGcm(key.Secret, TagLength);
        try
        {
            aes.Decrypt(
                blob.Slice(2 + blob[1], NonceLength), blob[(headerLength + TagLength)..], blob.Slice(headerLength, TagLength),
                plaintext, AssociatedData(blob[..headerLength], context));
            return plaintext;
        }
        catch (AuthenticationTagMismatchException)
        {
            return null;
        }
    }

    private static byte[] AssociatedData(ReadOnlySpan<byte> header, IReadOnlyDictionary<string, string> context)
    {
        using var data = new MemoryStream();
        data.Write(header);
        Span<byte> length = stackalloc byte[4];
        foreach (var (name, value) in context.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            foreach (var text in (string[])[name, value])
            {
                var bytes = Encoding.UTF8.GetBytes(text);
                BinaryPrimitives.WriteInt32BigEndian(length, bytes.Length);
                data.Write(length);
                data.Write(bytes);
            }
        }
        return data.ToArray();
    }
}
