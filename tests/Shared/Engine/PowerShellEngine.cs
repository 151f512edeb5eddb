using System.Management.Automation;
using System.Management.Automation.Runspaces;
using Microsoft.PowerShell;

namespace CseKms.Tests.Shared;

/// <summary>
/// A session of PowerShell's engine inside this process, for what needs one process: faults of the sandbox, stops at a moment, another
/// AWSSDK. <see cref="EngineFiles.Serve"/> comes first.
/// </summary>
public sealed class PowerShellEngine : IDisposable
{
    private readonly Runspace _runspace;
    private volatile PowerShell? _running;

    /// <summary>Else the engine writes into the user's home, and to the network, behind the back of what runs in it.</summary>
    static PowerShellEngine() => Environment.SetEnvironmentVariable("POWERSHELL_TELEMETRY_OPTOUT", "1");

    /// <param name="host">Where output, warnings and errors are shown.</param>
    /// <param name="module">A module to import: its manifest or name.</param>
    public PowerShellEngine(EngineHost host, string? module = null)
    {
        var state = InitialSessionState.CreateDefault2();
        if (OperatingSystem.IsWindows())
        {
            state.ExecutionPolicy = ExecutionPolicy.Bypass;
        }
        _runspace = RunspaceFactory.CreateRunspace(host, state);
        _runspace.ThreadOptions = PSThreadOptions.ReuseThread;
        _runspace.Open();
        if (module is not null)
        {
            using var shell = Create();
            shell.AddCommand("Import-Module").AddParameter("Name", module).AddParameter("ErrorAction", ActionPreference.Stop).Invoke();
        }
    }

    /// <summary>Runs a script's text and returns what it put out.</summary>
    /// <param name="script">The text.</param>
    /// <param name="input">What the script reads as <c>$input</c>.</param>
    public EngineResult Invoke(string script, params object[] input)
    {
        using var shell = Create();
        shell.AddScript(script);
        var output = new List<PSObject>();
        ErrorRecord? terminating = null;
        try
        {
            Invoke(shell, () => shell.Invoke(input, output));
        }
        catch (RuntimeException e)
        {
            terminating = e.ErrorRecord;
        }
        return new EngineResult(
            output, [.. shell.Streams.Error], terminating,
            [.. shell.Streams.Warning.Select(warning => warning.Message)], [.. shell.Streams.Verbose.Select(verbose => verbose.Message)]);
    }

    /// <summary>Runs a script's text as if it were typed: what it puts out, and its errors, are shown by the host.</summary>
    public void Show(string script)
    {
        using var shell = Create();
        shell.AddScript(script);
        shell.Commands.Commands[0].MergeMyResults(PipelineResultTypes.Error, PipelineResultTypes.Output);
        shell.AddCommand("Out-Default");
        try
        {
            Invoke(shell, () => shell.Invoke());
        }
        catch (RuntimeException e)
        {
            // The mark by which Out-Default knows an error that it shall show as one.
            var error = PSObject.AsPSObject(e.ErrorRecord);
            error.Properties.Add(new PSNoteProperty("writeErrorStream", true));
            using var last = Create();
            last.AddCommand("Out-Default").AddParameter("InputObject", error).Invoke();
        }
    }

    /// <summary>Ends what is running, as Ctrl+C does. It does not wait: whoever runs it disposes it as soon as it ends.</summary>
    public void Stop() => _running?.BeginStop(null, null);

    public void Dispose() => _runspace.Dispose();

    private void Invoke(PowerShell shell, Action invoke)
    {
        _running = shell;
        try
        {
            invoke();
        }
        finally
        {
            _running = null;
        }
    }

    private PowerShell Create() => PowerShell.Create(_runspace);
}
