namespace CseKms.Core.Aws.Http;

/// <summary>What a request tells of the service that it asked.</summary>
internal enum PaceSignal
{
    /// <summary>Nothing: it was cancelled, or failed in a way that says nothing of the service's load.</summary>
    None,

    /// <summary>The service did what it was asked, or refused it for a reason of its own.</summary>
    Accepted,

    /// <summary>The service asked for fewer requests, or was not there.</summary>
    Throttled,
}

/// <summary>
/// How fast one service takes requests, learned from its answers and kept by all requests to it. Unlimited until it throttles; then about
/// what it accepted, raised again as it accepts all. When it accepts nothing, all wait, and single requests find out whether it is back.
/// Thread-safe.
/// </summary>
/// <remarks>
/// Some throttling does not depend on the rate: a part of all requests fails, or the first one of each key. Whether a lower rate lowers the
/// share of refusals tells; where it does not, the pace is left alone. Each rate is a generation: what a request tells counts only for the
/// rate that it was sent at.
/// </remarks>
/// <param name="time">The clock.</param>
internal sealed class Pace(TimeProvider time)
{
    private const int EnoughSignals = 20;
    private const double LowestRate = 1;
    private const double FirstRate = 20;
    private const double Margin = 1.05;

    // A service that accepts so much is asked at about its rate.
    private const double GoodShare = 0.88;

    private static readonly TimeSpan ShortestWindow = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan ShortWindow = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LongWindow = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan FirstHold = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LongestHold = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan FirstTrust = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LongestTrust = TimeSpan.FromMinutes(1);

    // How long a wait sleeps at most before it looks whether the pace has changed.
    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(50);

    private readonly object _gate = new();

    // Requests a second; infinite when nothing limits them.
    private double _rate = double.PositiveInfinity;
    private double _ceiling = double.PositiveInfinity;
    private long _next;
    private int _cleanWindows;
    private int _generation;

    private long _windowStart = time.GetTimestamp();
    private int _accepted;
    private int _throttled;

    // A window with refusals to compare with: signals a second, and the share of those accepted.
    private (double Rate, double Share)? _before;
    private long _trustedUntil;
    private double _trustedShare;
    private TimeSpan _trust = FirstTrust;

    private long _holdUntil;
    private TimeSpan _hold;
    private bool _isProbing;
    private bool _probeIsOut;
    private volatile bool _wasReached;

    /// <summary>Whether the service has ever answered. Where nothing ever did, the address may be mistyped.</summary>
    public bool WasReached => _wasReached;

    /// <summary>Waits until one more request may be sent. Each is followed by <see cref="Leave"/>.</summary>
    /// <returns>The generation that it belongs to.</returns>
    public async ValueTask<int> EnterAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var wait = TryEnter(out var generation);
            if (wait <= TimeSpan.Zero)
            {
                return generation;
            }

