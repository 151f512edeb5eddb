namespace CseKms.Sandbox;

/// <summary>One ordered fault. Dispose it to take it back and to release what it holds.</summary>
public sealed class Fault : IDisposable
{
    private readonly SandboxFaults _owner;
    private readonly Func<SandboxRequest, bool> _match;
    private readonly FaultLimit _limit;
    private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<SandboxRequest> _struck = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _seen;
    private int _strikes;
    private int _waiting;

    internal Fault(SandboxFaults owner, Func<SandboxRequest, bool> match, FaultAction action, FaultLimit limit)
    {
        _owner = owner;
        _match = match;
        _limit = limit;
        Action = action;
    }

    /// <summary>How many requests matched, whether it struck them or not.</summary>
    public int Seen => Volatile.Read(ref _seen);

    /// <summary>How often it has struck.</summary>
    public int Strikes => Volatile.Read(ref _strikes);

    /// <summary>Requests that it blocks now.</summary>
    public int Waiting => Volatile.Read(ref _waiting);

    /// <summary>The first request that it struck, once there is one.</summary>
    public Task<SandboxRequest> Struck => _struck.Task;

    internal FaultAction Action { get; }

    /// <summary>Lets go what it blocks, for good.</summary>
    public void Release() => _released.TrySetResult();

    public void Dispose()
    {
        _owner.Remove(this);
        Release();
    }

    /// <summary>Whether it strikes this request; asked of one request after the other.</summary>
    internal bool Claims(SandboxRequest request, TimeProvider clock)
    {
        if (!_match(request))
        {
            return false;
        }
        Interlocked.Increment(ref _seen);
        return _limit.Admits(request, clock);
    }

    internal void Strike(SandboxRequest request)
    {
        Interlocked.Increment(ref _strikes);
        _struck.TrySetResult(request);
    }

    internal async Task BlockAsync(CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _waiting);
        try
        {
            await _released.Task.WaitAsync(cancellationToken);
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }
    }
}
