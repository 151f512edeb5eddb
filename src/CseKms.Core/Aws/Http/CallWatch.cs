using System.Diagnostics;
using CseKms.Core.Settings;

namespace CseKms.Core.Aws.Http;

/// <summary>
/// Watches all requests of one call of the engine, their headers and bodies: whether bytes move, whether requests succeed. On a slow line
/// one request may wait long while others move, so a stall is judged by the call. Thread-safe.
/// </summary>
internal sealed class CallWatch
{
    // A request outside of any call is watched by itself.
    private static readonly AsyncLocal<CallWatch?> Ambient = new();

    private readonly object _gate = new();
    private readonly HashSet<WatchedRequest> _requests = [];
    private readonly TimeSpan _period;
    private Timer? _timer;
    private long _moved = Stopwatch.GetTimestamp();
    private long _progressed = Stopwatch.GetTimestamp();
    private int _waiting;
    private string? _waitedFor;

    public CallWatch(TimeLimits limits)
    {
        Limits = limits;
        _period = TimeSpan.FromTicks(Math.Clamp(limits.Silence.Ticks / 20, TimeSpan.TicksPerMillisecond * 10, TimeSpan.TicksPerSecond));
    }

    /// <summary>The watch of the call that an asynchronous flow belongs to. Set where the work of a call starts.</summary>
    public static CallWatch Current
    {
        get => Ambient.Value ??= new CallWatch(new TimeLimits());
        set => Ambient.Value = value;
    }

    public TimeLimits Limits { get; }

    /// <summary>
    /// What the call waits for, when nothing came of it for <see cref="TimeLimits.Notice"/>: no byte, or no success of what is repeated.
    /// </summary>
    public string? WaitsInVain
    {
        get
        {
            lock (_gate)
            {
                var isRepeating = _waiting > 0 && Stopwatch.GetElapsedTime(_progressed) >= Limits.Notice;
                var isSilent = _requests.Any(request => request.Waited >= Limits.Notice) && Stopwatch.GetElapsedTime(_moved) >= Limits.Notice;
                return isRepeating || isSilent ? _waitedFor : null;
            }
        }
    }

    /// <summary>How long ago a request of the call succeeded, or the call began.</summary>
    public TimeSpan SinceProgress => Stopwatch.GetElapsedTime(Volatile.Read(ref _progressed));

    /// <summary>Bytes moved.</summary>
    public void Moved() => Volatile.Write(ref _moved, Stopwatch.GetTimestamp());

    /// <summary>A request succeeded, or bytes of a good answer came.</summary>
    public void Progressed() => Volatile.Write(ref _progressed, Stopwatch.GetTimestamp());

    /// <summary>Begins to watch a request.</summary>
    /// <param name="mayBeSilent">Whether the service works long before it answers.</param>
    /// <param name="description">What is asked of whom, without secrets.</param>
    /// <param name="cancellationToken">The caller's.</param>
    public WatchedRequest Begin(bool mayBeSilent, string description, CancellationToken cancellationToken)
    {
        var request = new WatchedRequest(this, mayBeSilent, cancellationToken);
        lock (_gate)
        {
            _requests.Add(request);
            _waitedFor = description;
            _timer ??= new Timer(static watch => ((CallWatch)watch!).EndStalled(), this, _period, _period);
        }

        return request;
    }

    /// <summary>Counts a request that waits to be repeated, until the result is disposed.</summary>
    public IDisposable Repeating()
    {
        lock (_gate)
        {
            _waiting++;
        }

        return new Repetition(this);
    }

    internal void End(WatchedRequest request)
    {
        lock (_gate)
        {
            if (_requests.Remove(request) && _requests.Count == 0)
            {
                _timer?.Dispose();
                _timer = null;
            }
        }
    }

    private void EndStalled()
    {
        WatchedRequest[] requests;
        lock (_gate)
        {
            requests = [.. _requests];
        }

        var silence = Stopwatch.GetElapsedTime(Volatile.Read(ref _moved));
        foreach (var request in requests)
        {
            request.EndIfStalled(silence);
        }
    }

    private sealed class Repetition(CallWatch watch) : IDisposable
    {
        public void Dispose()
        {
            lock (watch._gate)
            {
                watch._waiting--;
            }
        }
    }
}