            await Task.Delay(wait < Glance ? wait : Glance, time, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Tells what came of a request that entered.</summary>
    public void Leave(PaceSignal signal, int generation)
    {
        lock (_gate)
        {
            _wasReached |= signal == PaceSignal.Accepted;
            if (generation != _generation)
            {
                return;
            }

            _probeIsOut = false;
            if (signal == PaceSignal.None)
            {
                return;
            }

            if (_isProbing)
            {
                EndProbe(signal);
                return;
            }

            _accepted += signal == PaceSignal.Accepted ? 1 : 0;
            _throttled += signal == PaceSignal.Throttled ? 1 : 0;
            var elapsed = time.GetElapsedTime(_windowStart);
            if (elapsed >= LongWindow
                || (elapsed >= ShortWindow && _accepted + _throttled >= EnoughSignals)
                || (elapsed >= ShortestWindow && _throttled >= EnoughSignals && _throttled > _accepted))
            {
                EndWindow(elapsed.TotalSeconds);
            }
        }
    }

    /// <summary>The service answered, be it with a refusal.</summary>
    public void Reached() => _wasReached = true;

    /// <summary>Enters, or tells how long it is until that may be worth another try.</summary>
    internal TimeSpan TryEnter(out int generation)
    {
        lock (_gate)
        {
            generation = _generation;
            var now = time.GetTimestamp();
            if (_isProbing)
            {
                if (now < _holdUntil || _probeIsOut)
                {
                    return _probeIsOut ? Glance : time.GetElapsedTime(now, _holdUntil);
                }

                _probeIsOut = true;
                return TimeSpan.Zero;
            }

            if (double.IsPositiveInfinity(_rate))
            {
                return TimeSpan.Zero;
            }

            if (now < _next)
            {
                return time.GetElapsedTime(now, _next);
            }

            // What was not used is not made up for.
            var step = (long)(time.TimestampFrequency / _rate);
            _next = Math.Max(_next + step, now - step);
            return TimeSpan.Zero;
        }
    }

    private void EndProbe(PaceSignal signal)
    {
        if (signal == PaceSignal.Throttled)
        {
            Hold();
            return;
        }

        _isProbing = false;
        _hold = TimeSpan.Zero;
        _rate = Math.Min(FirstRate, _ceiling);
        _generation++;
        BeginWindow();
    }

    private void EndWindow(double seconds)
    {
        var rate = (_accepted + _throttled) / seconds;
        var share = _accepted / (double)(_accepted + _throttled);
        if (_throttled == 0)
        {
            Raise(rate);
            _before = null;
        }
        else if (_accepted == 0)
        {
            _before = null;
            Hold();
        }
        else
        {
            Lower(rate, share);
        }

        BeginWindow();
    }

    private void BeginWindow()
    {
        (_accepted, _throttled) = (0, 0);
        _windowStart = time.GetTimestamp();
    }

    private void Raise(double rate)
    {
        _cleanWindows++;
        if (double.IsPositiveInfinity(_rate))
        {
            return;
        }

        // Fast up to what was accepted before, then ever bolder beyond.
        _rate = _rate < _ceiling ? Math.Min(_rate * 2, _ceiling) : _rate * (1 + (0.01 * _cleanWindows));
        if (_rate > 10 * rate && double.IsPositiveInfinity(_ceiling))
        {
            _rate = double.PositiveInfinity;
        }
        else if (_rate > 4 * _ceiling)
        {
            (_rate, _ceiling) = (double.PositiveInfinity, double.PositiveInfinity);
        }
    }

    private void Lower(double rate, double share)
    {
        _cleanWindows = 0;
        if (time.GetTimestamp() < _trustedUntil)
        {
            _before = null;
            if (share >= _trustedShare * 0.6)
            {
                return;
            }

            // It was the rate after all.
            (_trustedUntil, _trust) = (0, FirstTrust);
        }

        if (share >= GoodShare)
        {
            if (!double.IsPositiveInfinity(_rate))
            {
                _ceiling = double.IsPositiveInfinity(_ceiling) ? rate * share : Math.Max(rate * share, _ceiling * 0.9);
                _rate = Math.Min(_rate, _ceiling * Margin);
            }

            return;
        }

        // Only a rate tells that is clearly lower.
        if (_before is { } before && before.Rate / rate > 1.25 && IsIndependentOfRate(before, (rate, share)))
        {
            (_rate, _ceiling, _before) = (double.PositiveInfinity, double.PositiveInfinity, null);
            _trustedUntil = time.GetTimestamp() + (long)(_trust.TotalSeconds * time.TimestampFrequency);
            _trustedShare = share;
            _trust = Shorter(_trust * 2, LongestTrust);
            return;
        }

        _before = (rate, share);
        _ceiling = Math.Max(LowestRate, rate * share);
        _rate = _ceiling * Margin;
        _generation++;
    }

    // Were it the rate, a rate lower by a factor would have raised the share of those accepted by as much.
    private static bool IsIndependentOfRate((double Rate, double Share) before, (double Rate, double Share) now)
    {
        var fall = before.Rate / now.Rate;
        var rise = now.Share / before.Share;
        return rise > 0.8 && rise < (1 + fall) / 2;
    }

    private void Hold()
    {
        _isProbing = true;
        _probeIsOut = false;
        _generation++;
        _hold = _hold == TimeSpan.Zero ? FirstHold : Shorter(_hold * 2, LongestHold);
        _holdUntil = time.GetTimestamp() + (long)(_hold.TotalSeconds * time.TimestampFrequency);
    }

    private static TimeSpan Shorter(TimeSpan a, TimeSpan b) => a < b ? a : b;
}
