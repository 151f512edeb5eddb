using CseKms.Core.Algorithms;

namespace CseKms.Core.Content;

/// <summary>
/// Decrypts what is stored of one object, piece by piece, in any order and on any threads. The plaintext goes to a sink, which is
/// committed only when the tag is the right one. Thread-safe for pieces that do not overlap.
/// </summary>
/// <param name="cipher">The object's cipher.</param>
/// <param name="plaintextLength">Bytes before the tag.</param>
/// <param name="sink">Receives the plaintext, opened for that length.</param>
internal sealed class MessageDecryptor(ContentCipher cipher, long plaintextLength, IPlaintextSink sink) : IDisposable
{
    private readonly SeekableGcm _message = cipher.OpenMessage();
    private readonly byte[] _tag = new byte[AlgorithmSuite.TagLength];

    /// <summary>Takes a piece, in which the tag may begin, go on or end.</summary>
    /// <param name="offset">Where it begins in the stored object: a multiple of 16, unless it holds nothing but bytes of the tag.</param>
    /// <param name="bytes">Whole blocks, except where the content ends. Ciphertext in, plaintext out.</param>
    /// <returns>Bytes of plaintext in it.</returns>
    public int Decrypt(long offset, Span<byte> bytes)
    {
        var content = bytes[..(int)Math.Clamp(plaintextLength - offset, 0, bytes.Length)];
        bytes[content.Length..].CopyTo(_tag.AsSpan((int)Math.Max(0, offset - plaintextLength)));
        if (!content.IsEmpty)
        {
            _message.Decrypt(offset, content, content);
            sink.Write(offset, content);
        }

        return content.Length;
    }

    /// <summary>Verifies the tag and commits the sink, when all pieces were taken.</summary>
    /// <exception cref="CseException"><see cref="ErrorId.AuthenticationFailed"/>: the sink was not committed.</exception>
    public void Commit()
    {
        if (!_message.VerifyTag(plaintextLength, _tag))
        {
            throw ContentCipher.AuthenticationFailed();
        }

        sink.Commit();
    }

    /// <summary>Zeroes the key and all that was derived from it.</summary>
    public void Dispose() => _message.Dispose();
}
