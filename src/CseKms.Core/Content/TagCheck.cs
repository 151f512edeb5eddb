using CseKms.Core.Algorithms;

namespace CseKms.Core.Content;

/// <summary>
/// Whether content is what a stored tag was made of. Thread-safe for parts that do not overlap.
/// </summary>
/// <remarks>
/// This is the one place where the key and IV of a stored object meet bytes that may be others, and two messages of one IV give
/// everything away. It is safe only while nothing of the second one leaves: its ciphertext is zeroed where it was made, its tag is
/// compared in constant time inside the engine, and all that comes out is whether they are the same.
/// </remarks>
/// <param name="cipher">The object's cipher.</param>
internal sealed class TagCheck(ContentCipher cipher) : IDisposable
{
    private readonly SeekableGcm _message = cipher.OpenMessage();

    /// <summary>Whether a part is all of the content that a stored tag was made of. Zeroes it.</summary>
    /// <param name="cipher">The object's cipher.</param>
    /// <param name="whole">The only part.</param>
    /// <param name="storedTag">The tag that the object ends in.</param>
    public static bool Matches(ContentCipher cipher, Part whole, ReadOnlySpan<byte> storedTag) => cipher.HasTag(whole.Content, storedTag);

    /// <summary>Takes a part of the content, and zeroes it.</summary>
    public void Take(Part part)
    {
        try
        {
            _message.Encrypt(part.Offset, part.Content, part.Content);
        }
        finally
        {
            part.Content.Clear();
        }
    }

    /// <summary>Whether the tag of all that was taken is <paramref name="storedTag"/>. Called once, when all was taken.</summary>
    /// <param name="length">Bytes that were taken.</param>
    /// <param name="storedTag">The tag that the object ends in.</param>
    public bool Matches(long length, ReadOnlySpan<byte> storedTag) => _message.VerifyTag(length, storedTag);

    /// <summary>Zeroes the key and all that was derived from it.</summary>
    public void Dispose() => _message.Dispose();
}
