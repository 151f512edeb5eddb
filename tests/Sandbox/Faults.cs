namespace CseKms.Sandbox;

/// <summary>
/// Faults that a test orders in advance. Each is given as a predicate over the arriving request (operation, bucket,
/// key, part, and its ordinal among the requests of its operation) and the number of times it strikes.
/// All whose predicate holds strike together; disposing one takes it back.
/// </summary>
public sealed class SandboxFaults
{
    /// <summary>Strikes until taken back.</summary>
    public const int Always = int.MaxValue;

    private readonly Lock _lock = new();
    private readonly List<Fault> _faults = [];

    /// <summary>Answers an error of AWS instead of doing anything, such as 503 SlowDown or 409 ConditionalRequestConflict.</summary>
    public Fault Fail(Func<SandboxRequest, bool> match, int status, string code, string? message = null, int times = 1) =>
        Add(new Fault(this, match, times) { Error = () => new AwsException(status, code, message ?? DefaultMessage(code)) });

    /// <summary>Waits before doing anything.</summary>
    public Fault Delay(Func<SandboxRequest, bool> match, TimeSpan delay, int times = 1) =>
        Add(new Fault(this, match, times) { DelayBy = delay });

    /// <summary>Closes the connection before anything is read or done.</summary>
    public Fault Drop(Func<SandboxRequest, bool> match, int times = 1) =>
        Add(new Fault(this, match, times) { DropBefore = true });

    /// <summary>Does what was asked, then closes the connection without a reply.</summary>
    /// <remarks>
    /// The SDK for .NET takes this for a stale connection and sends again, beside its MaxErrorRetry and with the same
    /// attempt number, up to its MaxStaleConnectionRetries; so order it more than once, or set that to 0, to see the loss.
    /// </remarks>
    public Fault DropReply(Func<SandboxRequest, bool> match, int times = 1) =>
        Add(new Fault(this, match, times) { DropAfter = true });

    /// <summary>Closes the connection after so many bytes of the answer's body.</summary>
    public Fault CutBody(Func<SandboxRequest, bool> match, long after, int times = 1) =>
        Add(new Fault(this, match, times) { CutAfter = after });

    /// <summary>Stops sending after so many bytes of the answer's body, until <see cref="Fault.Release"/>.</summary>
    public Fault StallBody(Func<SandboxRequest, bool> match, long after, int times = 1) =>
        Add(new Fault(this, match, times) { StallAfter = after });

    /// <summary>Flips the lowest bit of one byte of the answer's body; a negative offset counts from its end.</summary>
    public Fault FlipByte(Func<SandboxRequest, bool> match, long offset, int times = 1) =>
        Add(new Fault(this, match, times) { FlipAt = offset });

    /// <summary>Blocks the request before anything is read or done, until <see cref="Fault.Release"/>.</summary>
    public Fault Hold(Func<SandboxRequest, bool> match, int times = Always) =>
        Add(new Fault(this, match, times) { HoldBefore = true });

    /// <summary>Does what was asked and blocks the reply, until <see cref="Fault.Release"/>.</summary>
    public Fault HoldReply(Func<SandboxRequest, bool> match, int times = Always) =>
        Add(new Fault(this, match, times) { HoldAfter = true });

    /// <summary>Takes all faults back and releases whatever they hold.</summary>
    public void Clear()
    {
        Fault[] faults;
        lock (_lock)
        {
            faults = [.. _faults];
            _faults.Clear();
        }
        foreach (var fault in faults)
        {
            fault.Release();
        }
    }

    internal FaultPlan PlanFor(SandboxRequest request)
    {
        List<Fault>? striking = null;
        lock (_lock)
        {
            foreach (var fault in _faults)
            {
                if (fault.Remaining > 0 && fault.Match(request))
                {
                    fault.Remaining--;
                    (striking ??= []).Add(fault);
                }
            }
        }
        striking?.ForEach(fault => fault.Strike(request));
        return striking is null ? FaultPlan.None : new FaultPlan(striking);
    }

    internal void Remove(Fault fault)
    {
        lock (_lock)
        {
            _faults.Remove(fault);
        }
    }

    private Fault Add(Fault fault)
    {
        lock (_lock)
        {
            _faults.Add(fault);
        }
        return fault;
    }

    private static string DefaultMessage(string code) => code switch
    {
        "SlowDown" => "Please reduce your request rate.",
        "InternalError" => "We encountered an internal error. Please try again.",
        "ServiceUnavailable" => "Service is unable to handle request.",
        "ConditionalRequestConflict" => "The conditional request cannot succeed due to a conflicting operation against this resource.",
        "ThrottlingException" => "Rate exceeded",
        _ => code,
    };
}

/// <summary>One ordered fault. Dispose it to take it back and to release what it holds.</summary>
public sealed class Fault : IDisposable
{
    private readonly SandboxFaults _owner;
    private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<SandboxRequest> _struck = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _strikes;
    private int _waiting;

    internal Fault(SandboxFaults owner, Func<SandboxRequest, bool> match, int times)
    {
        _owner = owner;
        Match = match;
        Remaining = times;
    }

    /// <summary>How often it has struck.</summary>
    public int Strikes => Volatile.Read(ref _strikes);

    /// <summary>Requests that it blocks now.</summary>
    public int Waiting => Volatile.Read(ref _waiting);

    /// <summary>The first request that it struck, once there is one.</summary>
    public Task<SandboxRequest> Struck => _struck.Task;

    internal Func<SandboxRequest, bool> Match { get; }

    internal int Remaining { get; set; }

    internal Func<AwsException>? Error { get; init; }

    internal TimeSpan DelayBy { get; init; }

    internal bool DropBefore { get; init; }

    internal bool DropAfter { get; init; }

    internal bool HoldBefore { get; init; }

    internal bool HoldAfter { get; init; }

    internal long? CutAfter { get; init; }

    internal long? StallAfter { get; init; }

    internal long? FlipAt { get; init; }

    /// <summary>Lets go what it blocks, for good.</summary>
    public void Release() => _released.TrySetResult();

    public void Dispose()
    {
        _owner.Remove(this);
        Release();
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

/// <summary>What the faults that struck a request ask for.</summary>
internal sealed class FaultPlan(IReadOnlyList<Fault> faults)
{
    public static readonly FaultPlan None = new([]);

    public bool DropBefore => faults.Any(f => f.DropBefore);

    public bool DropAfter => faults.Any(f => f.DropAfter);

    public AwsException? Error => faults.FirstOrDefault(f => f.Error is not null)?.Error!();

    public long? CutAfter => faults.FirstOrDefault(f => f.CutAfter is not null)?.CutAfter;

    public Fault? Stall => faults.FirstOrDefault(f => f.StallAfter is not null);

    public long? FlipAt => faults.FirstOrDefault(f => f.FlipAt is not null)?.FlipAt;

    public bool TouchesBody => faults.Any(f => f.CutAfter is not null || f.StallAfter is not null || f.FlipAt is not null);

    public async Task BeforeAsync(CancellationToken cancellationToken)
    {
        foreach (var fault in faults)
        {
            if (fault.DelayBy > TimeSpan.Zero)
            {
                await Task.Delay(fault.DelayBy, cancellationToken);
            }
            if (fault.HoldBefore)
            {
                await fault.BlockAsync(cancellationToken);
            }
        }
    }

    public async Task AfterAsync(CancellationToken cancellationToken)
    {
        foreach (var fault in faults.Where(f => f.HoldAfter))
        {
            await fault.BlockAsync(cancellationToken);
        }
    }
}
