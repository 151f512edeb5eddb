using CseKms.Core.Algorithms;

namespace CseKms.Core.Content;

/// <summary>
/// Cuts a source into parts, in one pass and without knowing its length: the byte after a part tells whether another one follows.
/// Not thread-safe.
/// </summary>
internal sealed class PartReader(UploadContent content)
{
    private byte? _ahead;

    /// <summary>Plaintext bytes read so far.</summary>
    public long Length { get; private set; }

    /// <summary>Fills a buffer but for the room of the tag.</summary>
    /// <param name="buffer">Room for the part and its tag.</param>
    /// <param name="cancellationToken">Cancels reading.</param>
    /// <returns>How many bytes the part has, and whether it is the last.</returns>
    /// <exception cref="CseException"><see cref="ErrorId.SourceTooLarge"/> beyond the format's maximum, before any of it is encrypted.</exception>
    public async ValueTask<(int Length, bool IsLast)> ReadAsync(byte[] buffer, CancellationToken cancellationToken)
    {
        var capacity = buffer.Length - AlgorithmSuite.TagLength;
        var start = 0;
        if (_ahead is { } first)
        {
            buffer[0] = first;
            start = 1;
        }

        var filled = start + await content.ReadAsync(buffer.AsMemory(start, capacity + 1 - start), cancellationToken).ConfigureAwait(false);
        var length = Math.Min(filled, capacity);
        Length += length;
        if (Length > SeekableGcm.MaxPlaintextLength)
        {
            throw TooLarge();
        }

        _ahead = null;
        if (filled > capacity)
        {
            // Encrypting the part passes over this byte, and the buffer must not keep it.
            (_ahead, buffer[capacity]) = (buffer[capacity], 0);
        }

        return (length, _ahead is null);
    }

    /// <summary>The error of a source that is longer than a message may be.</summary>
    public static CseException TooLarge() => new(
        ErrorId.SourceTooLarge, $"An encrypted object holds at most {SeekableGcm.MaxPlaintextLength:N0} bytes. Split the source.");
}
