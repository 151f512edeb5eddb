using System.Diagnostics;
using System.Text.Json;
using CseKms.Sandbox;
using Xunit;

namespace CseKms.Tests.Cmdlets;

public sealed class ReceiptTests(SandboxFixture sandbox) : IDisposable
{
    private const string File = "run.jsonl";

    private readonly UserSession _session = new(sandbox);

    [Fact]
    public void Each_object_has_a_line_whether_done_or_failed_and_a_retry_runs_what_failed()
    {
        _session.Write(Enumerable.Range(0, 1000).Select(i => $"in/{i:D3}"));
        EngineResult first;
        using (sandbox.Server.Faults.Fail(
            request => request.Operation == "PutObject" && request.Bucket == _session.Bucket && request.Key!.EndsWith('7'), 403, "AccessDenied", times: SandboxFaults.Always))
        {
            first = _session.Run($"Send-CseS3Object in -Recurse @s3 -ReceiptPath {File}");
        }

        Assert.Equal((900, 100), (first.Output.Count, first.Errors.Count));
        var lines = Lines();
        Assert.Equal(Enumerable.Range(0, 1000).Select(i => $"{i:D3}"), lines.Select(line => line["Key"].GetString()).Order(StringComparer.Ordinal));
        Assert.All(lines, line =>
        {
            var failed = line["Key"].GetString()!.EndsWith('7');
            Assert.Equal(failed ? "Failed" : "Done", line["Status"].GetString());
            Assert.Equal(failed ? "S3AccessDenied" : null, line["ErrorId"].GetString());
            Assert.Equal(failed, line["RequestId"].GetString() is not null);
            Assert.Equal(failed ? JsonValueKind.Null : JsonValueKind.Object, line["Envelope"].ValueKind);
            Assert.Equal(_session.Folder.File($"in/{line["Key"]}"), line["Path"].GetString());
        });

        var retry = _session.Run($"Send-CseS3Object in -Recurse @s3 -ReceiptPath {File} -RetryFrom {File}").Good();

        Assert.Equal(Enumerable.Range(0, 100).Select(i => $"{i:D2}7"), retry.All("Key"));
        Assert.Equal(1000, _session.Keys.Count);
        Assert.Empty(_session.Run($"Send-CseS3Object in -Recurse @s3 -RetryFrom {File}").Good().Output);
    }

