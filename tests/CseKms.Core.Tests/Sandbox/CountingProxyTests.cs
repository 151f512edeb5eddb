using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using Amazon.S3;
using Amazon.S3.Model;
using CseKms.Sandbox;
using Xunit;

namespace CseKms.Core.Tests.Sandbox;

public sealed class CountingProxyTests(SandboxFixture sandbox)
{
    private static readonly CancellationToken None = TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false, 4, 0)]
    [InlineData(true, 0, 1)]
    public async Task Passes_requests_and_tunnels_on_and_counts_them(bool https, int requests, int tunnels)
    {
        await using var proxy = CountingProxy.Start();
        using var http = Client(new WebProxy(proxy.Url));
        using var s3 = sandbox.Server.S3(https: https);
        var bucket = sandbox.NewBucket();
        var bytes = RandomNumberGenerator.GetBytes(3_000_000);
        for (var i = 0; i < 2; i++)
        {
            using var put = await http.PutAsync(Url(s3, bucket, HttpVerb.PUT, https), new ByteArrayContent(bytes), None);
            Assert.Equal(HttpStatusCode.OK, put.StatusCode);
            Assert.Equal(bytes, await http.GetByteArrayAsync(Url(s3, bucket, HttpVerb.GET, https), None));
        }
        Assert.Equal((requests, tunnels, 0), (proxy.Requests, proxy.Tunnels, proxy.Refusals));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Asks_for_the_password_that_was_set(bool https)
    {
        await using var proxy = CountingProxy.Start("user", "påss");
        using var s3 = sandbox.Server.S3(https: https);
        var bucket = sandbox.NewBucket();
        async Task<HttpStatusCode> PutAsync(string password)
        {
            using var http = Client(new WebProxy(proxy.Url) { Credentials = new NetworkCredential("user", password) });
            try
            {
                using var put = await http.PutAsync(Url(s3, bucket, HttpVerb.PUT, https), new ByteArrayContent(new byte[100_000]), None);
                return put.StatusCode;
            }
            catch (HttpRequestException) when (https)
            {
                return HttpStatusCode.ProxyAuthenticationRequired;
            }
        }

        Assert.Equal(HttpStatusCode.ProxyAuthenticationRequired, await PutAsync("wrong"));
        Assert.Equal(0, proxy.Requests + proxy.Tunnels);
        Assert.True(proxy.Refusals > 0);
        Assert.Equal(HttpStatusCode.OK, await PutAsync("påss"));
        Assert.Equal(1, proxy.Requests + proxy.Tunnels);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Breaks_where_the_server_breaks(bool https)
    {
        await using var proxy = CountingProxy.Start();
        using var http = Client(new WebProxy(proxy.Url));
        using var s3 = sandbox.Server.S3(https: https);
        var bucket = sandbox.NewBucket();
        using var drop = sandbox.Server.Faults.Drop(r => r.Bucket == bucket, SandboxFaults.Always);
        await Assert.ThrowsAsync<HttpRequestException>(() => http.GetAsync(Url(s3, bucket, HttpVerb.GET, https), None));
        Assert.True(drop.Strikes > 0);
    }

    private static string Url(IAmazonS3 s3, string bucket, HttpVerb verb, bool https) => s3.GetPreSignedURL(new GetPreSignedUrlRequest
    {
        BucketName = bucket,
        Key = "x",
        Verb = verb,
        Expires = DateTime.UtcNow.AddMinutes(5),
        Protocol = https ? Protocol.HTTPS : Protocol.HTTP,
    });

    private HttpClient Client(WebProxy proxy) => new(new SocketsHttpHandler
    {
        Proxy = proxy,
        SslOptions = new SslClientAuthenticationOptions
        {
            RemoteCertificateValidationCallback = (_, certificate, _, _) =>
                certificate?.GetCertHashString() == sandbox.Server.Certificate.GetCertHashString(),
        },
    });
}
