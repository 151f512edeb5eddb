using System.Buffers;

namespace CseKms.Core.Content;

/// <summary>Compares plaintext with a file, and keeps nothing of it.</summary>
internal sealed class ComparingSink(FileContent file) : IPlaintextSink
{
    private const int StripSize = 64 << 10;

    private volatile bool _differs;
    private long _length;

    /// <summary>Whether all of the plaintext was verified and is the file's content.</summary>
    public bool? Matches { get; private set; }

    /// <inheritdoc/>
    public void Open(long length) => _length = length;

    /// <inheritdoc/>
    public void Write(long offset, ReadOnlySpan<byte> bytes)
    {
        var strip = ArrayPool<byte>.Shared.Rent(StripSize);
        try
        {
            for (var at = 0; at < bytes.Length && !_differs; at += StripSize)
            {
                var piece = bytes[at..Math.Min(at + StripSize, bytes.Length)];
                _differs = !piece.SequenceEqual(strip.AsSpan(0, file.Read(offset + at, strip.AsSpan(0, piece.Length))));
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(strip, clearArray: true);
        }
    }

    /// <inheritdoc/>
    public void Shorten(long length) => _length = length;

    /// <inheritdoc/>
    public void Commit()
    {
        file.EnsureSame();
        Matches = !_differs && _length == file.Length;
    }

    /// <inheritdoc/>
    public void Dispose() => file.Dispose();
}
