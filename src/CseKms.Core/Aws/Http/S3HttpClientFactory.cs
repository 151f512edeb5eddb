using System.Net;
using Amazon.Runtime;

namespace CseKms.Core.Aws.Http;

/// <summary>Gives the SDK HTTP clients for S3, as its own are but for what the handlers here do. Thread-safe.</summary>
/// <param name="stallLimit">How long a request may stand still.</param>
internal sealed class S3HttpClientFactory(TimeSpan stallLimit) : HttpClientFactory
{
    public override HttpClient CreateHttpClient(IClientConfig clientConfig)
    {
        var sockets = new SocketsHttpHandler
        {
            AllowAutoRedirect = clientConfig.AllowAutoRedirect,
            AutomaticDecompression = DecompressionMethods.None,
        };
        if (clientConfig.GetWebProxy() is { } proxy)
        {
            sockets.Proxy = proxy;
        }

        return new HttpClient(new StallGuard(stallLimit, new ExpectFromThreshold(sockets))) { Timeout = Timeout.InfiniteTimeSpan };
    }

    /// <summary>
    /// The SDK asks before it sends any body (<c>Expect: 100-continue</c>). Here that begins at 2 MiB, as with AWS's SDK for Kotlin: less is
    /// sent in vain at smaller cost than the way to and fro that it would take each object longer.
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
