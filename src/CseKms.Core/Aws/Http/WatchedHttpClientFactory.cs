using System.Net;
using System.Net.Sockets;
using Amazon.Runtime;

namespace CseKms.Core.Aws.Http;

/// <summary>Gives the SDK HTTP clients as its own are, but for what the handlers here do. Thread-safe.</summary>
internal sealed class WatchedHttpClientFactory : HttpClientFactory
{
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(15);

    public override HttpClient CreateHttpClient(IClientConfig clientConfig)
    {
        var sockets = new SocketsHttpHandler
        {
            AllowAutoRedirect = clientConfig.AllowAutoRedirect,
            AutomaticDecompression = DecompressionMethods.None,
            ConnectTimeout = ConnectTimeout,
            ConnectCallback = ConnectAsync,
        };
        if (clientConfig.GetWebProxy() is { } proxy)
        {
            sockets.Proxy = proxy;
        }

        // The watch takes the place of a time-out for all of a request.
        return new HttpClient(new WatchHandler(new ExpectFromThreshold(sockets))) { Timeout = Timeout.InfiniteTimeSpan };
    }

    private static async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            LimitUnsent(socket);
            await socket.ConnectAsync(context.DnsEndPoint, cancellationToken).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    // A kernel that takes megabytes at once and sends them for minutes would look like a line that stands still. What is on its way and
    // not acknowledged is not limited by it, so fast lines stay fast.
    private static void LimitUnsent(Socket socket)
    {
        const int Tcp = 6;
        const int Unsent = 256 << 10;
        int? notSentLowWater = OperatingSystem.IsLinux() ? 25 : OperatingSystem.IsMacOS() ? 0x201 : null;
        if (notSentLowWater is { } option)
        {
            try
            {
                socket.SetRawSocketOption(Tcp, option, BitConverter.GetBytes(Unsent));
            }
            catch (SocketException)
            {
                // An old kernel: the watch is less exact.
            }
        }
    }

    /// <summary>
    /// The SDK asks before it sends any body to S3 (<c>Expect: 100-continue</c>). Here that begins at 2 MiB, as with AWS's SDK for Kotlin: less
    /// is sent in vain at smaller cost than the way to and fro that it would take each object longer.
    /// </summary>
    private sealed class ExpectFromThreshold(HttpMessageHandler inner) : DelegatingHandler(inner)
    {
        private const long Threshold = 2 << 20;

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            if (request.Content?.Headers.ContentLength < Threshold)
            {
                request.Headers.ExpectContinue = false;
            }

            return base.SendAsync(request, cancellationToken);
        }
    }
}
