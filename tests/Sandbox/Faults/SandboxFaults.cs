namespace CseKms.Sandbox;

/// <summary>
/// Faults that a test orders in advance. Each is a rule of three parts: which requests it looks for (operation, bucket,
/// key, part, ordinal …), what it does to them (<see cref="FaultAction"/>) and how often (<see cref="FaultLimit"/>).
/// All that strike a request strike together; disposing one takes it back.
/// </summary>
public sealed class SandboxFaults
{
    /// <summary>Strikes until taken back.</summary>
    public const int Always = int.MaxValue;

    private readonly Lock _lock = new();
    private readonly List<Fault> _faults = [];
    private readonly TimeProvider _clock;

    internal SandboxFaults(TimeProvider clock) => _clock = clock;

    /// <summary>Orders a fault.</summary>
    /// <param name="match">Asked of every arriving request, one after the other.</param>
    /// <param name="action">What it does.</param>
    /// <param name="times">How often; once unless told otherwise.</param>
    public Fault Add(Func<SandboxRequest, bool> match, FaultAction action, FaultLimit? times = null)
    {
        var fault = new Fault(this, match, action, times ?? 1);
        lock (_lock)
        {
            _faults.Add(fault);
        }
        return fault;
    }

    /// <inheritdoc cref="FaultAction.Fail"/>
    public Fault Fail(Func<SandboxRequest, bool> match, int status, string code, string? message = null, FaultLimit? times = null) =>
        Add(match, FaultAction.Fail(status, code, message), times);

    /// <inheritdoc cref="FaultAction.Delay"/>
    public Fault Delay(Func<SandboxRequest, bool> match, TimeSpan delay, FaultLimit? times = null) => Add(match, FaultAction.Delay(delay), times);

    /// <inheritdoc cref="FaultAction.Drop"/>
    public Fault Drop(Func<SandboxRequest, bool> match, FaultLimit? times = null) => Add(match, FaultAction.Drop, times);

    /// <inheritdoc cref="FaultAction.DropReply"/>
    public Fault DropReply(Func<SandboxRequest, bool> match, FaultLimit? times = null) => Add(match, FaultAction.DropReply, times);

    /// <inheritdoc cref="FaultAction.CutBody"/>
    public Fault CutBody(Func<SandboxRequest, bool> match, long after, FaultLimit? times = null) => Add(match, FaultAction.CutBody(after), times);

    /// <inheritdoc cref="FaultAction.StallBody"/>
    public Fault StallBody(Func<SandboxRequest, bool> match, long after, FaultLimit? times = null) => Add(match, FaultAction.StallBody(after), times);

    /// <inheritdoc cref="FaultAction.FlipByte"/>
    public Fault FlipByte(Func<SandboxRequest, bool> match, long offset, FaultLimit? times = null) => Add(match, FaultAction.FlipByte(offset), times);

    /// <inheritdoc cref="FaultAction.Hold"/>
    public Fault Hold(Func<SandboxRequest, bool> match, FaultLimit? times = null) => Add(match, FaultAction.Hold, times ?? Always);

    /// <inheritdoc cref="FaultAction.HoldReply"/>
    public Fault HoldReply(Func<SandboxRequest, bool> match, FaultLimit? times = null) => Add(match, FaultAction.HoldReply, times ?? Always);

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
                if (fault.Claims(request, _clock))
                {
                    (striking ??= []).Add(fault);
                }
            }
        }
        request.IsStruck = striking is not null;
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
}
