using System.Net;

namespace CseKms.Sandbox.Http;

/// <summary>Another S3 and KMS, behind the sandbox's faults and log.</summary>
internal sealed class Upstream(Uri url) : IDisposable
{
    private static readonly string[] OfTheConnection =
        ["Connection", "Keep-Alive", "Transfer-Encoding", "Content-Length", "Expect", "Date", "Server", "Proxy-Connection"];

    private readonly HttpMessageInvoker _client = new(new SocketsHttpHandler
    {
        UseProxy = false,
        UseCookies = false,
        AllowAutoRedirect = false,
        AutomaticDecompression = DecompressionMethods.None,
    });

    /// <summary>Passes a request on, and its answer back.</summary>
    /// <param name="exchange">The request.</param>
    /// <param name="body">Its body, where that has been read already.</param>
    public async Task ForwardAsync(Exchange exchange, byte[]? body)
    {
        using var request = Request(exchange, body);
        using var answer = await _client.SendAsync(request, exchange.Aborted);
        foreach (var (name, values) in answer.Headers.NonValidated.Concat(answer.Content.Headers.NonValidated))
        {
            if (!OfTheConnection.Contains(name, StringComparer.OrdinalIgnoreCase))
            {
                exchange.Response.Headers[name] = values.ToArray();
            }
        }
        var length = answer.Content.Headers.ContentLength;
        var status = (int)answer.StatusCode;
        // An object's bytes are no text, whatever faults edit.
        var isObject = exchange.Log.Operation == "HeadObject" || (exchange.Log.Operation == "GetObject" && status < 300);
        if (length is null || (exchange.Plan.EditsText && !isObject))
        {
            var bytes = await answer.Content.ReadAsByteArrayAsync(exchange.Aborted);
            await exchange.ReplyAsync(status, exchange.Response.ContentType, bytes);
            return;
        }
        await exchange.BeforeReplyAsync();
        await exchange.SendAsync(status, status is 204 or 304 ? null : length, send => CopyAsync(answer.Content, send, exchange.Aborted));
    }

    public void Dispose() => _client.Dispose();

    private HttpRequestMessage Request(Exchange exchange, byte[]? body)
    {
        // Not canonicalized, since that would ask for another object than the client did.
        var target = new Uri(url.GetLeftPart(UriPartial.Authority) + RawTarget.Origin(exchange.Target.Text), new UriCreationOptions
        {
            DangerousDisablePathAndQueryCanonicalization = true,
        });
        var request = new HttpRequestMessage(new HttpMethod(exchange.Request.Method), target);
        if (body is not null || exchange.Request.ContentLength is > 0)
        {
            request.Content = body is not null ? new ByteArrayContent(body) : new StreamContent(exchange.Request.Body);
            request.Content.Headers.ContentLength = body?.Length ?? exchange.Request.ContentLength;
        }
        else if (!HttpMethods.IsGet(exchange.Request.Method) && !HttpMethods.IsHead(exchange.Request.Method))
        {
            request.Content = new ByteArrayContent([]);
        }
        foreach (var (name, values) in exchange.Request.Headers)
        {
            if (!OfTheConnection.Contains(name, StringComparer.OrdinalIgnoreCase) && !request.Headers.TryAddWithoutValidation(name, values.ToArray()))
            {
                request.Content?.Headers.TryAddWithoutValidation(name, values.ToArray());
            }
        }
        return request;
    }

    private static async Task CopyAsync(HttpContent content, Func<Memory<byte>, ValueTask<bool>> send, CancellationToken cancellationToken)
    {
        using var body = await content.ReadAsStreamAsync(cancellationToken);
        var buffer = new byte[64 * 1024];
        int count;
        while ((count = await body.ReadAsync(buffer, cancellationToken)) > 0 && await send(buffer.AsMemory(0, count)))
        {
        }
    }
}
