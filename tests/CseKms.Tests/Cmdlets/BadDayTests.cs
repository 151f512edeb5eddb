using CseKms.Sandbox;
using Xunit;

namespace CseKms.Tests.Cmdlets;

/// <summary>What a user sees of S3 on a bad day, and the cmdlets that clean up after it.</summary>
public sealed class BadDayTests(SandboxFixture sandbox) : IDisposable
{
    private readonly UserSession _session = new(sandbox);

    [Fact]
    public void An_upload_that_could_not_be_dropped_is_told_listed_and_removed()
    {
        _session.Store("kept");
        LeaveUpload("it's large");

        var listed = _session.Run("Get-CseS3Upload $bucket").Good().Output;
        Assert.Equal("it's large", Assert.Single(listed).Properties["Key"].Value);
        Assert.Equal(_session.Bucket, listed[0].Properties["BucketName"].Value);
        Assert.Equal(DateTimeKind.Local, ((DateTime)listed[0].Properties["Initiated"].Value).Kind);
        Assert.Empty(_session.Run("Get-CseS3Upload $bucket -OlderThan 1.00:00").Good().Output);
        Assert.Empty(_session.Run("Get-CseS3Upload $bucket other/").Good().Output);

        _session.Run("Get-CseS3Upload $bucket | Remove-CseS3Upload -WhatIf").Good();
        Assert.Equal(1, sandbox.Server.Objects.OpenUploads(_session.Bucket));
        _session.Run("Remove-CseS3Upload -BucketName $bucket -OlderThan 1.00:00").Good();
        Assert.Equal(1, sandbox.Server.Objects.OpenUploads(_session.Bucket));
        _session.Run("Get-CseS3Upload $bucket | Remove-CseS3Upload").Good();
        Assert.Equal(0, sandbox.Server.Objects.OpenUploads(_session.Bucket));
        Assert.Equal(["kept"], _session.Keys);
    }

    [Fact]
    public void The_warning_of_an_upload_that_is_left_is_the_line_that_removes_it()
    {
        var warning = LeaveUpload("it's large");

        var line = warning[warning.IndexOf("Remove-CseS3Upload", StringComparison.Ordinal)..].TrimEnd('.');
        _session.Run(line).Good();

        Assert.Equal(0, sandbox.Server.Objects.OpenUploads(_session.Bucket));
    }

    [Fact]
    public void An_upload_that_is_gone_is_an_error_about_its_object()
    {
        var result = _session.Run("Remove-CseS3Upload -BucketName $bucket -Key a -UploadId none");

        Assert.Equal(["UploadVanished"], result.Ids());
        Assert.Equal($"{_session.Bucket}/a", result.Errors[0].TargetObject);
    }

    [Fact]
    public void Archived_objects_are_errors_that_say_restore_or_are_passed_over()
    {
        _session.Run("'a', 'b' | ForEach-Object { Send-CseS3Object -Content $_ -Key p/$_ @s3 }").Good();
        sandbox.Server.Objects.Archive(_session.Bucket, "p/a");

        var failed = _session.Run("Receive-CseS3Object -KeyPrefix p -Destination one @s3");
        Assert.Equal(["ObjectArchived"], failed.Ids());
        Assert.Contains("-SkipArchived", failed.Errors[0].ToString());
        Assert.Single(failed.Output);

        var skipped = _session.Run("Receive-CseS3Object -KeyPrefix p -Destination two -SkipArchived @s3").Good();
        Assert.Equal(["p/b"], skipped.All("Key"));
    }

    [Fact]
    public void What_was_done_before_an_error_that_stops_is_told_in_it()
    {
        _session.Write(Enumerable.Range(0, 20).Select(i => $"in/{i:D2}"));
        using var fault = sandbox.Server.Faults.Fail(
            request => request.Operation == "PutObject" && request.Bucket == _session.Bucket && request.Key == "19", 403, "AccessDenied", times: SandboxFaults.Always);

        var error = _session.Ends("Send-CseS3Object in -Recurse -ThrottleLimit 1 -ErrorAction Stop @s3");

        Assert.Equal("S3AccessDenied", error.Id());
        Assert.Contains("19 of the call's objects were done", error.ToString());
        Assert.Equal(19, _session.Keys.Count);
    }

