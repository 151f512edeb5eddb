using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Amazon.KeyManagementService.Model;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using CseKms.Sandbox;
using Xunit;

namespace CseKms.Core.Tests.Sandbox;

/// <summary>What the faults of the sandbox look like to whoever speaks HTTP to it.</summary>
public sealed class FaultTests : IAsyncLifetime
{
    private const string Bucket = "bucket";

    private static readonly CancellationToken None = TestContext.Current.CancellationToken;
    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false });
    private SandboxServer _sandbox = null!;
    private AmazonS3Client _s3 = null!;

    public async ValueTask InitializeAsync()
    {
        _sandbox = await SandboxServer.StartAsync(cancellationToken: None);
        _sandbox.CreateBucket(Bucket);
        _s3 = _sandbox.S3();
    }

    public ValueTask DisposeAsync()
    {
        _s3.Dispose();
        _http.Dispose();
        return _sandbox.DisposeAsync();
    }

    [Fact]
    public async Task Limits_say_which_requests_are_struck()
    {
        Assert.Equal((bool[])[false, true, false, false], await StrikesAsync(FaultLimit.Only(2), "a", "a", "a", "a"));
        Assert.Equal((bool[])[false, true, true], await StrikesAsync(FaultLimit.From(2), "a", "a", "a"));
        Assert.Equal((bool[])[true, true, false, false, true], await StrikesAsync(FaultLimit.FirstOfEachKey(1), "a", "b", "a", "b", "c"));
        Assert.Equal((bool[])[true, true, false], await StrikesAsync(2, "a", "b", "c"));
    }

    [Fact]
    public async Task Chance_depends_on_its_seed_alone_and_not_on_the_order_of_requests()
    {
        string[] keys = [.. Enumerable.Range(0, 200).Select(i => $"{i}")];
        async Task<bool[]> InOrderAsync(IEnumerable<string> order, int seed)
        {
            var asked = order.ToArray();
            var struck = await StrikesAsync(FaultLimit.Chance(0.3, seed), asked);
            return [.. asked.Zip(struck).OrderBy(p => int.Parse(p.First, CultureInfo.InvariantCulture)).Select(p => p.Second)];
        }

        var first = await InOrderAsync(keys, seed: 1);
        Assert.Equal(first, await InOrderAsync(keys.Reverse(), seed: 1));
        Assert.NotEqual(first, await InOrderAsync(keys, seed: 2));
        Assert.InRange(first.Count(struck => struck), 40, 80);
    }

    [Fact]
    public async Task Throttles_beyond_a_rate_and_fails_for_a_time_by_the_clock()
    {
        var clock = new ManualClock();
        await using var sandbox = await SandboxServer.StartAsync(new SandboxOptions { TimeProvider = clock }, None);
        var key = sandbox.CreateKey();
        using var kms = sandbox.Kms();
        async Task<int> PassAsync(int calls)
        {
            var passed = 0;
            for (var i = 0; i < calls; i++)
            {
                try
                {
                    await kms.DescribeKeyAsync(key, None);
                    passed++;
                }
                catch (AmazonServiceException e) when (e.ErrorCode == "ThrottlingException")
                {
                }
            }
            return passed;
        }

        using (var limit = sandbox.Faults.Add(r => r.Service == "kms", FaultAction.Throttle, FaultLimit.Above(rate: 50, burst: 5)))
        {
            Assert.Equal(5, await PassAsync(7));
            clock.Advance(TimeSpan.FromMilliseconds(60));
            Assert.Equal(3, await PassAsync(7));
            clock.Advance(TimeSpan.FromHours(1));
            Assert.Equal(5, await PassAsync(7));
            Assert.Equal((21, 8), (limit.Seen, limit.Strikes));
        }

        using var outage = sandbox.Faults.Add(r => r.Service == "kms", FaultAction.Throttle, FaultLimit.For(TimeSpan.FromSeconds(30)));
        Assert.Equal(0, await PassAsync(2));
        clock.Advance(TimeSpan.FromSeconds(29));
        Assert.Equal(0, await PassAsync(1));
        clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(2, await PassAsync(2));
    }

    [Fact]
    public async Task Answers_errors_as_each_service_does()
    {
        using (_sandbox.Faults.Add(_ => true, FaultAction.Throttle, SandboxFaults.Always))
        {
            Assert.Equal(("SlowDown", HttpStatusCode.ServiceUnavailable), await ErrorAsync(() => _s3.ListBucketsAsync(None)));
            using var kms = _sandbox.Kms();
            Assert.Equal(("ThrottlingException", HttpStatusCode.BadRequest), await ErrorAsync(() => kms.ListKeysAsync(new ListKeysRequest(), None)));
            using var sts = _sandbox.Sts();
            Assert.Equal(("Throttling", HttpStatusCode.BadRequest), await ErrorAsync(() => sts.GetCallerIdentityAsync(new(), None)));
        }

        using var skew = _sandbox.Faults.Add(_ => true, FaultAction.SkewClock(TimeSpan.FromHours(-2)), SandboxFaults.Always);
        using var answer = await _http.GetAsync(Url("x"), None);
        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        Assert.InRange(answer.Headers.Date!.Value, DateTimeOffset.UtcNow.AddMinutes(-121), DateTimeOffset.UtcNow.AddMinutes(-119));
        Assert.Contains("<Code>RequestTimeTooSkewed</Code>", await answer.Content.ReadAsStringAsync(None), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Refuses_connections_and_listens_at_the_same_address_again()
    {
        _sandbox.Objects.Put(Bucket, "x", "x"u8);
        Assert.Equal("x", await GetAsync("x"));
        await _sandbox.RefuseConnectionsAsync();
        var refused = await Assert.ThrowsAsync<HttpRequestException>(() => GetAsync("x"));
        Assert.Equal(SocketError.ConnectionRefused, (refused.InnerException as SocketException)?.SocketErrorCode);
        await _sandbox.AcceptConnectionsAsync(None);
        Assert.Equal("x", await GetAsync("x"));
    }

    [Fact]
    public async Task Resets_a_connection()
    {
        _sandbox.Faults.Add(_ => true, FaultAction.Reset);
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, new Uri(_sandbox.HttpUrl).Port, None);
        await socket.SendAsync("GET /bucket HTTP/1.1\r\nHost: localhost\r\n\r\n"u8.ToArray(), None);
        var error = await Assert.ThrowsAsync<SocketException>(async () => await socket.ReceiveAsync(new byte[100], None));
        Assert.Equal(SocketError.ConnectionReset, error.SocketErrorCode);
    }

    [Fact]
    public async Task Strikes_the_text_of_answers()
    {
        _sandbox.Objects.Put(Bucket, "a b+c%", "x"u8);
        var recorder = new Recorder();
        using var s3 = new AmazonS3Client(
            new BasicAWSCredentials(_sandbox.Admin.AccessKeyId, _sandbox.Admin.SecretAccessKey),
            new AmazonS3Config { ServiceURL = _sandbox.HttpUrl, MaxErrorRetry = 0, MaxStaleConnectionRetries = 0, HttpClientFactory = recorder });
        async Task<string?> ListAsync(FaultAction action)
        {
            using var fault = _sandbox.Faults.Add(r => r.Operation == "ListObjectsV2", action);
            var request = new ListObjectsV2Request { BucketName = Bucket, Encoding = EncodingType.Url };
            try
            {
                await s3.ListObjectsV2Async(request, None);
            }
            catch (Exception)
            {
                // What the SDK makes of it is another matter.
            }
            return recorder.Text;
        }

        var whole = (await ListAsync(FaultAction.Delay(TimeSpan.FromMilliseconds(1))))!;
        Assert.Contains("<EncodingType>url</EncodingType>", whole, StringComparison.Ordinal);
        Assert.Contains("<Key>a+b%2Bc%25</Key>", whole, StringComparison.Ordinal);
        Assert.Equal(whole[..100], await ListAsync(FaultAction.Shorten(100)));
        Assert.Equal(whole[..whole.IndexOf("<Contents>", StringComparison.Ordinal)], await ListAsync(FaultAction.EndBefore("<Contents>")));
        Assert.Equal(whole + "x", await ListAsync(FaultAction.Append("x")));
        Assert.Equal("", await ListAsync(FaultAction.AnswerNothing));
        Assert.StartsWith("<!DOCTYPE html>", await ListAsync(FaultAction.AnswerHtml));
        Assert.Equal(whole.Length, (await ListAsync(FaultAction.SlowBody(100_000)))?.Length);
        Assert.DoesNotContain("<Size>", await ListAsync(FaultAction.WithoutElement("Size")), StringComparison.Ordinal);
        var unencoded = await ListAsync(FaultAction.ListWithoutEncoding);
        Assert.Contains("<Key>a b+c%</Key>", unencoded, StringComparison.Ordinal);
        Assert.DoesNotContain("EncodingType", unencoded, StringComparison.Ordinal);
        Assert.DoesNotContain("<NextContinuationToken>", await ListAsync(FaultAction.RepeatToken), StringComparison.Ordinal);
        var endless = await ListAsync(FaultAction.SameToken);
        Assert.Contains("<IsTruncated>true</IsTruncated>", endless, StringComparison.Ordinal);
        Assert.Contains("<NextContinuationToken>", endless, StringComparison.Ordinal);
        Assert.DoesNotContain("<NextContinuationToken>", await ListAsync(FaultAction.TruncateWithoutToken), StringComparison.Ordinal);
        Assert.Contains("<Code>InternalError</Code>", await ListAsync(FaultAction.FailWithin200("InternalError")), StringComparison.Ordinal);
        Assert.Null(await ListAsync(FaultAction.CutBody(100)));
    }

    [Fact]
    public async Task Stalls_in_the_middle_of_XML()
    {
        using var stall = _sandbox.Faults.Add(_ => true, FaultAction.StallBody(50));
        var getting = GetAsync("");
        await stall.Struck;
        while (stall.Waiting == 0)
        {
            await Task.Yield();
        }
        Assert.Equal(50, _sandbox.Requests.All[^1].BytesSent);
        Assert.False(getting.IsCompleted);
        stall.Release();
        Assert.EndsWith("</ListBucketResult>", await getting);
    }

    [Fact]
    public async Task Strikes_headers_of_requests_and_answers()
    {
        _sandbox.Objects.Put(Bucket, "x", "0123456789"u8);
        async Task<HttpResponseMessage> RangeAsync(FaultAction action)
        {
            using var fault = _sandbox.Faults.Add(_ => true, action);
            using var request = new HttpRequestMessage(HttpMethod.Get, Url("x")) { Headers = { Range = new(2, 3) } };
            return await _http.SendAsync(request, None);
        }

        using (var whole = await RangeAsync(FaultAction.IgnoreHeader("Range")))
        {
            Assert.Equal((HttpStatusCode.OK, "0123456789"), (whole.StatusCode, await whole.Content.ReadAsStringAsync(None)));
        }
        using (var weak = await RangeAsync(FaultAction.WeakenETags))
        {
            Assert.True(weak.Headers.ETag!.IsWeak);
        }
        using (var without = await RangeAsync(FaultAction.WithoutHeader("ETag")))
        {
            Assert.Null(without.Headers.ETag);
        }
        using var other = await RangeAsync(FaultAction.WithHeader("Content-Range", "bytes 0-1/10"));
        Assert.Equal(0, other.Content.Headers.ContentRange!.From);
    }

    [Fact]
    public async Task Strikes_bodies_on_their_way_up()
    {
        using (var slow = _sandbox.Faults.Add(_ => true, FaultAction.SlowUpload(1_000_000)))
        {
            var begun = TimeProvider.System.GetTimestamp();
            await PutAsync(new byte[300_000]);
            Assert.InRange(TimeProvider.System.GetElapsedTime(begun), TimeSpan.FromSeconds(0.25), TimeSpan.FromSeconds(30));
        }
        Assert.Equal(300_000, _sandbox.Objects.Get(Bucket, "x").Size);

        _sandbox.Objects.Delete(Bucket, "x");
        using (_sandbox.Faults.Add(_ => true, FaultAction.CutUpload(1000)))
        {
            await Assert.ThrowsAsync<HttpRequestException>(() => PutAsync(new byte[300_000]));
        }
        Assert.False(_sandbox.Objects.Exists(Bucket, "x"));

        using var stall = _sandbox.Faults.Add(_ => true, FaultAction.StallUpload(1000));
        var putting = PutAsync(new byte[300_000]);
        await stall.Struck;
        Assert.False(_sandbox.Objects.Exists(Bucket, "x"));
        stall.Release();
        await putting;
        Assert.True(_sandbox.Objects.Exists(Bucket, "x"));
    }

    [Theory]
    [InlineData(5, 5, 5, false)]
    [InlineData(5, 5, 1, false)]
    [InlineData(5, 5, 6, true)]
    [InlineData(5, 6, 5, true)]
    public async Task Knows_the_parts_that_R2_refuses(int first, int second, int last, bool refused)
    {
        _sandbox.Faults.Add(StoreRules.CompletesUnevenParts(), FaultAction.Fail(400, "InvalidPart"), SandboxFaults.Always);
        var upload = (await _s3.InitiateMultipartUploadAsync(Bucket, "x", None)).UploadId;
        var parts = new List<PartETag>();
        foreach (var (size, i) in (new[] { first, second, last }).Select((size, i) => (size, i)))
        {
            var part = await _s3.UploadPartAsync(new UploadPartRequest
            {
                BucketName = Bucket, Key = "x", UploadId = upload, PartNumber = i + 1, InputStream = new MemoryStream(new byte[size << 20]),
            }, None);
            parts.Add(new PartETag(part));
        }
        var complete = new CompleteMultipartUploadRequest { BucketName = Bucket, Key = "x", UploadId = upload, PartETags = parts };
        if (refused)
        {
            Assert.Equal(("InvalidPart", HttpStatusCode.BadRequest), await ErrorAsync(() => _s3.CompleteMultipartUploadAsync(complete, None)));
        }
        else
        {
            await _s3.CompleteMultipartUploadAsync(complete, None);
        }
    }

    [Fact]
    public async Task Knows_requests_with_checksums()
    {
        using var refuse = _sandbox.Faults.Add(StoreRules.HasChecksum, FaultAction.Fail(501, "NotImplemented"), SandboxFaults.Always);
        var put = new PutObjectRequest { BucketName = Bucket, Key = "x", ContentBody = "x", ChecksumCRC32 = "jNwSDg==" };
        Assert.Equal(("NotImplemented", HttpStatusCode.NotImplemented), await ErrorAsync(() => _s3.PutObjectAsync(put, None)));
        await PutAsync([1]);
    }

    [Fact]
    public async Task Stands_before_another_S3_with_its_faults_and_its_log()
    {
        _sandbox.Objects.Put(Bucket, "a/../b c", "0123456789"u8);
        await using var front = await SandboxServer.StartAsync(new SandboxOptions { Upstream = new Uri(_sandbox.HttpUrl) }, None);
        using var s3 = new AmazonS3Client(
            new BasicAWSCredentials(_sandbox.Admin.AccessKeyId, _sandbox.Admin.SecretAccessKey),
            new AmazonS3Config { ServiceURL = front.HttpUrl, MaxErrorRetry = 0, MaxStaleConnectionRetries = 0 });
        await s3.PutObjectAsync(new PutObjectRequest { BucketName = Bucket, Key = "x", ContentBody = "x", Metadata = { ["a"] = "1" } }, None);
        Assert.Equal("1", _sandbox.Objects.Metadata(Bucket, "x")["a"]);
        using (var got = await s3.GetObjectAsync(new GetObjectRequest { BucketName = Bucket, Key = "a/../b c", ByteRange = new ByteRange(2, 4) }, None))
        {
            Assert.Equal("234", await new StreamReader(got.ResponseStream).ReadToEndAsync(None));
        }
        Assert.Equal(1, (await s3.GetObjectMetadataAsync(Bucket, "x", None)).ContentLength);
        Assert.Equal(("NoSuchKey", HttpStatusCode.NotFound), await ErrorAsync(() => s3.GetObjectAsync(Bucket, "none", None)));

        front.Faults.DropReply(r => r.Operation == "DeleteObject");
        await Assert.ThrowsAnyAsync<Exception>(() => s3.DeleteObjectAsync(Bucket, "x", None));
        Assert.False(_sandbox.Objects.Exists(Bucket, "x"));
        front.Faults.Add(r => r.Operation == "ListObjectsV2", FaultAction.WithoutElement("Key"));
        Assert.All((await s3.ListObjectsV2Async(new ListObjectsV2Request { BucketName = Bucket }, None)).S3Objects, item => Assert.Null(item.Key));
        Assert.Equal(["PutObject", "GetObject", "HeadObject", "GetObject", "DeleteObject", "ListObjectsV2"], front.Requests.All.Select(r => r.Operation));
    }

    /// <summary>Which of these requests a fault of this limit strikes.</summary>
    private async Task<bool[]> StrikesAsync(FaultLimit limit, params string[] keys)
    {
        using var fault = _sandbox.Faults.Add(r => r.Operation == "HeadObject", FaultAction.Fail(503, "SlowDown"), limit);
        var struck = new List<bool>();
        foreach (var key in keys)
        {
            using var request = new HttpRequestMessage(HttpMethod.Head, Url(key, verb: HttpVerb.HEAD));
            using var answer = await _http.SendAsync(request, None);
            struck.Add(answer.StatusCode == HttpStatusCode.ServiceUnavailable);
        }
        return [.. struck];
    }

    private Task<string> GetAsync(string key) => _http.GetStringAsync(Url(key), None);

    private async Task PutAsync(byte[] bytes)
    {
        using var answer = await _http.PutAsync(Url("x", verb: HttpVerb.PUT), new ByteArrayContent(bytes), None);
        answer.EnsureSuccessStatusCode();
    }

    private string Url(string key, HttpVerb verb = HttpVerb.GET) => _s3.GetPreSignedURL(new GetPreSignedUrlRequest
    {
        BucketName = Bucket, Key = key, Verb = verb, Protocol = Protocol.HTTP, Expires = DateTime.UtcNow.AddMinutes(5),
    });

    private static async Task<(string, HttpStatusCode)> ErrorAsync(Func<Task> action)
    {
        var error = await Assert.ThrowsAnyAsync<AmazonServiceException>(action);
        return (error.ErrorCode, error.StatusCode);
    }

    /// <summary>Keeps the text of the last answer, before the SDK reads it.</summary>
    private sealed class Recorder : HttpClientFactory
    {
        public string? Text { get; private set; }

        public override HttpClient CreateHttpClient(IClientConfig clientConfig) => new(new Handler(this));

        private sealed class Handler(Recorder recorder) : DelegatingHandler(new SocketsHttpHandler { UseProxy = false })
        {
            protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
            {
                recorder.Text = null;
                var answer = await base.SendAsync(request, cancellationToken);
                await answer.Content.LoadIntoBufferAsync(cancellationToken);
                recorder.Text = await answer.Content.ReadAsStringAsync(cancellationToken);
                return answer;
            }
        }
    }

    /// <summary>A clock whose time passes when the test says so.</summary>
    private sealed class ManualClock : TimeProvider
    {
        private long _ticks;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Volatile.Read(ref _ticks);

        public void Advance(TimeSpan time) => Interlocked.Add(ref _ticks, time.Ticks);
    }
}
