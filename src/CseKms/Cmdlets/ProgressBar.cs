using System.Diagnostics;
using System.Management.Automation;
using System.Management.Automation.Host;
using CseKms.Work;

namespace CseKms.Cmdlets;

/// <summary>The progress bar of a call. All but <see cref="Abandon"/> and <see cref="Forget"/> are for the pipeline thread.</summary>
internal sealed class ProgressBar(PSCmdlet cmdlet, TransferProgress progress, string activity)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);
    private static long _lastSource = 1L << 40;

    // The bar's own, so that it can be taken away when the cmdlet may write nothing any more.
    private readonly long _source = Interlocked.Increment(ref _lastSource);
    private readonly Stopwatch _sinceLast = Stopwatch.StartNew();
    private volatile bool _isShown;

    public bool IsShown => _isShown;

    /// <summary>Whether there is something to tell, and the last look is old enough.</summary>
    public bool IsDue => progress.HasObjects && _sinceLast.Elapsed >= Interval;

    public void Show()
    {
        _sinceLast.Restart();
        cmdlet.Report(_source, progress.Record(activity));
        _isShown = true;
    }

    /// <summary>Takes it away, if it is there.</summary>
    /// <returns>Whether it was.</returns>
    public bool TakeAway()
    {
        var wasShown = _isShown;
        if (wasShown)
        {
            _isShown = false;
            cmdlet.Report(_source, Gone());
        }

        return wasShown;
    }

    /// <summary>Takes it away when the pipeline has ended by itself, as after Select-Object -First.</summary>
    public void Abandon()
    {
        if (!_isShown || cmdlet.GetVariableValue("ProgressPreference") is ActionPreference.SilentlyContinue or ActionPreference.Ignore)
        {
            return;
        }

        _isShown = false;
        try
        {
            cmdlet.Host?.UI?.Report(_source, Gone());
        }
        catch (Exception e) when (e is HostException or InvalidOperationException or NotImplementedException)
        {
            // The host has none.
        }
    }

    /// <summary>Leaves it to the host, which takes it away itself when somebody stops the pipeline.</summary>
    public void Forget() => _isShown = false;

    private ProgressRecord Gone()
    {
        var record = progress.Record(activity);
        record.RecordType = ProgressRecordType.Completed;
        return record;
    }
}