    [Fact]
    public void A_store_that_refuses_checksums_is_sent_none_when_asked()
    {
        _session.Write("large");
        using (var file = File.OpenWrite(_session.Folder.File("large")))
        {
            file.SetLength(26_000_000);
        }

        using var fault = sandbox.Server.Faults.Fail(
            request => request.Bucket == _session.Bucket && StoreRules.HasChecksum(request), 501, "NotImplemented", times: SandboxFaults.Always);

        Assert.Equal(["S3RequestFailed"], _session.Run("Send-CseS3Object -Content x -Key x @s3").Ids());
        _session.Run("Send-CseS3Object -Content x -Key x -RequestChecksumCalculation WHEN_REQUIRED @s3").Good();
        _session.Run("$env:AWS_REQUEST_CHECKSUM_CALCULATION = 'when_required'; try { Send-CseS3Object large -Key y @s3 } finally { $env:AWS_REQUEST_CHECKSUM_CALCULATION = $null }").Good();
        Assert.Equal(["x", "y"], _session.Keys);
    }

    [Theory]
    [InlineData("$env:AWS_MAX_ATTEMPTS = '2'", 500, "InternalError", 2)]
    [InlineData("$env:AWS_MAX_ATTEMPTS = '2'", 503, "SlowDown", 2)]
    [InlineData("$env:AWS_MAX_ATTEMPTS = '7'", 503, "SlowDown", 7)]
    [InlineData("$env:AWS_RETRY_MODE = 'standard'", 500, "InternalError", 3)]
    [InlineData("", 500, "InternalError", 5)]
    public void Attempts_are_as_many_as_the_user_set(string setting, int status, string code, int attempts)
    {
        using var fault = sandbox.Server.Faults.Fail(
            request => request.Operation == "PutObject" && request.Bucket == _session.Bucket, status, code, times: SandboxFaults.Always);

        var result = _session.Run($"{setting}; try {{ Send-CseS3Object -Content x -Key x @s3 }} finally {{ $env:AWS_MAX_ATTEMPTS = $env:AWS_RETRY_MODE = $null }}");

        Assert.Equal(["S3RequestFailed"], result.Ids());
        Assert.Equal(attempts, fault.Strikes);
    }

    [Fact]
    public async Task A_destination_that_goes_away_meanwhile_is_unwritable()
    {
        _session.Write("large");
        using (var file = File.OpenWrite(_session.Folder.File("large")))
        {
            file.SetLength(26_000_000);
        }

        _session.Run("Send-CseS3Object large -Key large @s3").Good();
        using var hold = sandbox.Server.Faults.Hold(request => request.Operation == "GetObject" && request.Bucket == _session.Bucket && request.Range != "bytes=0-12582927");

        var receiving = _session.Begin("Receive-CseS3Object -Key large -Destination gone @s3");
        await hold.Struck.WaitAsync(TestContext.Current.CancellationToken);
        Directory.Delete(_session.Folder.File("gone"), recursive: true);
        hold.Release();

        Assert.Equal(["DestinationUnwritable"], (await receiving).Ids());
    }

    [Fact]
    public void Temporary_files_of_killed_receives_are_removed_by_the_next_and_young_or_locked_ones_are_not()
    {
        _session.Run("Send-CseS3Object -Content x -Key x @s3").Good();
        _session.Write("out/.cse-00000000000000a1.tmp", "out/.cse-00000000000000a2.tmp", "out/.cse-00000000000000a3.tmp", "out/cse.tmp");
        string[] old = [".cse-00000000000000a1.tmp", ".cse-00000000000000a2.tmp", "cse.tmp"];
        Array.ForEach(old, name => File.SetLastWriteTimeUtc(_session.Folder.File($"out/{name}"), DateTime.UtcNow.AddHours(-25)));
        using var locked = new FileStream(_session.Folder.File("out/.cse-00000000000000a2.tmp"), FileMode.Open, FileAccess.ReadWrite, FileShare.None);

        _session.Run("Receive-CseS3Object -Key x -Destination out @s3").Good();

        Assert.Equal(
            [".cse-00000000000000a2.tmp", ".cse-00000000000000a3.tmp", "cse.tmp", "x"],
            Directory.EnumerateFiles(_session.Folder.File("out")).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    public void Dispose() => _session.Dispose();

    // S3 takes neither the end of the upload nor its removal.
    private string LeaveUpload(string key)
    {
        _session.Write("large");
        using (var file = File.OpenWrite(_session.Folder.File("large")))
        {
            file.SetLength(26_000_000);
        }

        _session.Set("large", key);
        using var fault = sandbox.Server.Faults.Fail(
            request => request.Bucket == _session.Bucket && request.Operation is "CompleteMultipartUpload" or "AbortMultipartUpload",
            403,
            "AccessDenied",
            times: SandboxFaults.Always);
        var result = _session.Run("Send-CseS3Object large -Key $large @s3");
        Assert.Equal(["S3AccessDenied"], result.Ids());
        return Assert.Single(result.Warnings);
    }
}
