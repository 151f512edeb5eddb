using System.Net;
using System.Security.Cryptography;

namespace CseKms.Core.Aws.Http;

/// <summary>
/// Puts each request, from its first byte to the last byte of its answer, under the <see cref="CallWatch"/> of the call that it belongs
/// to. Thread-safe.
/// </summary>
internal sealed class WatchHandler(HttpMessageHandler inner) : DelegatingHandler(inner)
{
    // A page of a listing, the longest answer that is no object, has a few megabytes at most.
    private const int MaxAnswer = 64 << 20;

    /// <exception cref="TimeoutException">The request stood still. Reading the answer throws the same.</exception>
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var watched = CallWatch.Current.Begin(MayBeSilent(request), $"{request.RequestUri?.GetLeftPart(UriPartial.Authority)}", cancellationToken);
        try
        {
            if (request.Content is { } body)
            {
                request.Content = new WatchedBody(body, watched);
            }

            var response = await base.SendAsync(request, watched.Token).ConfigureAwait(false);
            watched.Moved(0);
            if (request.Method == HttpMethod.Head)
            {
                watched.Dispose();
            }
            else if (response.IsSuccessStatusCode && request.Headers.Range is not null)
            {
                response.Content = new ObjectBody(response.Content, watched);
            }
            else
            {
                response.Content = await ReadWholeAsync(response.Content, watched).ConfigureAwait(false);
                watched.Dispose();
            }

            return response;
        }
        catch (Exception e)
        {
            watched.Dispose();
            if (watched.Stall is { } stall && !cancellationToken.IsCancellationRequested)
            {
                throw new TimeoutException(stall.Message, e);
            }

            throw;
        }
    }

    // S3 puts an object together or copies it before it answers.
    private static bool MayBeSilent(HttpRequestMessage request) =>
        request.Headers.Contains("x-amz-copy-source")
        || (request.Method == HttpMethod.Post && request.RequestUri?.Query.Contains("uploadId=", StringComparison.Ordinal) == true);

    // The SDK reads XML and JSON synchronously, and takes what was cut off for what there is.
    private static async Task<HttpContent> ReadWholeAsync(HttpContent answer, WatchedRequest watched)
    {
        if (answer.Headers.ContentLength > MaxAnswer)
        {
            throw TooLong();
        }

        var whole = new MemoryStream((int)(answer.Headers.ContentLength ?? 0));
        watched.BodyBegins();
        var body = new WatchedStream(await answer.ReadAsStreamAsync(watched.Token).ConfigureAwait(false), watched);
        await using (body.ConfigureAwait(false))
        {
            var buffer = new byte[16 << 10];
            while (await body.ReadAsync(buffer, watched.Token).ConfigureAwait(false) is > 0 and var read)
            {
                if (whole.Length + read > MaxAnswer)
                {
                    throw TooLong();
                }

                whole.Write(buffer, 0, read);
            }

            CryptographicOperations.ZeroMemory(buffer);
        }

        var content = new WholeAnswer(whole.GetBuffer(), (int)whole.Length);
        CopyHeaders(answer, content);
        answer.Dispose();
        return content;
    }

    private static IOException TooLong() => new($"the answer is longer than {MaxAnswer:N0} bytes");

    private static void CopyHeaders(HttpContent from, HttpContent to)
    {
        foreach (var (name, values) in from.Headers.NonValidated)
        {
            to.Headers.TryAddWithoutValidation(name, values);
        }
    }

    private sealed class WatchedBody : HttpContent
    {
        private readonly HttpContent _body;
        private readonly WatchedRequest _watched;

        public WatchedBody(HttpContent body, WatchedRequest watched)
        {
            (_body, _watched) = (body, watched);
            CopyHeaders(body, this);
        }

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
            SerializeToStreamAsync(stream, context, CancellationToken.None);

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
        {
            _watched.BodyBegins();
            await _body.CopyToAsync(new WatchedStream(stream, _watched), context, cancellationToken).ConfigureAwait(false);
            _watched.BodyEnds();
        }

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
    }

    // KMS answers with data keys.
    private sealed class WholeAnswer : ByteArrayContent
    {
        private readonly byte[] _bytes;

        public WholeAnswer(byte[] bytes, int length)
            : base(bytes, 0, length) => _bytes = bytes;

        protected override void Dispose(bool disposing)
        {
            CryptographicOperations.ZeroMemory(_bytes);
            base.Dispose(disposing);
        }
    }

    // The bytes of an object, which are taken as they come.
    private sealed class ObjectBody : HttpContent
    {
        private readonly HttpContent _body;
        private readonly WatchedRequest _watched;

        public ObjectBody(HttpContent body, WatchedRequest watched)
        {
            (_body, _watched) = (body, watched);
            CopyHeaders(body, this);
        }

        protected override async Task<Stream> CreateContentReadStreamAsync()
        {
            _watched.BodyBegins();
            return new WatchedStream(await _body.ReadAsStreamAsync().ConfigureAwait(false), _watched);
        }

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            var body = await CreateContentReadStreamAsync().ConfigureAwait(false);
            await using (body.ConfigureAwait(false))
            {
                await body.CopyToAsync(stream).ConfigureAwait(false);
            }
        }

        protected override bool TryComputeLength(out long length)
        {
            length = _body.Headers.ContentLength ?? -1;
            return length >= 0;
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                _watched.Dispose();
                _body.Dispose();
            }

            base.Dispose(disposing);
        }
    }
}
