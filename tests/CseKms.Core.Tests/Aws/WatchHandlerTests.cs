using System.Net;
using System.Net.Http.Headers;
using CseKms.Core.Aws.Http;
using CseKms.Core.Settings;
using Xunit;

namespace CseKms.Core.Tests.Aws;

/// <summary>Requests that stand still, and those that are only slow.</summary>
public sealed class WatchHandlerTests
{
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(300);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_slow_line_is_not_a_stalled_one()
    {
        CallWatch.Current = new CallWatch(new TimeLimits { Silence = TimeSpan.FromSeconds(2) });
        var content = TestContent.Of(30);
        var line = new Line(TimeSpan.FromMilliseconds(100));
        using var client = Client(line);

        // Three seconds in all.
        using var response = await client.PutAsync("http://localhost/", Pieces(content), Cancellation);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(content, line.Taken);
        Assert.Equal(30, line.Length);
    }

    [Fact]
    public async Task A_body_that_is_taken_no_further_ends_the_request()
    {
        CallWatch.Current = new CallWatch(new TimeLimits { Silence = Short });
        using var client = Client(new Line(Timeout.InfiniteTimeSpan));

        await Assert.ThrowsAsync<TimeoutException>(() => client.PutAsync("http://localhost/", Pieces(TestContent.Of(2)), Cancellation));
    }

    [Fact]
    public async Task A_body_that_waits_while_others_of_the_call_move_is_waited_for()
    {
        CallWatch.Current = new CallWatch(new TimeLimits { Silence = Short, LongSilence = 6 * Short });
        using var waiting = Client(new Line(Timeout.InfiniteTimeSpan));
        using var moving = Client(new Line(TimeSpan.FromMilliseconds(50)));

        var first = waiting.PutAsync("http://localhost/", Pieces(TestContent.Of(2)), Cancellation);
        using var second = await moving.PutAsync("http://localhost/", Pieces(TestContent.Of(20)), Cancellation);

        Assert.Equal(HttpStatusCode.OK, second.StatusCode);
        Assert.False(first.IsCompleted);
        await Assert.ThrowsAsync<TimeoutException>(() => first);
    }

    [Theory]
    [InlineData("POST", "http://localhost/bucket/key?uploadId=1", false)]
    [InlineData("PUT", "http://localhost/bucket/key", true)]
    public async Task What_S3_must_work_for_may_be_silent_for_longer(string method, string url, bool isCopy)
    {
        CallWatch.Current = new CallWatch(new TimeLimits { Silence = Short / 2 });
        using var client = Client(new Answer(() => new MemoryStream([1, 2]), after: 4 * Short));
        using var request = new HttpRequestMessage(new HttpMethod(method), url);
        if (isCopy)
        {
            request.Headers.Add("x-amz-copy-source", "bucket/other");
        }

        using var response = await client.SendAsync(request, Cancellation);

        Assert.Equal([1, 2], await response.Content.ReadAsByteArrayAsync(Cancellation));
    }

    [Fact]
    public async Task An_answer_that_stops_in_the_middle_ends_the_request()
    {
        CallWatch.Current = new CallWatch(new TimeLimits { Silence = Short });
        using var client = Client(new Answer(() => new Trickle(TimeSpan.Zero, stopsAfter: 100)));

        await Assert.ThrowsAsync<TimeoutException>(
            () => client.GetAsync("http://localhost/bucket?list-type=2", HttpCompletionOption.ResponseHeadersRead, Cancellation));
    }

    [Theory]
    [InlineData(null)]
    [InlineData(1L << 40)]
    public async Task An_answer_without_end_is_not_taken_into_memory(long? length)
    {
        CallWatch.Current = new CallWatch(new TimeLimits());
        using var client = Client(new Answer(() => new Zeros(), length: length));

        await Assert.ThrowsAsync<IOException>(
            () => client.GetAsync("http://localhost/bucket?list-type=2", HttpCompletionOption.ResponseHeadersRead, Cancellation));
    }

    [Theory]
    [InlineData(int.MaxValue)]
    [InlineData(100)]
    public async Task The_body_of_an_object_that_only_trickles_ends(int stopsAfter)
    {
        // A byte each 10 ms would put off a limit of silence for ever.
        CallWatch.Current = new CallWatch(new TimeLimits { Silence = 2 * Short, SlowBody = 4 * Short });
        using var client = Client(new Answer(() => new Trickle(TimeSpan.FromMilliseconds(10), stopsAfter)));
        using var request = new HttpRequestMessage(HttpMethod.Get, "http://localhost/bucket/key") { Headers = { Range = new RangeHeaderValue(0, 100_000) } };
        using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancellation);
        var body = await response.Content.ReadAsStreamAsync(Cancellation);

        await Assert.ThrowsAsync<TimeoutException>(() => body.CopyToAsync(Stream.Null, Cancellation));
    }

    [Fact]
    public async Task The_call_is_told_what_it_waits_for()
    {
        var watch = CallWatch.Current = new CallWatch(new TimeLimits { Silence = 4 * Short, Notice = Short });
        using var client = Client(new Line(Timeout.InfiniteTimeSpan));

        var request = client.PutAsync("http://localhost:81/bucket/key?secret", Pieces(TestContent.Of(2)), Cancellation);

        Assert.Null(watch.WaitsInVain);
        await Task.WhenAny(request, Task.Run(() => SpinWait.SpinUntil(() => watch.WaitsInVain is not null), Cancellation));
        Assert.Equal("http://localhost:81", watch.WaitsInVain);
        await Assert.ThrowsAsync<TimeoutException>(() => request);
        Assert.Null(watch.WaitsInVain);
    }

    [Fact]
    public async Task Who_cancels_is_told_so()
    {
        CallWatch.Current = new CallWatch(new TimeLimits());
        using var client = Client(new Line(Timeout.InfiniteTimeSpan));
        using var cancellation = new CancellationTokenSource(50);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => client.PutAsync("http://localhost/", Pieces(TestContent.Of(2)), cancellation.Token));
    }

    private static HttpClient Client(HttpMessageHandler network) => new(new WatchHandler(network));

    private static StreamContent Pieces(byte[] content) => new(new MemoryStream(content), bufferSize: 1);

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

    /// <summary>A connection that answers, after a while, with a body.</summary>
    private sealed class Answer(Func<Stream> body, TimeSpan after = default, long? length = null) : HttpMessageHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            await Task.Delay(after, cancellationToken);
            var content = new StreamContent(body());
            content.Headers.ContentLength ??= length;
            return new HttpResponseMessage { Content = content };
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

    /// <summary>A body that never ends.</summary>
    private sealed class Zeros : MemoryStream
    {
        public override bool CanSeek => false;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => new(buffer.Length);
    }

    /// <summary>A body that comes byte by byte, and stops for ever after so many.</summary>
    private sealed class Trickle(TimeSpan perByte, int stopsAfter) : MemoryStream
    {
        private int _came;

        public override bool CanSeek => false;

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            await Task.Delay(_came++ < stopsAfter ? perByte : Timeout.InfiniteTimeSpan, cancellationToken);
            buffer.Span[0] = 1;
            return 1;
        }
    }
}
