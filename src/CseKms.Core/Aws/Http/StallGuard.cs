using System.Net;

namespace CseKms.Core.Aws.Http;

/// <summary>
/// Ends a request when for a while nothing of its body was taken and no answer came, however long all of it takes. The SDK sends
/// again what ends so. Its own client of S3 would wait for weeks, and a time-out of the whole request would end each part that
/// goes over a slow line. Thread-safe.
/// </summary>
/// <param name="limit">How long a request may stand still.</param>
/// <param name="inner">Sends.</param>
internal sealed class StallGuard(TimeSpan limit, HttpMessageHandler inner) : DelegatingHandler(inner)
{
    /// <exception cref="TimeoutException">The request stood still.</exception>
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        using var stall = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        stall.CancelAfter(limit);
        if (request.Content is { } body)
        {
            request.Content = new WatchedContent(body, stall, limit);
        }

        try
        {
            return await base.SendAsync(request, stall.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"nothing was taken and no answer came for {limit.TotalSeconds:0.#} seconds", e);
        }
    }

    private sealed class WatchedContent : HttpContent
    {
        private readonly HttpContent _body;
        private readonly CancellationTokenSource _stall;
        private readonly TimeSpan _limit;

        public WatchedContent(HttpContent body, CancellationTokenSource stall, TimeSpan limit)
        {
            (_body, _stall, _limit) = (body, stall, limit);
            foreach (var (name, values) in body.Headers.NonValidated)
            {
                Headers.TryAddWithoutValidation(name, values);
            }
        }

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
            SerializeToStreamAsync(stream, context, CancellationToken.None);

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken) =>
            _body.CopyToAsync(new WatchedStream(stream, Taken), context, cancellationToken);

        protected override bool TryComputeLength(out long length)
        {
            length = _body.Headers.ContentLength ?? -1;
            return length >= 0;
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                _body.Dispose();
            }

            base.Dispose(disposing);
        }

        private void Taken()
        {
            try
            {
                _stall.CancelAfter(_limit);
            }
            catch (ObjectDisposedException)
            {
                // The answer came before all of the body was taken.
            }
        }
    }

    private sealed class WatchedStream(Stream target, Action taken) : Stream
    {
        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override void Write(byte[] buffer, int offset, int count)
        {
            target.Write(buffer, offset, count);
            taken();
        }

        public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            await target.WriteAsync(buffer, cancellationToken).ConfigureAwait(false);
            taken();
        }

        public override void Flush() => target.Flush();

        public override Task FlushAsync(CancellationToken cancellationToken) => target.FlushAsync(cancellationToken);

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
