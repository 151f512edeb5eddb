using CseKms.Core.Algorithms;

namespace CseKms.Core.Content;

/// <summary>
/// Cuts a source into parts, in one pass and without knowing its length: the byte after a part tells whether another one follows.
/// Not thread-safe.
/// </summary>
internal sealed class PartReader(UploadContent content)
{
    private byte? _ahead;
    private int _number;

    /// <summary>Plaintext bytes read so far.</summary>
    public long Length { get; private set; }

    /// <summary>Reads the next part: as much as the buffer holds besides the tag.</summary>
    /// <param name="buffer">Becomes the part's; disposed of when reading fails.</param>
    /// <param name="cancellationToken">Cancels reading.</param>
    /// <exception cref="CseException"><see cref="ErrorId.SourceTooLarge"/> beyond the format's maximum, before any of it is encrypted.</exception>
    public async ValueTask<Part> ReadAsync(TransferBuffer buffer, CancellationToken cancellationToken)
    {
        try
        {
            var (length, isLast) = await FillAsync(buffer.Bytes, cancellationToken).ConfigureAwait(false);
            return new Part(buffer, ++_number, length, isLast);
        }
        catch
        {
            buffer.Dispose();
            throw;
        }
    }

    /// <summary>The error of a source that is longer than a message may be.</summary>
    public static CseException TooLarge() => new(
        ErrorId.SourceTooLarge, $"An encrypted object holds at most {SeekableGcm.MaxPlaintextLength:N0} bytes.");

    private async ValueTask<(int Length, bool IsLast)> FillAsync(byte[] bytes, CancellationToken cancellationToken)
    {
        var capacity = bytes.Length - AlgorithmSuite.TagLength;
        if (content.IsAtEnd is not null)
        {
            var read = await content.ReadAsync(bytes.AsMemory(0, capacity), cancellationToken).ConfigureAwait(false);
            Length += read;
            return (read, content.IsAtEnd.Value);
        }

        var start = 0;
        if (_ahead is { } first)
        {
            bytes[0] = first;
            start = 1;
        }

        var filled = start + await content.ReadAsync(bytes.AsMemory(start, capacity + 1 - start), cancellationToken).ConfigureAwait(false);
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
            (_ahead, bytes[capacity]) = (bytes[capacity], 0);
        }

        return (length, _ahead is null);
    }
}
