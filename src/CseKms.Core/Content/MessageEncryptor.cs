using CseKms.Core.Algorithms;

namespace CseKms.Core.Content;

/// <summary>
/// Encrypts the parts of one object, in place, in any order and on any threads, and no part twice: its ciphertext stays in the part, and
/// plaintext that was read again might be another one under the same keystream. Thread-safe.
/// </summary>
internal sealed class MessageEncryptor(ContentCipher cipher) : IDisposable
{
    private readonly SeekableGcm _message = cipher.OpenMessage();

    /// <summary>Encrypts a part's content.</summary>
    /// <exception cref="InvalidOperationException">It was encrypted before; nothing was done.</exception>
    public void Encrypt(Part part)
    {
        // Strip by strip, so that the checksum finds the ciphertext still in the cache.
        for (var at = 0; at < part.ContentLength; at += SeekableGcm.StripSize)
        {
            var strip = part.Content.Slice(at, Math.Min(SeekableGcm.StripSize, part.ContentLength - at));
            _message.Encrypt(part.Offset + at, strip, strip);
            part.Crc32.Append(strip);
        }
    }

    /// <summary>Puts the tag behind the last part's content.</summary>
    /// <exception cref="InvalidOperationException">A part is not encrypted yet, or the tag was put already.</exception>
    public void Seal(Part last)
    {
        _message.ComputeTag(last.Offset + last.ContentLength, last.Tag);
        last.Crc32.Append(last.Tag[..^last.TagOverflow]);
    }

    /// <summary>Zeroes the key and all that was derived from it.</summary>
    public void Dispose() => _message.Dispose();
}
