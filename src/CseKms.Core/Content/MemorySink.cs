namespace CseKms.Core.Content;

/// <summary>Plaintext in memory.</summary>
/// <param name="limit">Its longest length in bytes.</param>
/// <param name="room">The share of the call's memory that it fills; the caller keeps count of it unless given.</param>
internal sealed class MemorySink(long limit, PipelineRoom? room = null) : IPlaintextSink
{
    private byte[] _bytes = [];
    private bool _committed;

    /// <summary>The plaintext, after <see cref="Commit"/>; the caller's from then on.</summary>
    public byte[] Bytes => _committed ? _bytes : throw new InvalidOperationException("The plaintext is not verified.");

    private long Most => Math.Min(limit, Array.MaxLength);

    /// <inheritdoc/>
    public bool HasRoom(long length) => room is null || room.Holds(length) || length > Most;

    /// <inheritdoc/>
    public Task MakeRoomAsync(long length) => room!.GrowAsync(length);

    /// <inheritdoc/>
    public void Open(long length)
    {
        if (length > Most)
        {
            throw new CseException(
                ErrorId.TooLargeForPipeline, $"The object has {length:N0} bytes, more than the {Most:N0} that are received into memory.");
        }

        room?.Settle(length);
        _bytes = new byte[length];
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