    [Fact]
    public void A_receipt_tells_what_was_stored_and_binds_by_property_name()
    {
        _session.Run($"Send-CseS3Object -Content 'secret text' -Key a @s3 -ReceiptPath {File}").Good();

        var line = Assert.Single(Lines());
        var stored = sandbox.Server.Objects.Metadata(_session.Bucket, "a");
        Assert.All(line["Envelope"].EnumerateObject(), value => Assert.Equal(stored[value.Name], value.Value.GetString()));
        Assert.Equal((11, 27), (line["PlaintextSize"].GetInt64(), line["Size"].GetInt64()));
        Assert.Equal(("Send", "V3", sandbox.KmsKeyArn), (line["Operation"].GetString(), line["Format"].GetString(), line["KmsKeyId"].GetString()));
        Assert.DoesNotContain("secret", _session.Read(File));
        Assert.Equal(["secret text"], _session.Run($"Get-Content {File} | ConvertFrom-Json | Receive-CseS3Object -AsString -KmsKeyId $key")
            .Good().Output.Select(item => item.BaseObject));
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, System.IO.File.GetUnixFileMode(_session.Folder.File(File)));
        }
    }

    [Fact]
    public void All_that_change_or_transfer_write_receipts()
    {
        _session.Run($$"""
            Send-CseS3Object -Content x -Key a @s3 -ReceiptPath {{File}}
            Receive-CseS3Object -Key a -AsString @s3 -ReceiptPath {{File}}
            Receive-CseS3Object -Key a -File received @s3 -ReceiptPath {{File}}
            Update-CseS3Object -Key a @s3 -NewEncryptionContext @{ a = 'b' } -ReceiptPath {{File}}
            Copy-CseS3Object -Key a -DestinationKey b @s3 -ReceiptPath {{File}}
            $null = New-Item s -ItemType Directory; Set-Content s/c c; Sync-CseS3Object s -KeyPrefix t @s3 -ReceiptPath {{File}}
            Remove-CseS3Object -Key a -BucketName $bucket -Force -ReceiptPath {{File}}
            """).Good();

        Assert.Equal(
            ["Send a", "Receive a", "Receive a", "Update a", "Copy b", "Sync t/c", "Remove a"], Lines().Select(line => $"{line["Operation"]} {line["Key"]}"));
    }

    [Fact]
    public void Control_characters_are_escaped()
    {
        _session.Run($"Send-CseS3Object -Content x -Key \"a`e[2J`n\u202Eb\" @s3 -ReceiptPath {File}").Good();

        Assert.DoesNotContain(_session.Read(File).TrimEnd('\n'), char.IsControl);
        Assert.DoesNotContain('\u202E', _session.Read(File));
        Assert.Equal("a\e[2J\n\u202Eb", Assert.Single(Lines())["Key"].GetString());
    }

    [Theory]
    [InlineData("Receive-CseS3Object -KeyPrefix p -Destination d @s3")]
    [InlineData("Get-CseS3Object $bucket p/ | Receive-CseS3Object -Destination d -KmsKeyId $key")]
    public void A_receive_is_retried_where_it_failed_or_went_elsewhere(string script)
    {
        _session.Store("p/a", "p/b", "p/c");
        _session.Write("d/b");
        Assert.Equal(["FileExists"], _session.Run($"{script} -ReceiptPath {File}").Ids());
        System.IO.File.Delete(_session.Folder.File("d/b"));

        Assert.Equal(["p/b"], _session.Run($"{script} -ReceiptPath {File} -RetryFrom {File}").Good().All("Key"));
        Assert.Equal(3, _session.Run($"{script.Replace(" d ", " other ", StringComparison.Ordinal)} -RetryFrom {File}").Good().Output.Count);
    }

    [Fact]
    public void The_last_line_of_a_key_counts_and_a_torn_one_is_passed_over()
    {
        _session.Store("a", "b");
        _session.Run($"'a', 'b' | ForEach-Object {{ Receive-CseS3Object -Key $_ -AsString @s3 -ReceiptPath {File} }}").Good();
        var path = _session.Folder.File(File);
        System.IO.File.AppendAllText(path, System.IO.File.ReadAllLines(path)[0].Replace("Done", "Failed", StringComparison.Ordinal) + "\n");
        System.IO.File.AppendAllText(path, System.IO.File.ReadAllLines(path)[1][..40]);

        var again = _session.Run($"'a', 'b' | ForEach-Object {{ Receive-CseS3Object -Key $_ -AsString @s3 -RetryFrom {File} -ReceiptPath {File} -WarningAction 0 }}").Good();

        Assert.Equal(["a"], again.Output.Select(item => item.BaseObject).Distinct());
        Assert.Equal(5, System.IO.File.ReadAllLines(path).Length);
        Assert.Equal("Done", JsonDocument.Parse(System.IO.File.ReadAllLines(path)[^1]).RootElement.GetProperty("Status").GetString());
    }

    [Theory]
    [InlineData("-ReceiptPath no/such/folder/run.jsonl", "ReceiptNotWritten")]
    [InlineData("-RetryFrom none.jsonl", "ReceiptsUnreadable")]
    public void A_file_that_cannot_be_used_ends_the_call_before_anything_is_sent(string receipts, string id)
    {
        Assert.Equal(id, _session.Ends($"Send-CseS3Object -Content x -Key a @s3 {receipts}").Id());
        Assert.Empty(_session.Keys);
    }

    [Fact]
    public void Each_line_is_in_the_file_before_the_result_is_put_out()
    {
        _session.Write(Enumerable.Range(0, 50).Select(i => $"in/{i:D2}"));

        var known = _session.Run($"Send-CseS3Object in -Recurse @s3 -ReceiptPath {File} | ForEach-Object {{ $_.Key -in (Get-Content {File} | ConvertFrom-Json).Key }}").Good();

        Assert.Equal(Enumerable.Repeat<object>(true, 50), known.Output.Select(item => item.BaseObject));
    }

    [Fact]
    public async Task A_killed_process_leaves_a_receipt_of_all_that_it_put_out_and_a_retry_does_the_rest()
    {
        _session.Write(Enumerable.Range(0, 2000).Select(i => $"in/{i:D4}"));
        using var process = Send("in");
        var seen = new List<string>();
        while (seen.Count < 100 && await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) is { } key)
        {
            seen.Add(key);
        }

        process.Kill();
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        seen.AddRange((await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken)).Split('\n')[..^1]);
        var kept = Lines().Select(line => line["Key"].GetString()!).ToArray();
        Assert.InRange(kept.Length, 100, 1999);
        Assert.Empty(seen.Where(key => key.Length == 4).Except(kept));

        var rest = _session.Run($"Send-CseS3Object in -Recurse @s3 -ReceiptPath {File} -RetryFrom {File}").Good();

        Assert.Equal(2000 - kept.Length, rest.Output.Count);
        Assert.Equal(2000, _session.Keys.Count);
    }

    [Fact]
    public async Task Two_processes_write_to_one_file_at_once()
    {
        _session.Write(Enumerable.Range(0, 300).SelectMany(i => new[] { $"one/1-{i:D3}", $"two/2-{i:D3}" }));
        using var one = Send("one");
        using var two = Send("two");
        await Task.WhenAll(
            one.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken), two.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken));
        await Task.WhenAll(one.WaitForExitAsync(TestContext.Current.CancellationToken), two.WaitForExitAsync(TestContext.Current.CancellationToken));

        Assert.Equal((0, 0), (one.ExitCode, two.ExitCode));
        Assert.Equal(
            _session.Keys.Order(StringComparer.Ordinal), Lines().Select(line => line["Key"].GetString()).Order(StringComparer.Ordinal));
        Assert.Equal(600, _session.Keys.Count);
    }

    public void Dispose() => _session.Dispose();

    // A process that sends a folder and tells each key that was put out.
    private Process Send(string folder)
    {
        var script = _session.Folder.File($"{folder}.ps1");
        System.IO.File.WriteAllText(script, $$"""
            $ErrorActionPreference = 'Stop'
            Import-Module '{{BuiltModule.Import}}'
            Set-Location '{{_session.Folder.Path}}'
            Send-CseS3Object {{folder}} -Recurse -BucketName {{_session.Bucket}} -KmsKeyId {{sandbox.KmsKeyArn}} -ReceiptPath {{File}} |
                ForEach-Object { [Console]::Out.WriteLine($_.Key) }
            """);
        var command = Pwsh.Command("-File", script);
        command.RedirectStandardOutput = true;
        return Pwsh.Start(command);
    }

    private IReadOnlyList<Dictionary<string, JsonElement>> Lines() =>
        [.. System.IO.File.ReadAllLines(_session.Folder.File(File)).Select(line => JsonSerializer.Deserialize<Dictionary<string, JsonElement>>(line)!)];
}
