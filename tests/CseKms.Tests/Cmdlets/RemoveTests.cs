using CseKms.Sandbox;
using Xunit;

namespace CseKms.Tests.Cmdlets;

/// <summary>Objects that are removed.</summary>
public sealed class RemoveTests(SandboxFixture sandbox) : IDisposable
{
    private readonly UserSession _session = new(sandbox);

    public void Dispose() => _session.Dispose();

    [Fact]
    public void A_folder_goes_with_its_instruction_files_and_nothing_beside_it()
    {
        _session.Store("d/a", "d/b", "da");
        _session.Run("Send-CseS3Object -Content x -Key d/c -InstructionFile @s3").Good();

        var removed = _session.Run("Remove-CseS3Object $bucket -KeyPrefix d -Force").Good().Output;

        Assert.Equal(["d/a", "d/b", "d/c", "d/c.instruction"], removed.Select(item => $"{item.Properties["Key"].Value}"));
        Assert.Equal(["da"], _session.Keys);
    }

    [Fact]
    public void A_listing_from_the_pipe_is_removed_each_object_with_its_instruction_file()
    {
        _session.Store("d/a", "d/b");
        _session.Run("Send-CseS3Object -Content x -Key d/c -InstructionFile @s3").Good();

        var removed = _session.Run("Get-CseS3Object $bucket d/ | Where-Object Key -in 'd/b', 'd/c' | Remove-CseS3Object -Confirm:$false").Good().Output;

        Assert.Equal(["d/b ", "d/c d/c.instruction"], removed.Select(item => $"{item.Properties["Key"].Value} {item.Properties["InstructionFileKey"].Value}"));
        Assert.Equal(["d/a"], _session.Keys);
    }

    [Fact]
    public void Objects_as_AWS_Tools_lists_them_are_removed()
    {
        _session.Store("a", "b");

        _session.Run("'a', 'b' | ForEach-Object { [pscustomobject]@{ BucketName = $bucket; Key = $_; ETag = 'x' } } | Remove-CseS3Object -Force").Good();

        Assert.Empty(_session.Keys);
    }

