namespace CseKms.Sandbox;

/// <summary>A request's body with a fault that strikes it on its way: slow, stalled or cut short.</summary>
internal sealed class FaultyUpload(Stream body, Fault fault) : Stream
{
    private long _position;
    private bool _stalled;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => _position;
        set => throw new NotSupportedException();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var action = fault.Action;
        if (action.StallUploadAfter is { } stall && !_stalled)
        {
            if (_position >= stall)
            {
                _stalled = true;
                await fault.BlockAsync(cancellationToken);
            }
            else
            {
                buffer = buffer[..(int)Math.Min(buffer.Length, stall - _position)];
            }
        }
        if (action.CutUploadAfter is { } cut)
        {
            buffer = buffer[..(int)Math.Min(buffer.Length, cut > _position ? cut - _position : throw new ConnectionDroppedException())];
        }
        if (action.UploadPace is { } pace)
        {
            buffer = buffer[..Math.Min(buffer.Length, pace.Piece)];
        }
        var count = await body.ReadAsync(buffer, cancellationToken);
        _position += count;
        if (action.UploadPace is { } line)
        {
            await line.CarryAsync(count, cancellationToken);
        }
        return count;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
