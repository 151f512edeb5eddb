using System.Diagnostics;
using System.Management.Automation;
using System.Management.Automation.Runspaces;
using Xunit;

namespace CseKms.Tests.Pump;

public sealed class PumpTests(SandboxFixture sandbox) : IDisposable
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    private readonly UserSession _session = new(sandbox);

    [Theory]
    [InlineData("foreach ($once in 1) { Receive-CseS3Object -KeyPrefix p -Destination d @s3 | ForEach-Object { $seen.Set(); break } }")]
    [InlineData("Receive-CseS3Object -KeyPrefix p -Destination d @s3 | ForEach-Object { $seen.Set(); throw 'enough' }")]
    [InlineData("Get-CseS3Object $bucket -Prefix p/ | Receive-CseS3Object -Destination d -KmsKeyId $key | ForEach-Object { $seen.Set(); throw 'enough' }")]
    [InlineData("Receive-CseS3Object -KeyPrefix p -AsString @s3 | ForEach-Object { $seen.Set(); throw 'enough' }")]
    public async Task Whoever_stops_reading_stops_the_work(string script)
    {
        _session.Store(Enumerable.Range(0, 40).Select(i => $"p/{i:D2}"));
        using var seen = new ManualResetEventSlim();
        _session.Set("seen", seen);
        using var first = sandbox.Server.Faults.Hold(request => IsGet(request) && request.Key == "p/00");
        using var others = sandbox.Server.Faults.Hold(request => IsGet(request) && request.Key != "p/00");
        var running = _session.Begin(script);
        Until(() => first.Waiting == 1 && others.Waiting > 8, "many objects are asked for at once");

        first.Release();
        Assert.True(seen.Wait(Limit, TestContext.Current.CancellationToken));
        await running.WaitAsync(Soon, TestContext.Current.CancellationToken);
        NothingIsLeft();
        Assert.Equal("enough", (await running).Terminating?.ToString() ?? "enough");
    }

    [Theory]
    [InlineData("Receive-CseS3Object -KeyPrefix p -Destination d @s3")]
    [InlineData("Get-CseS3Object $bucket | Receive-CseS3Object -Destination d -KmsKeyId $key")]
    [InlineData("Receive-CseS3Object -Key p/00 -File d @s3")]
    public async Task Stop_ends_the_work(string script)
    {
        _session.Store(Enumerable.Range(0, 40).Select(i => $"p/{i:D2}"));
        using var held = sandbox.Server.Faults.StallBody(IsGet, after: 1, times: int.MaxValue);
        var running = _session.Begin(script);
        await held.Struck.WaitAsync(Limit, TestContext.Current.CancellationToken);

        _session.Stop();
        await running.WaitAsync(Soon, TestContext.Current.CancellationToken);
        Assert.Empty((await running).Output);
        NothingIsLeft();
    }

    [Fact]
    public async Task Stop_removes_the_temporary_file()
    {
        using (var large = File.Create(_session.Folder.File("large")))
        {
            large.SetLength(40 << 20);
        }

        _session.Run("Send-CseS3Object large @s3").Good();
        sandbox.Server.Requests.Clear();
        using var held = sandbox.Server.Faults.StallBody(request => IsGet(request) && request.Ordinal > 1, after: 1, times: int.MaxValue);
        var running = _session.Begin("Receive-CseS3Object -Key large -File received @s3");
        Until(() => _session.Folder.Entries.Any(entry => entry.StartsWith(".cse-", StringComparison.Ordinal)), "the temporary file is there");
        await held.Struck.WaitAsync(Limit, TestContext.Current.CancellationToken);

        _session.Stop();
        await running.WaitAsync(Soon, TestContext.Current.CancellationToken);
        Assert.Equal(["large"], _session.Folder.Entries);
        NothingIsLeft();
    }

    [Fact]
    public async Task Stop_ends_a_listing()
    {
        using var held = sandbox.Server.Faults.Hold(request => request.Operation == "ListObjectsV2" && request.Bucket == _session.Bucket);
        var running = _session.Begin("Get-CseS3Object $bucket");
        await held.Struck.WaitAsync(Limit, TestContext.Current.CancellationToken);
        _session.Stop();
        await running.WaitAsync(Soon, TestContext.Current.CancellationToken);
        NothingIsLeft();
    }

    [Theory]
    [InlineData("Send-CseS3Object large @s3")]
    [InlineData("Send-CseS3Object small, large @s3 | ForEach-Object { throw 'enough' }")]
    public async Task No_upload_stays_open(string script)
    {
        _session.Write("small");
        using (var large = File.Create(_session.Folder.File("large")))
        {
            large.SetLength(40 << 20);
        }

        using var parts = sandbox.Server.Faults.Hold(request => request.Operation == "UploadPart" && request.Bucket == _session.Bucket);
        using var small = sandbox.Server.Faults.Hold(request => request.Operation == "PutObject" && request.Bucket == _session.Bucket);
        var running = _session.Begin(script);
        await parts.Struck.WaitAsync(Limit, TestContext.Current.CancellationToken);
        Assert.Equal(1, sandbox.Server.Objects.OpenUploads(_session.Bucket));
        if (script.Contains("throw"))
        {
            small.Release();
        }
        else
        {
            _session.Stop();
        }

        await running.WaitAsync(Soon, TestContext.Current.CancellationToken);
        Assert.Equal(0, sandbox.Server.Objects.OpenUploads(_session.Bucket));
        Assert.DoesNotContain("large", _session.Keys);
        NothingIsLeft();
    }

    [Fact]
    public async Task The_end_of_a_call_ends_its_running_items()
    {
        _session.Store(Enumerable.Range(0, 40).Select(i => $"p/{i:D2}"));
        using var failing = sandbox.Server.Faults.Fail(request => IsGet(request) && request.Key == "p/03", 404, "NoSuchBucket", times: 1);
        using var others = sandbox.Server.Faults.StallBody(request => IsGet(request) && request.Key != "p/03", after: 1, times: int.MaxValue);
        var running = _session.Begin("Receive-CseS3Object -KeyPrefix p -Destination d @s3");
        await running.WaitAsync(Limit, TestContext.Current.CancellationToken);
        Assert.Equal("NoSuchBucket", (await running).Terminating?.Id());
        NothingIsLeft();
    }

    [Fact]
    public void A_cmdlet_may_be_disposed_of_twice()
    {
        _session.Run("foreach ($type in [CseKms.Commands.SendCseS3ObjectCommand], [CseKms.Commands.ReceiveCseS3ObjectCommand], [CseKms.Commands.GetCseS3ObjectCommand]) { $cmdlet = $type::new(); $cmdlet.Dispose(); $cmdlet.Dispose() }").Good();
    }

    [Theory]
    [InlineData("Receive-CseS3Object -AsString -ThrottleLimit 4 @s3")]
    [InlineData("Get-CseS3Object -BucketName $bucket -ThrottleLimit 4")]
    public void Results_stream_while_the_pipe_still_feeds(string command)
    {
        _session.Store(Enumerable.Range(0, 100).Select(i => $"p/{i:D2}"));
        var output = _session.Run($$"""
            $global:results = 0
            & { foreach ($i in 0..99) { [pscustomobject]@{ Key = 'p/{0:D2}' -f $i } }; $global:beforeTheEnd = $results } |
                {{command}} | ForEach-Object { $global:results++ }
            $beforeTheEnd, $results
            """).Good().Output;
        Assert.InRange((int)output[0].BaseObject, 100 - (2 * 4), 100);
        Assert.Equal(100, output[1].BaseObject);
    }

    [Fact]
    public void A_slow_reader_holds_the_work_back()
    {
        _session.Store(Enumerable.Range(0, 300).Select(i => $"p/{i:D3}"));
        sandbox.Server.Requests.Clear();
        _session.Set("started", new Func<int>(() => sandbox.Server.Requests.Count("GetObject")));
        _session.Set("allThatMayStart", new Func<bool>(() => SpinWait.SpinUntil(() => sandbox.Server.Requests.Count("GetObject") >= 4, Limit)));
        var ahead = _session.Run("""
            $results = 0
            Receive-CseS3Object -KeyPrefix p -AsString -ThrottleLimit 4 @s3 | ForEach-Object {
                if ($results -eq 0 -and -not $allThatMayStart.Invoke()) { throw 'The work stands still.' }
                $started.Invoke() - $results
                $results++
            }
            """).Good().Output.Select(item => (int)item.BaseObject).ToArray();
        Assert.Equal(300, ahead.Length);
        Assert.InRange(ahead.Max(), 1, 4 + 1);
    }

    [Fact]
    public async Task ThrottleLimit_is_how_many_requests_run_at_once()
    {
        _session.Store(Enumerable.Range(0, 20).Select(i => $"p/{i:D2}"));
        using var held = sandbox.Server.Faults.Hold(IsGet);
        var running = _session.Begin("Receive-CseS3Object -KeyPrefix p -AsString -ThrottleLimit 3 @s3");
        Until(() => held.Waiting == 3, "three are asked for");
        held.Release();
        await running.WaitAsync(Limit, TestContext.Current.CancellationToken);
        Assert.Equal(20, (await running).Good().Output.Count);
        Assert.Throws<InvalidOperationException>(() => _session.Run("Get-CseS3Object $bucket -ThrottleLimit 0").Good());
    }

    [Fact]
    public void One_progress_bar_at_most_five_times_a_second()
    {
        _session.Store(Enumerable.Range(0, 40).Select(i => $"p/{i:D2}"));
        using var slow = sandbox.Server.Faults.Delay(IsGet, TimeSpan.FromMilliseconds(30), int.MaxValue);
        using var runspace = RunspaceFactory.CreateRunspace(new EngineHost(TextWriter.Null), InitialSessionState.CreateDefault2());
        runspace.Open();
        using var shell = PowerShell.Create(runspace);
        shell.AddScript("param($module, $s3) Import-Module $module; Receive-CseS3Object -KeyPrefix p -AsString -ThrottleLimit 1 @s3; Remove-Module CseKms")
            .AddArgument(BuiltModule.Import).AddArgument(_session.Run("$s3").Output.Single());
        var clock = Stopwatch.StartNew();
        var running = shell.BeginInvoke();
        Assert.True(running.AsyncWaitHandle.WaitOne(Limit));
        Assert.Equal(40, shell.EndInvoke(running).Count);

        var bars = shell.Streams.Progress.Where(record => record.Activity.Contains(_session.Bucket)).ToArray();
        Assert.InRange(bars.Length, 2, (int)(clock.Elapsed / TimeSpan.FromMilliseconds(200)) + 1);
        Assert.Single(bars.Select(bar => bar.ActivityId).Distinct());
        Assert.All(bars[..^1], bar => Assert.Equal(ProgressRecordType.Processing, bar.RecordType));
        Assert.Equal(ProgressRecordType.Completed, bars[^1].RecordType);
        Assert.StartsWith("40 of 40 objects", bars[^1].StatusDescription);
        Assert.Equal($"Receiving from {_session.Bucket}", bars[^1].Activity);
    }

    [Theory]
    [InlineData("Receive-CseS3Object -KeyPrefix p -Destination d -ThrottleLimit 2 @s3", 40)]
    [InlineData("Receive-CseS3Object -KeyPrefix p -Destination d -ThrottleLimit 2 @s3 | Select-Object -First 30", 30)]
    [InlineData("Receive-CseS3Object -KeyPrefix p -AsString -ThrottleLimit 2 @s3 | Select-Object -First 30", 30)]
    [InlineData("try { Receive-CseS3Object -KeyPrefix p -Destination d -ThrottleLimit 2 @s3 | ForEach-Object { $_; if (++$i -eq 30) { throw 'up' } } } catch { }", 30)]
    public void The_bar_is_gone_when_rows_come_and_when_the_call_has_ended(string script, int rows)
    {
        _session.Store(Enumerable.Range(0, 40).Select(i => $"p/{i:D2}"));
        using var slow = sandbox.Server.Faults.Delay(IsGet, TimeSpan.FromMilliseconds(30), int.MaxValue);
        using var runspace = RunspaceFactory.CreateRunspace(new EngineHost(TextWriter.Null), InitialSessionState.CreateDefault2());
        runspace.Open();
        using var shell = PowerShell.Create(runspace);
        shell.AddScript($"param($module, $s3, $folder) $null = $ExecutionContext.SessionState.Path.SetLocation($folder); Import-Module $module; {script}; Remove-Module CseKms")
            .AddArgument(BuiltModule.Import).AddArgument(_session.Run("$s3").Output.Single()).AddArgument(_session.Folder.Path);
        var bars = new List<ProgressRecordType>();
        var rowsBesideTheBar = 0;
        shell.Streams.Progress.DataAdded += (_, added) => bars.Add(shell.Streams.Progress[added.Index].RecordType);
        var output = new PSDataCollection<PSObject>();
        output.DataAdded += (_, _) => rowsBesideTheBar += bars is [.., ProgressRecordType.Processing] ? 1 : 0;
        shell.Invoke(null, output);

        Assert.Equal(rows, output.Count);
        Assert.Contains(ProgressRecordType.Processing, bars);
        Assert.Equal(ProgressRecordType.Completed, bars[^1]);
        if (!script.Contains("-AsString", StringComparison.Ordinal))
        {
            Assert.Equal(0, rowsBesideTheBar);
        }
    }

    [Fact]
    public void No_percentage_is_shown_before_the_whole_is_known()
    {
        _session.Store(Enumerable.Range(0, 40).Select(i => $"p/{i:D2}"));
        using var slow = sandbox.Server.Faults.Delay(IsGet, TimeSpan.FromMilliseconds(30), int.MaxValue);
        using var runspace = RunspaceFactory.CreateRunspace(new EngineHost(TextWriter.Null), InitialSessionState.CreateDefault2());
        runspace.Open();
        using var shell = PowerShell.Create(runspace);
        shell.AddScript("param($module, $s3) Import-Module $module; Receive-CseS3Object -KeyPrefix p -AsString -ThrottleLimit 1 @s3; Remove-Module CseKms")
            .AddArgument(BuiltModule.Import).AddArgument(_session.Run("$s3").Output.Single());
        shell.Invoke();
        var bars = shell.Streams.Progress.Where(record => record.Activity.Contains(_session.Bucket)).ToArray();
        Assert.All(bars, bar => Assert.Equal(bar.StatusDescription.Contains(" of 40 objects", StringComparison.Ordinal), bar.PercentComplete >= 0));
        Assert.True(bars[0].PercentComplete < 0 && bars[^1].PercentComplete == 100);
        Assert.Contains(bars, bar => bar.CurrentOperation.StartsWith($"{_session.Bucket}/p/", StringComparison.Ordinal));
    }

    [Fact]
    public void A_call_that_took_no_time_shows_no_progress()
    {
        using var runspace = RunspaceFactory.CreateRunspace(new EngineHost(TextWriter.Null), InitialSessionState.CreateDefault2());
        runspace.Open();
        using var shell = PowerShell.Create(runspace);
        shell.AddScript("param($module) Import-Module $module; 1..2000 | ForEach-Object { $null } | Send-CseS3Object -BucketName x; Remove-Module CseKms").AddArgument(BuiltModule.Import);
        shell.Invoke();
        Assert.DoesNotContain(shell.Streams.Progress, record => record.Activity.StartsWith("Sending", StringComparison.Ordinal));
    }

    public void Dispose() => _session.Dispose();

    private bool IsGet(CseKms.Sandbox.SandboxRequest request) => request.Operation == "GetObject" && request.Bucket == _session.Bucket;

    // Right after a call: no request runs (the sandbox sees the end of a connection a moment later), and no temporary file is there.
    private void NothingIsLeft()
    {
        Assert.DoesNotContain(_session.Folder.Entries, entry => Path.GetFileName(entry).StartsWith(".cse-", StringComparison.Ordinal));
        Until(() => sandbox.Server.Requests.InFlight == 0, "no request runs");

        // What was on the wire when the call ended may still arrive, but nothing comes after it.
        var count = -1;
        Until(() => !SpinWait.SpinUntil(() => count != (count = sandbox.Server.Requests.All.Count), 100), "no request follows");
        Assert.Equal(0, sandbox.Server.Requests.InFlight);
    }

    private static void Until(Func<bool> condition, string what) => Assert.True(SpinWait.SpinUntil(condition, Limit), $"Not seen: {what}.");
}