    [Fact]
    public void Of_a_thousand_objects_and_more_those_that_S3_refuses_are_errors_and_all_others_are_removed()
    {
        _session.Store(Enumerable.Range(0, 2500).Select(number => $"d/{number:0000}"));
        using var fault = sandbox.Server.Faults.Add(
            request => request.Operation == "DeleteObjects" && request.Bucket == _session.Bucket,
            FaultAction.Rewrite(text => text.Replace(
                "<Deleted><Key>d/0007</Key></Deleted>", "<Error><Key>d/0007</Key><Code>AccessDenied</Code><Message>No.</Message></Error>", StringComparison.Ordinal)
                .Replace("<Deleted><Key>d/1234</Key></Deleted>", "", StringComparison.Ordinal)),
            SandboxFaults.Always);

        var result = _session.Run("Remove-CseS3Object $bucket -KeyPrefix d -Force");

        Assert.Equal(2498, result.Output.Count);
        Assert.Equal(
            ["AnswerInvalid d/1234", "S3AccessDenied d/0007"],
            result.Errors.Select(error => $"{Results.Id(error)} {error.TargetObject}".Replace($"{_session.Bucket}/", "", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Versions_are_removed_for_good_and_a_removed_delete_marker_brings_the_object_back()
    {
        using var session = new UserSession(sandbox, versioned: true);
        session.Run("1..3 | ForEach-Object { Send-CseS3Object -Content $_ -Key a @s3 -InstructionFile }").Good();
        var hidden = session.Run("Remove-CseS3Object $bucket a -Force").Good().Output.Single();
        Assert.Empty(session.Keys);
        Assert.Equal(true, hidden.Properties["DeleteMarker"].Value);

        session.Run("Get-CseS3Object $bucket -Key a -AllVersions | Where-Object IsDeleteMarker | Remove-CseS3Object -Force").Good();
        Assert.Equal("3", $"{session.Run("Receive-CseS3Object -Key a -AsString @s3").Good().Output.Single()}".Trim());

        session.Run("Get-CseS3Object $bucket -Key a -AllVersions | Select-Object -First 1 | Remove-CseS3Object -Force").Good();
        Assert.Equal(["a", "a.instruction"], session.Keys);
        session.Run("Get-CseS3Object $bucket -Key a -AllVersions | Remove-CseS3Object -Force").Good();
        Assert.Empty(session.Run("Get-CseS3Object $bucket -AllVersions").Good().Output);
    }

    [Theory]
    [InlineData("Remove-CseS3Object $bucket a")]
    [InlineData("Remove-CseS3Object $bucket a -Confirm")]
    [InlineData("Remove-CseS3Object $bucket a -Force -Confirm")]
    [InlineData("Get-CseS3Object $bucket | Remove-CseS3Object")]
    public void Without_somebody_to_ask_it_is_an_error_and_nothing_is_removed(string script)
    {
        _session.Store("a");

        Assert.StartsWith("ConfirmationImpossible", _session.Ends(script).FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Equal(["a"], _session.Keys);
    }

    [Theory]
    [InlineData("Remove-CseS3Object $bucket a -WhatIf")]
    [InlineData("Remove-CseS3Object $bucket a -WhatIf -Force")]
    [InlineData("$WhatIfPreference = $true; Remove-CseS3Object $bucket a -Force")]
    public void WhatIf_removes_nothing(string script)
    {
        _session.Store("a");

        Assert.Empty(_session.Run(script).Good().Output);
        Assert.Equal(["a"], _session.Keys);
    }

    [Theory]
    [InlineData("Remove-CseS3Object $bucket a -Force")]
    [InlineData("Remove-CseS3Object $bucket a -Confirm:$false")]
    [InlineData("$ConfirmPreference = 'None'; Remove-CseS3Object $bucket a")]
    public void Who_says_so_beforehand_is_not_asked(string script)
    {
        _session.Store("a");

        Assert.Single(_session.Run(script).Good().Output);
        Assert.Empty(_session.Keys);
    }

    [Fact]
    public void The_sessions_prefix_names_nothing_to_remove()
    {
        _session.Store("d/a");

        _session.Run("Set-CseSession -BucketName $bucket -KeyPrefix d/").Good();
        var result = _session.Run("Remove-CseS3Object -Force");

        Assert.True(result.Terminating is not null || result.Errors.Count > 0);
        Assert.Equal(["d/a"], _session.Keys);
    }

    [Fact]
    public void A_folder_without_objects_and_a_bucket_that_does_not_exist_are_errors()
    {
        Assert.Equal(["NothingFound"], _session.Run("Remove-CseS3Object $bucket -KeyPrefix none -Force").Ids());
        Assert.StartsWith("NoSuchBucket", _session.Ends("Remove-CseS3Object no-such-bucket a -Force").FullyQualifiedErrorId, StringComparison.Ordinal);
    }

    [Fact]
    public void What_was_removed_is_told_before_the_error_that_ends_the_call()
    {
        _session.Store("a", "b");
        using var fault = sandbox.Server.Faults.Add(
            request => request.Operation == "DeleteObjects" && request.Bucket == _session.Bucket,
            FaultAction.Rewrite(text => text.Replace(
                "<Deleted><Key>b</Key></Deleted>", "<Error><Key>b</Key><Code>AccessDenied</Code><Message>No.</Message></Error>", StringComparison.Ordinal)));

        var result = _session.Run("Get-CseS3Object $bucket | Remove-CseS3Object -Force -ErrorAction Stop -OutVariable global:out | Out-Null");

        Assert.StartsWith("S3AccessDenied", result.Terminating!.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Contains("1 of the call's objects were done", $"{result.Terminating.ErrorDetails}", StringComparison.Ordinal);
        Assert.Equal(["a"], _session.Run("$out.Key").Good().Output.Select(item => $"{item}"));
    }
}
