using System.Diagnostics;

namespace CseKms.Core.Aws.Http;

/// <summary>One request that a <see cref="CallWatch"/> ends when it stands still. Disposing ends the watch, not the request. Thread-safe.</summary>
internal sealed class WatchedRequest : IDisposable
{
    private const long SlowestBody = 1024;

    private readonly CallWatch _call;
    private readonly bool _mayBeSilent;
    private readonly CancellationTokenSource _stop;
    private long _waitingSince;
    private long _bodySince;
    private long _bodyBytes;
    private int _isEnded;

    public WatchedRequest(CallWatch call, bool mayBeSilent, CancellationToken cancellationToken)
    {
        (_call, _mayBeSilent) = (call, mayBeSilent);
        _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Caller = cancellationToken;
        Token = _stop.Token;
        _waitingSince = Stopwatch.GetTimestamp();
    }

    /// <summary>The caller's token.</summary>
    public CancellationToken Caller { get; }

    /// <summary>Cancelled by the caller, or when the request stands still.</summary>
    public CancellationToken Token { get; }

    /// <summary>Why the watch ended the request, if it did.</summary>
    public TimeoutException? Stall { get; private set; }

    /// <summary>How long it has been waiting for the network.</summary>
    public TimeSpan Waited => Volatile.Read(ref _waitingSince) is var since and not 0 ? Stopwatch.GetElapsedTime(since) : TimeSpan.Zero;

    /// <summary>A body, sent or received, begins to move.</summary>
    public void BodyBegins()
    {
        Interlocked.Exchange(ref _bodyBytes, 0);
        Volatile.Write(ref _bodySince, Stopwatch.GetTimestamp());
    }

    /// <summary>The network is waited for from now on.</summary>
    public void Waits() => Volatile.Write(ref _waitingSince, Stopwatch.GetTimestamp());

    /// <summary>Bytes of the body moved; the network is not waited for until <see cref="Waits"/>.</summary>
    public void Moved(int bytes)
    {
        Volatile.Write(ref _waitingSince, 0);
        Interlocked.Add(ref _bodyBytes, bytes);
        _call.Moved();
    }

    /// <summary>The body has moved; the answer is waited for.</summary>
    public void BodyEnds()
    {
        Volatile.Write(ref _bodySince, 0);
        Waits();
    }

    internal void EndIfStalled(TimeSpan silenceOfCall)
    {
        var limits = _call.Limits;
        var waited = Waited;
        if (waited >= limits.LongSilence)
        {
            End($"it stood still for {limits.LongSilence.TotalSeconds:0.#} seconds");
        }
        else if (!_mayBeSilent && waited >= limits.Silence && silenceOfCall >= limits.Silence)
        {
            End($"nothing was taken and nothing came for {limits.Silence.TotalSeconds:0.#} seconds");
        }
        else if (Volatile.Read(ref _bodySince) is var since and not 0 && Stopwatch.GetElapsedTime(since) is var elapsed && elapsed >= limits.SlowBody)
        {
            if (Interlocked.Read(ref _bodyBytes) < SlowestBody * elapsed.TotalSeconds)
            {
                End($"its body advanced by less than 1 KiB a second for {limits.SlowBody.TotalSeconds:0.#} seconds");
            }
            else
            {
                BodyBegins();
            }
        }
    }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isEnded, 1) == 0)
        {
            _call.End(this);
            _stop.Dispose();
        }
    }

    private void End(string why)
    {
        Stall = new TimeoutException(why);
        try
        {
            _stop.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It came to its end at the same moment.
        }
    }
}
