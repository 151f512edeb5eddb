namespace CseKms.Core.Aws.Http;

/// <summary>A body on its way through the network, which tells its <see cref="WatchedRequest"/> how it moves. Not thread-safe.</summary>
/// <param name="network">Where it is written to or read from.</param>
/// <param name="watched">Is told.</param>
internal sealed class WatchedStream(Stream network, WatchedRequest watched) : Stream
{
    public override bool CanRead => network.CanRead;

    public override bool CanSeek => false;

    public override bool CanWrite => network.CanWrite;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override void Write(byte[] buffer, int offset, int count)
    {
        watched.Waits();
        network.Write(buffer, offset, count);
        watched.Moved(count);
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        watched.Waits();
        await network.WriteAsync(buffer, cancellationToken).ConfigureAwait(false);
        watched.Moved(buffer.Length);
    }

    public override int Read(byte[] buffer, int offset, int count) => ReadAsync(buffer.AsMemory(offset, count)).AsTask().GetAwaiter().GetResult();

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        watched.Waits();
        using var either = cancellationToken.CanBeCanceled && cancellationToken != watched.Caller && cancellationToken != watched.Token
            ? CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, watched.Token)
            : null;
        try
        {
            var read = await network.ReadAsync(buffer, either?.Token ?? watched.Token).ConfigureAwait(false);
            watched.Moved(read);
            if (read == 0)
            {
                watched.Dispose();
            }

            return read;
        }
        catch (Exception e) when (watched.Stall is { } stall && !cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException(stall.Message, e);
        }
    }

    public override void Flush() => network.Flush();

    public override Task FlushAsync(CancellationToken cancellationToken) => network.FlushAsync(cancellationToken);

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            watched.Dispose();
            network.Dispose();
        }

        base.Dispose(disposing);
    }
}
