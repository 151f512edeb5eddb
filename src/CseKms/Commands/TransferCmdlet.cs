using System.Collections.Concurrent;
using System.Diagnostics;
using System.Management.Automation;
using CseKms.Core;
using CseKms.Errors;

namespace CseKms.Commands;

/// <summary>
/// Bridges asynchronous work to the pipeline thread, once for all cmdlets. Work is queued from the pipeline thread and runs on the
/// thread pool; what it has to say comes back as actions that the pipeline thread runs while it queues more or waits for the end.
/// No worker outlives the cmdlet, on whatever way it ends.
/// </summary>
public abstract class TransferCmdlet : PSCmdlet, IDisposable
{
    private const int DenialsBeforeGivingUp = 10;
    private static readonly TimeSpan ProgressInterval = TimeSpan.FromMilliseconds(200);

    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<Task, bool> _workers = new();
    private readonly BlockingCollection<Action> _outcomes = [];
    private readonly Stopwatch _sinceProgress = Stopwatch.StartNew();
    private int _outstanding;
    private int _succeeded;
    private int _denied;
    private bool _showsProgress;
    private bool _disposed;

    /// <summary>How many objects are worked on at once, from 1 to 256; 16 unless given.</summary>
    [Parameter]
    [ValidateRange(1, 256)]
    [PSDefaultValue(Help = "16")]
    public int ThrottleLimit { get; set; }

    /// <summary>What the progress bar says.</summary>
    private protected abstract string Activity { get; }

    /// <summary>Counts for the progress bar.</summary>
    private protected TransferProgress Progress { get; } = new();

    /// <summary>Cancelled when the pipeline stops.</summary>
    private protected CancellationToken StopToken => _stop.Token;

    /// <summary>The throttle limit given, or the session's, or 16.</summary>
    private protected int EffectiveThrottleLimit =>
        ThrottleLimit > 0 ? ThrottleLimit : SharedSession.Defaults.ThrottleLimit ?? SessionDefaults.UsualThrottleLimit;

    /// <summary>Cancels the work and waits for its end. May be called twice; writes nothing.</summary>
    public void Dispose()
    {
        if (!_disposed)
        {
            _disposed = true;
            EndWork();
            _outcomes.Dispose();
            _stop.Dispose();
        }

        GC.SuppressFinalize(this);
    }

    /// <summary>Waits for the work that still runs and writes what it has to say.</summary>
    protected override void EndProcessing()
    {
        while (_outstanding > 0)
        {
            RunNextOutcome();
        }

        if (_showsProgress)
        {
            var last = Progress.ToRecord(Activity);
            last.RecordType = ProgressRecordType.Completed;
            WriteProgress(last);
        }
    }

    /// <summary>Cancels the work and waits for its end. Called on another thread than the pipeline's.</summary>
    protected override void StopProcessing() => EndWork();

    /// <summary>
    /// Queues work on one object. Waits, and writes what other work has to say, while twice the throttle limit is outstanding: so
    /// a slow pipe downstream holds the work up, and the pipe upstream is read only as fast as objects are done.
    /// </summary>
    /// <param name="target">What an error is about: the file, or the address of the object.</param>
    /// <param name="address">The object.</param>
    /// <param name="work">Runs on the thread pool; its result is written to the pipeline.</param>
    private protected void Queue(string? target, ObjectAddress address, Func<CancellationToken, Task<Action>> work)
    {
        while (_outstanding >= 2 * EffectiveThrottleLimit)
        {
            RunNextOutcome();
        }

        _outstanding++;
        Progress.Queued();
        var worker = Task.Run(() => RunAsync(target, address, work));
        _workers.TryAdd(worker, true);
        worker.ContinueWith(
            ended => _workers.TryRemove(ended, out _), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);

        // What is done already is written at once, so that results stream while the pipe still feeds.
        while (_outcomes.TryTake(out var outcome))
        {
            Run(outcome);
        }
    }

    /// <summary>Waits on the pipeline thread for asynchronous work whose failure fails the call.</summary>
    private protected T Wait<T>(Func<CancellationToken, ValueTask<T>> work)
    {
        try
        {
            var task = work(StopToken);
            return task.IsCompletedSuccessfully ? task.Result : task.AsTask().GetAwaiter().GetResult();
        }
        catch (OperationCanceledException) when (StopToken.IsCancellationRequested)
        {
            throw new PipelineStoppedException();
        }
        catch (CseFault fault)
        {
            throw Terminate(ErrorRecords.From(fault, null, null));
        }
    }

    /// <summary>Ends the call with an error, after its work has ended. Returns only to please the compiler.</summary>
    private protected Exception Terminate(ErrorRecord error)
    {
        EndWork();
        ThrowTerminatingError(error);
        return new PipelineStoppedException();
    }

    private async Task RunAsync(string? target, ObjectAddress address, Func<CancellationToken, Task<Action>> work)
    {
        Action outcome;
        try
        {
            var write = await work(StopToken).ConfigureAwait(false);
            outcome = () =>
            {
                _succeeded++;
                write();
            };
        }
        catch (OperationCanceledException) when (StopToken.IsCancellationRequested)
        {
            outcome = () => { };
        }
        catch (CseFault fault)
        {
            outcome = () => Report(fault, target, address);
        }
        catch (Exception e)
        {
            outcome = () => WriteError(new ErrorRecord(e, "Unexpected", ErrorCategory.NotSpecified, target ?? address.ToString()));
        }

        Progress.Done();
        _outcomes.Add(outcome);
    }

    private void Report(CseFault fault, string? target, ObjectAddress address)
    {
        var error = ErrorRecords.From(fault, target, address);
        if (ErrorRecords.EndsTheCall(fault.Fault)
            || (fault.Fault == Fault.KmsAccessDenied && ++_denied == DenialsBeforeGivingUp && _succeeded == 0))
        {
            throw Terminate(error);
        }

        WriteError(error);
    }

    private void RunNextOutcome()
    {
        if (_outcomes.TryTake(out var outcome, ProgressInterval))
        {
            Run(outcome);
        }
        else
        {
            ShowProgress();
        }

        if (StopToken.IsCancellationRequested)
        {
            throw new PipelineStoppedException();
        }
    }

    private void Run(Action outcome)
    {
        _outstanding--;
        outcome();
        ShowProgress();
    }

    private void ShowProgress()
    {
        if (_sinceProgress.Elapsed >= ProgressInterval)
        {
            _showsProgress = true;
            WriteProgress(Progress.ToRecord(Activity));
            _sinceProgress.Restart();
        }
    }

    private void EndWork()
    {
        try
        {
            _stop.Cancel();
        }
        catch (ObjectDisposedException)
        {
            return;
        }

        // Workers report how they end by their outcomes, so none of these tasks fails.
        Task.WaitAll([.. _workers.Keys]);
    }
}
