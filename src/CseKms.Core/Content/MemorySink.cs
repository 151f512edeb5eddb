namespace CseKms.Core.Content;

/// <summary>Plaintext in memory, up to a limit in bytes.</summary>
internal sealed class MemorySink(long limit) : IPlaintextSink
{
    private byte[] _bytes = [];
    private bool _committed;

    /// <summary>The plaintext, after <see cref="Commit"/>; the caller's from then on.</summary>
    public byte[] Bytes => _committed ? _bytes : throw new InvalidOperationException("The plaintext is not verified.");

    /// <inheritdoc/>
    public void Open(long length)
    {
        var most = Math.Min(limit, Array.MaxLength);
        _bytes = length <= most
            ? new byte[length]
            : throw new CseException(
                ErrorId.TooLargeForPipeline, $"The object has {length:N0} bytes, more than the {most:N0} that are received into memory.");
    }

    /// <inheritdoc/>
    public void Write(long offset, ReadOnlySpan<byte> bytes) => bytes.CopyTo(_bytes.AsSpan((int)offset));

    /// <inheritdoc/>
    public void Shorten(long length)
    {
        var all = _bytes;
        _bytes = all[..(int)length];
        all.AsSpan().Clear();
    }

    /// <inheritdoc/>
    public void Commit() => _committed = true;

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!_committed)
        {
            _bytes.AsSpan().Clear();
        }
    }
}
