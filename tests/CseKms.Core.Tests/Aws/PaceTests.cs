using CseKms.Core.Aws.Http;
using Xunit;

namespace CseKms.Core.Tests.Aws;

/// <summary>A pace among workers of a service, in a time of their own that passes at once.</summary>
public sealed class PaceTests
{
    private static readonly TimeSpan Latency = TimeSpan.FromMilliseconds(5);

    [Fact]
    public void A_service_that_takes_all_is_not_slowed()
    {
        var run = new Run(requests: 2000, workers: 16, (_, _, _) => true);

        Assert.Equal(2000, run.Accepted);
        Assert.Equal(2000, run.Sent);
        Assert.InRange(run.Elapsed, TimeSpan.Zero, Latency * (2000 / 16 + 1));
    }

    [Theory]
    [InlineData(50, 50)]
    [InlineData(50, 500)]
    [InlineData(400, 400)]
    public void A_limited_rate_is_kept_within_a_tenth(int limit, int burst)
    {
        var bucket = new Bucket(limit, burst);

        var run = new Run(requests: limit * 40, workers: 16, (now, _, _) => bucket.Take(now));

        Assert.Equal(limit * 40, run.Accepted);
        Assert.InRange(run.RateBetween(5, 30), limit * 0.9, limit * 1.1);
        Assert.InRange(run.AcceptedBetween(5, 30), limit * 0.9, limit * 1.02);
        Assert.InRange(run.Sent, run.Accepted, run.Accepted * 1.1);
    }

    [Theory]
    [InlineData(50, 50)]
    [InlineData(50, 500)]
    [InlineData(200, 200)]
    public void A_busy_machine_does_not_hide_a_limited_rate(int limit, int burst)
    {
        var bucket = new Bucket(limit, burst);
        var hiccups = new Random(2);

        var run = new Run(requests: limit * 40, workers: 16, (now, _, _) => bucket.Take(now), TimeSpan.FromMilliseconds(5), hiccups);

        Assert.Equal(limit * 40, run.Accepted);
        Assert.InRange(run.Sent, run.Accepted, run.Accepted * 1.2);
    }

    [Theory]
    [InlineData(0.1)]
    [InlineData(0.2)]
    [InlineData(0.4)]
    public void Refusals_that_no_rate_avoids_do_not_slow(double share)
    {
        var random = new Random(1);
        var undisturbed = new Run(requests: 15_000, workers: 16, (_, _, _) => true, TimeSpan.FromMilliseconds(16)).Elapsed;

        var run = new Run(requests: 15_000, workers: 16, (_, _, _) => random.NextDouble() >= share, TimeSpan.FromMilliseconds(16));

        Assert.Equal(15_000, run.Accepted);
        Assert.InRange(run.Elapsed, TimeSpan.Zero, undisturbed * 3);
    }

    [Fact]
    public void A_refusal_of_each_first_request_does_not_slow()
    {
        var undisturbed = new Run(requests: 1500, workers: 16, (_, _, _) => true, TimeSpan.FromMilliseconds(16)).Elapsed;

        var run = new Run(requests: 1500, workers: 16, (_, _, attempt) => attempt > 1, TimeSpan.FromMilliseconds(16));

        Assert.Equal(1500, run.Accepted);
        Assert.InRange(run.Elapsed, TimeSpan.Zero, undisturbed * 3);
    }

    [Fact]
    public void An_outage_is_waited_for_with_few_requests_and_made_up_for()
    {
        var outage = (Start: 0.3, End: 30.3);

        var run = new Run(requests: 2000, workers: 16, (now, _, _) => now < outage.Start || now >= outage.End);

        Assert.Equal(2000, run.Accepted);
        Assert.InRange(run.Elapsed.TotalSeconds, outage.End, outage.End + 15);
        Assert.InRange(run.SentBetween(outage.Start + 2, outage.End), 1, 30);
    }

    /// <summary>Workers that send requests until all are accepted. A refused one waits a little, as RequestRunner has it wait.</summary>
    private sealed class Run
    {
        private readonly List<(double Time, bool IsAccepted)> _sent = [];

        public Run(int requests, int workers, Func<double, int, int, bool> accepts, TimeSpan? latency = null, Random? hiccups = null)
        {
            var clock = new Clock();
            var pace = new Pace(clock);
            var random = new Random(0);
            var events = new PriorityQueue<Worker, long>();
            var next = 0;
            for (var i = 0; i < Math.Min(workers, requests); i++)
            {
                events.Enqueue(new Worker(next++, 1, null), 0);
            }

            while (events.TryDequeue(out var worker, out var at))
            {
                clock.Now = at;
                if (worker.Generation is not { } generation)
                {
                    var wait = pace.TryEnter(out var entered);
                    if (wait <= TimeSpan.Zero)
                    {
                        events.Enqueue(worker with { Generation = entered }, at + (latency ?? Latency).Ticks + Hiccup());
                    }
                    else
                    {
                        events.Enqueue(worker, at + Math.Max(1, Math.Min(wait.Ticks, TimeSpan.FromMilliseconds(50).Ticks)));
                    }

                    continue;
                }

                var seconds = new TimeSpan(at).TotalSeconds;
                var isAccepted = accepts(seconds, worker.Request, worker.Attempt);
                _sent.Add((seconds, isAccepted));
                pace.Leave(isAccepted ? PaceSignal.Accepted : PaceSignal.Throttled, generation);
                if (!isAccepted)
                {
                    var backoff = random.NextDouble() * Math.Min(1, 0.005 * Math.Pow(2, worker.Attempt));
                    events.Enqueue(new Worker(worker.Request, worker.Attempt + 1, null), at + TimeSpan.FromSeconds(backoff).Ticks);
                }
                else if (next < requests)
                {
                    events.Enqueue(new Worker(next++, 1, null), at);
                }
            }

            Elapsed = new TimeSpan(clock.Now);

            // Now and then a request takes much longer, and stretches of time are worse than others.
            long Hiccup() => hiccups is null ? 0
                : TimeSpan.FromMilliseconds(hiccups.NextDouble() * (clock.Now / TimeSpan.TicksPerSecond % 3 == 0 ? 300 : 30)).Ticks;
        }

        public TimeSpan Elapsed { get; }

        public int Sent => _sent.Count;

        public int Accepted => _sent.Count(sent => sent.IsAccepted);

        public int SentBetween(double start, double end) => _sent.Count(sent => sent.Time >= start && sent.Time < end);

        public double RateBetween(double start, double end) => SentBetween(start, end) / (end - start);

        public double AcceptedBetween(double start, double end) =>
            _sent.Count(sent => sent.IsAccepted && sent.Time >= start && sent.Time < end) / (end - start);

        private sealed record Worker(int Request, int Attempt, int? Generation);
    }

    /// <summary>A service that takes so many requests a second, and so many at once after a rest.</summary>
    private sealed class Bucket(double rate, double burst)
    {
        private readonly double _most = burst;
        private double _tokens = burst;
        private double _last;

        public bool Take(double now)
        {
            _tokens = Math.Min(_most, _tokens + ((now - _last) * rate));
            _last = now;
            if (_tokens < 1)
            {
                return false;
            }

            _tokens--;
            return true;
        }
    }

    private sealed class Clock : TimeProvider
    {
        public long Now { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Now;
    }
}
