using System.Management.Automation;
using System.Threading.Channels;
using CseKms.Core;
using CseKms.Core.Aws.Identity;
using CseKms.Core.Session;
using CseKms.Errors;
using CseKms.Work;

namespace CseKms.Cmdlets;

/// <summary>
/// Bridges asynchronous work to the pipeline thread, once for all cmdlets. Work is queued from the pipeline thread and runs on the
/// thread pool; what comes of it is written by the pipeline thread while it queues more, waits, or ends. An object that was queued
/// keeps its place until its outcome is written: so a slow pipe downstream holds the work up, the queue of outcomes is bounded, and it
/// always has room. No worker outlives the cmdlet, on whatever way it ends.
/// </summary>
public abstract class AsyncCmdlet : PSCmdlet, IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(200);

    // Never disposed: it has neither timer nor handle, and StopProcessing may come at any time.
    private readonly CancellationTokenSource _stop = new();
    private readonly Channel<Outcome> _outcomes = Channel.CreateUnbounded<Outcome>();
    private readonly List<Outcome> _held = [];
    private readonly Queue<Outcome> _arrived = [];
    private readonly Failures _failures = new();
    private readonly object _lock = new();
    private HashSet<string> _givenToAll = [];
    private ProgressBar? _bar;
    private Task<bool>? _arrival;
    private Task _last = Task.CompletedTask;
    private int _running;
    private int _outstanding;
    private int _queued;
    private int _done;
    private int _throttleLimit;
    private bool _hasWarned;
    private bool _isEnding;

    /// <summary>How many objects are worked on at once, from 1 to 256; 16 unless given.</summary>
    [Parameter]
    [ValidateRange(1, 256)]
    [PSDefaultValue(Help = "16")]
    public virtual int ThrottleLimit { get; set; }

    /// <summary>What the progress bar says.</summary>
    private protected virtual string Activity => MyInvocation.MyCommand.Name;

    /// <summary>Whether outcomes are written in the order in which the work was queued.</summary>
    private protected virtual bool KeepsOrder => false;

    /// <summary>
    /// Whether outcomes may wait for the next look of the progress bar. They are rows then, and a console takes the bar away and puts it back for
    /// each write.
    /// </summary>
    private protected virtual bool HoldsRows => true;

    /// <summary>Counts for the progress bar.</summary>
    private protected TransferProgress Progress { get; } = new();

    /// <summary>Cancelled when the pipeline stops.</summary>
    internal CancellationToken StopToken => _stop.Token;

    private ProgressBar Bar => _bar ??= new ProgressBar(this, Progress, Activity);

    /// <summary>The endpoint that has been waited for in vain for a while, if one is.</summary>
    private protected virtual string? WaitsInVain => null;

    /// <summary>Who is asked to sign in when work needs it.</summary>
    private protected virtual ISignIn? SignIn => null;

    /// <summary>The throttle limit given, or the session's, or 16; fewer where the process may not have so many files open.</summary>
    private protected int EffectiveThrottleLimit => _throttleLimit > 0 ? _throttleLimit : _throttleLimit = FindThrottleLimit();

    /// <summary>Cancels the work and waits for its end. May be called twice; writes nothing.</summary>
    public void Dispose()
    {
        EndWork();
        _bar?.Abandon();

        // Where nobody takes the output any more, what was done is kept all the same; that it could not be, nobody can be told.
        _ = TakeArrived(withRequests: false);
        Release();
        GC.SuppressFinalize(this);
    }

    /// <summary>Gives up what the work used, when no work runs any more. May be called twice; writes nothing.</summary>
    private protected virtual void Release()
    {
    }

    /// <summary>Keeps receipts, before what came of the objects is written.</summary>
    /// <exception cref="IOException">They cannot be kept.</exception>
    /// <exception cref="UnauthorizedAccessException">They cannot be kept.</exception>
    private protected virtual void KeepReceipts(IReadOnlyList<Receipt> receipts)
    {
    }

    /// <summary>How many objects have their place at once, those included whose outcome waits to be written.</summary>
    private protected virtual int MostOutstanding => EffectiveThrottleLimit;

    /// <summary>Is told of each object whose error does not end the call.</summary>
    private protected virtual void NoteFailure()
    {
    }

    /// <inheritdoc/>
    protected override void BeginProcessing() =>
        _givenToAll = [.. MyInvocation.BoundParameters.Where(given => !IsAskedForEach(given.Value)).Select(given => given.Key)];

    /// <summary>Waits for the work that still runs and writes what comes of it.</summary>
    protected override void EndProcessing()
    {
        Progress.AllQueued();
        Finish();
        Bar.TakeAway();
    }

    /// <summary>Cancels the work and waits for its end. Called on another thread than the pipeline's.</summary>
    protected override void StopProcessing()
    {
        EndWork();
        _bar?.Forget();

        // A stopped pipeline writes nothing any more.
        foreach (var warning in Progress.TakeWarnings().Concat(TakeHalfDone()))
        {
            Host?.UI?.Warn(warning);
        }
    }

    private IEnumerable<string> TakeHalfDone()
    {
        while (_outcomes.Reader.TryRead(out var outcome))
        {
            if (LeavesHalfDone(outcome.Failure))
            {
                yield return outcome.Error!.Exception.Message;
            }
        }
    }

    // What a stop or the end of the call left so must not go unsaid.
    private static bool LeavesHalfDone(CseException? failure) =>
        failure?.ErrorId is ErrorId.InstructionFileNotStored or ErrorId.EnvelopeNotStored or ErrorId.CopyNotConfirmed;

    /// <summary>Runs what only the pipeline thread may do, for work on the thread pool.</summary>
    internal async Task<T> OnPipelineThreadAsync<T>(Func<T> action)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        _outcomes.Writer.TryWrite(new Outcome
        {
            Request = () =>
            {
                try
                {
                    done.TrySetResult(action());
                }
                catch (CseException failure)
                {
                    done.TrySetException(failure);
                }
            },
        });
        return await done.Task.WaitAsync(StopToken).ConfigureAwait(false);
    }

    /// <summary>Whether a parameter was given in this call, be it for this record alone.</summary>
    private protected bool IsGiven(string parameter) => MyInvocation.BoundParameters.ContainsKey(parameter);

    /// <summary>Whether a parameter was given once for all records: by no property, and no script block that is asked for each.</summary>
    private protected bool IsGivenToAll(string parameter) => _givenToAll.Contains(parameter);

    /// <summary>Queues work on one object when there is a place for it, and writes meanwhile what came of other work.</summary>
    /// <param name="target">What an error is about: the file, or the address of the object unless given.</param>
    /// <param name="address">The object, if it is one of S3.</param>
    /// <param name="count">How many objects it is about, the others like it.</param>
    /// <param name="failed">The receipts of its failure.</param>
    /// <param name="work">Runs on the thread pool.</param>
    private protected void Queue(
        string? target,
        ObjectAddress? address,
        int count,
        Func<ErrorRecord, IReadOnlyList<Receipt>> failed,
        Func<CancellationToken, Task<Finished>> work)
    {
        while (_outstanding >= MostOutstanding)
        {
            WriteOutcomes();
        }

        _outstanding++;
        var place = _queued++;
        Progress.Queued(count, target ?? $"{address}");
        var predecessor = KeepsOrder ? _last : Task.CompletedTask;
        _last = Start(async () =>
        {
            var outcome = await RunAsync(target, address, work).ConfigureAwait(false);
            outcome.Place = place;
            outcome.Receipts = outcome.Error is { } error ? failed(error) : outcome.Success?.Receipts ?? [];
            Progress.Done(count);
            await predecessor.ConfigureAwait(false);
            return _outcomes.Writer.TryWrite(outcome);
        });
        WriteArrived();
    }

    /// <summary>Waits for all that is queued, and writes what comes of it.</summary>
    private protected void Finish()
    {
        while (_outstanding > 0)
        {
            WriteOutcomes();
        }

        WriteHeld();
    }

    /// <summary>Waits on the pipeline thread for asynchronous work whose failure fails the call, and writes meanwhile what came of other work.</summary>
    private protected T Wait<T>(Func<CancellationToken, ValueTask<T>> work)
    {
        try
        {
            var task = Start(() => work(StopToken).AsTask());
            while (!task.IsCompleted)
            {
                WriteOutcomes(orUntil: task);
            }

            ThrowIfStopped();
            return task.GetAwaiter().GetResult();
        }
        catch (CseException failure)
        {
            throw Terminate(ErrorRecords.From(this, failure, null, null));
        }
        catch
        {
            // The caller may clean up what the work uses.
            EndWork();
            throw;
        }
    }

    /// <summary>
    /// Ends the call with an error. Running work is cancelled first, and what was done before is still written: an object that is stored
    /// must not go unsaid. Returns only to please the compiler.
    /// </summary>
    private protected Exception Terminate(ErrorRecord error)
    {
        Conclude(error);
        ThrowTerminatingError(error);
        return new PipelineStoppedException();
    }

    // Before the error that ends the call, all that was done is told: where the output is lost with the statement, the error still tells.
    private void Conclude(ErrorRecord error)
    {
        EndWork();
        _isEnding = true;
        Bar.TakeAway();
        if (TakeArrived(withRequests: false) is { } lost)
        {
            this.Warn($"Receipts of what was done last could not be written: {lost.Message}");
        }

        WriteHeld();
        while (_arrived.TryDequeue(out var outcome))
        {
            Write(outcome);
        }

        WriteWarnings();
        if (_done > 0)
        {
            error.ErrorDetails = new ErrorDetails($"{error.Exception.Message} Before it, {_done:N0} of the call's objects were done.");
        }
    }

    // The engine puts a type of its own, which nobody else sees, in the place of a script block.
    private static bool IsAskedForEach(object? given) =>
        given?.GetType() is { IsVisible: false } type && type.Assembly == typeof(PSCmdlet).Assembly;

    private async Task<Outcome> RunAsync(string? target, ObjectAddress? address, Func<CancellationToken, Task<Finished>> work)
    {
        try
        {
            return new Outcome { Success = await work(StopToken).ConfigureAwait(false) };
        }
        catch (OperationCanceledException) when (StopToken.IsCancellationRequested)
        {
            return new Outcome();
        }
        catch (CseException failure)
        {
            return new Outcome { Error = ErrorRecords.From(this, failure, target, address), Failure = failure };
        }
        catch (Exception e)
        {
            return new Outcome { Error = ErrorRecords.Unexpected(e, target, address) };
        }
    }

    private Task<T> Start<T>(Func<Task<T>> work)
    {
        lock (_lock)
        {
            _running++;
        }

        return Task.Run(async () =>
        {
            Core.Aws.Identity.SignIn.Current = SignIn;
            try
            {
                return await work().ConfigureAwait(false);
            }
            finally
            {
                lock (_lock)
                {
                    _running--;
                    Monitor.PulseAll(_lock);
                }
            }
        });
    }

    private void EndWork()
    {
        _stop.Cancel();
        lock (_lock)
        {
            while (_running > 0)
            {
                Monitor.Wait(_lock);
            }
        }
    }

    private int FindThrottleLimit()
    {
        var wanted = ThrottleLimit > 0 ? ThrottleLimit : SharedSession.Defaults.ThrottleLimit ?? SessionDefaults.UsualThrottleLimit;
        var possible = HandleLimit.ObjectsAtOnce(wanted);
        if (possible < wanted)
        {
            this.Warn($"This process may not have enough files open (ulimit -n) to work on {wanted} objects at once: {possible} are.");
        }

        return possible;
    }

    private void WriteOutcomes(Task? orUntil = null)
    {
        _arrival ??= _outcomes.Reader.WaitToReadAsync().AsTask();
        var isIdle = Task.WaitAny(orUntil is null ? [_arrival] : [_arrival, orUntil], Patience) < 0;
        WriteArrived();
        if (isIdle && !_hasWarned && WaitsInVain is { } endpoint)
        {
            _hasWarned = true;
            this.Warn($"{endpoint} has given no useful answer for 30 seconds. The call goes on trying, for 5 minutes without any progress.");
        }
    }

    private void WriteArrived()
    {
        ThrowIfStopped();
        if (TakeArrived(withRequests: true) is { } failure)
        {
            throw Terminate(ErrorRecords.ReceiptNotWritten(failure));
        }

        while (_arrived.TryDequeue(out var outcome))
        {
            _outstanding--;
            _held.Add(outcome);
            if (!HoldsRows || !Bar.IsShown || outcome.Error is not null)
            {
                WriteHeld();
            }
        }

        if (Bar.IsDue)
        {
            WriteHeld();
            Bar.Show();
        }

        WriteWarnings();
    }

    // What came at about the same time comes in the order in which it was named.
    private void WriteHeld()
    {
        if (_held.Count == 0)
        {
            return;
        }

        var wasShown = HoldsRows && Bar.TakeAway();
        _held.Sort(static (one, other) => other.Place.CompareTo(one.Place));
        while (_held is [.., var outcome])
        {
            _held.RemoveAt(_held.Count - 1);
            Write(outcome);
        }

        if (wasShown)
        {
            Bar.Show();
        }
    }

    // The receipts of all that have arrived are kept at once.
    private Exception? TakeArrived(bool withRequests)
    {
        var receipts = new List<Receipt>();
        var requests = new List<Action>();
        while (_outcomes.Reader.TryRead(out var outcome))
        {
            _arrival = null;
            if (outcome.Request is { } request)
            {
                requests.Add(request);
            }
            else
            {
                _arrived.Enqueue(outcome);
                receipts.AddRange(outcome.Receipts);
            }
        }

        try
        {
            if (receipts.Count > 0)
            {
                KeepReceipts(receipts);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return e;
        }

        // After the receipts: who is asked may end the call.
        if (withRequests)
        {
            requests.ForEach(request => request());
        }

        return null;
    }

    private void WriteWarnings()
    {
        foreach (var warning in Progress.TakeWarnings())
        {
            this.Warn(warning);
        }
    }

    // -ErrorAction, or else the preference; an error that is about to end the call must not leave outcomes behind.
    private bool StopsAtErrors =>
        (MyInvocation.BoundParameters.TryGetValue("ErrorAction", out var given) ? given : GetVariableValue("ErrorActionPreference"))
            is ActionPreference.Stop or "Stop";

    private void Write(Outcome outcome)
    {
        if (outcome.Error is { } error)
        {
            WriteFailure(error, outcome.Failure);
        }
        else
        {
            outcome.Success?.Write();
        }
    }

    /// <summary>Notes objects that were done, before what came of them is written.</summary>
    private protected void NoteDone(int objects)
    {
        _done += objects;
        if (objects > 0)
        {
            _failures.NoteSuccess();
        }
    }

    /// <summary>Writes the error of one object, or ends the call with it.</summary>
    /// <param name="error">The error.</param>
    /// <param name="failure">The failure of the engine that it tells of, if it is one.</param>
    private protected void WriteFailure(ErrorRecord error, CseException? failure)
    {
        if (_isEnding && LeavesHalfDone(failure))
        {
            this.Warn($"{error.TargetObject}: {error.Exception.Message}");
            return;
        }

        if (_isEnding)
        {
            this.Tell($"{error.TargetObject}: {error.Exception.Message}");
            return;
        }

        if (failure is not null && _failures.EndCall(failure))
        {
            throw Terminate(error);
        }

        if (StopsAtErrors)
        {
            Conclude(error);
        }

        NoteFailure();
        WriteError(error);
    }

    private void ThrowIfStopped()
    {
        if (StopToken.IsCancellationRequested)
        {
            throw new PipelineStoppedException();
        }
    }

    /// <summary>What came of an object: what there is to write, an error, or nothing when it was cancelled; or what work asks to have done.</summary>
    private sealed class Outcome
    {
        public int Place { get; set; }

        public Action? Request { get; init; }

        public Finished? Success { get; init; }

        public IReadOnlyList<Receipt> Receipts { get; set; } = [];

        public ErrorRecord? Error { get; init; }

        public CseException? Failure { get; init; }
    }
}
