using System.Net;
using CseKms.Core.Aws;
using CseKms.Core.Aws.Http;
using CseKms.Core.Aws.Identity;
using CseKms.Core.Content;
using CseKms.Core.Materials;
using CseKms.Core.Session;
using CseKms.Core.Settings;
using CseKms.Core.Transfer;
using Xunit;
using CseKms.Core.Tests.Materials;

namespace CseKms.Core.Tests.Aws;

public sealed class StallGuardTests(SandboxFixture sandbox)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_slow_line_is_not_a_stalled_one()
    {
        var content = TestContent.Of(30);
        var line = new Line(TimeSpan.FromMilliseconds(100));
        using var client = new HttpClient(new StallGuard(TimeSpan.FromSeconds(2), line));

        // Three seconds in all.
        using var response = await client.PutAsync("http://localhost/", Pieces(content), Cancellation);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(content, line.Taken);
        Assert.Equal(30, line.Length);
    }

    [Fact]
    public async Task A_body_that_is_taken_no_further_ends_the_request()
    {
        using var client = new HttpClient(new StallGuard(TimeSpan.FromMilliseconds(200), new Line(Timeout.InfiniteTimeSpan)));

        await Assert.ThrowsAsync<TimeoutException>(() => client.PutAsync("http://localhost/", Pieces(TestContent.Of(2)), Cancellation));
    }

    [Fact]
    public async Task Who_cancels_is_told_so()
    {
        using var client = new HttpClient(new StallGuard(TimeSpan.FromMinutes(1), new Line(Timeout.InfiniteTimeSpan)));
        using var cancellation = new CancellationTokenSource(50);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => client.PutAsync("http://localhost/", Pieces(TestContent.Of(2)), cancellation.Token));
    }

    [Theory]
    [InlineData(100, "PutObject")]
    [InlineData(Part.Size + 100, "UploadPart")]
    public async Task What_stalls_is_sent_again(int size, string operation)
    {
        var address = new ObjectAddress(sandbox.NewBucket(), "object");
        var content = TestContent.Of(size);
        var client = new S3EncryptionClient(
            new S3Gateway(
                new ServiceEndpoint("us-east-1", sandbox.Server.HttpUrl, false, false),
                at => ClientFactory.S3(Administrator, at, forcePathStyle: true, stallLimit: TimeSpan.FromSeconds(2))),
            new TransferCounters(),
            new CryptographicMaterialsManager(new KmsKeyring(new FakeKms(), "key"), new EncryptionSettings()),
            new TransferSettings());
        using var hold = sandbox.Server.Faults.Hold(
            request => request.Operation == operation && request.Bucket == address.BucketName && request.PartNumber is null or 1, times: 1);
        using var silence = sandbox.Server.Faults.Hold(request => request.Operation == "GetObject" && request.Bucket == address.BucketName, times: 1);

        await client.UploadAsync(new UploadRequest(address, UploadSource.FromBytes(content)), NullObserver.Instance, Cancellation);
        var received = await client.DownloadBytesAsync(new DownloadRequest(address), NullObserver.Instance, Cancellation);

        Assert.Equal(content, received.Plaintext);
        Assert.Equal(2, sandbox.Server.Requests.Count(
            request => request.Operation == operation && request.Bucket == address.BucketName && request.PartNumber is null or 1));
    }

    private ResolvedIdentity Administrator =>
        new("", "", null, new Amazon.Runtime.BasicAWSCredentials(sandbox.Server.Admin.AccessKeyId, sandbox.Server.Admin.SecretAccessKey));

    private static HttpContent Pieces(byte[] content) => new System.Net.Http.StreamContent(new MemoryStream(content), bufferSize: 1);

    /// <summary>A connection that takes a body in pieces, after a while each, and then answers.</summary>
    private sealed class Line(TimeSpan perPiece) : HttpMessageHandler
    {
        private readonly MemoryStream _taken = new();

        public byte[] Taken => _taken.ToArray();

        public long? Length { get; private set; }

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Length = request.Content!.Headers.ContentLength;
            await request.Content.CopyToAsync(new SlowStream(_taken, perPiece), cancellationToken);
            return new HttpResponseMessage();
        }
    }

    private sealed class SlowStream(MemoryStream taken, TimeSpan perPiece) : MemoryStream
    {
        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            await Task.Delay(perPiece, cancellationToken);
            taken.Write(buffer.Span);
        }
    }
}
