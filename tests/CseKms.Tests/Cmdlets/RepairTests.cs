using Xunit;

namespace CseKms.Tests.Cmdlets;

/// <summary>Envelopes that are put back.</summary>
public sealed class RepairTests(SandboxFixture sandbox) : IDisposable
{
    private readonly UserSession _session = new(sandbox, versioned: true);

    public void Dispose() => _session.Dispose();

    [Fact]
    public void Objects_that_a_copy_broke_are_brought_back_by_one_line()
    {
        _session.Store("orig/a", "orig/b/c", "orig/sound");
        _session.Run("Send-CseS3Object -Content x -Key orig/d -InstructionFile @s3").Good();
        sandbox.Server.Objects.Put(_session.Bucket, "orig/text", "In the clear."u8);
        Break("orig/a", "orig/b/c", "orig/d", "orig/text", "orig/d.instruction");
        Copy("orig/sound", sandbox.Server.Objects.Metadata(_session.Bucket, "orig/sound"));
        sandbox.Server.Objects.Put(_session.Bucket, "copy/", []);

        var result = _session.Run("Repair-CseS3Object -KeyPrefix copy -SourceKeyPrefix orig @s3").Good();

        Assert.Equal(
            ["copy/a CopySource orig/a True", "copy/b/c CopySource orig/b/c True"],
            result.Output.Select(Line).Where(line => !line.StartsWith("copy/d", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
        Assert.Equal("orig/a", Receive("copy/a"));
        Assert.Equal("x", Receive("copy/d"));
        Assert.Empty(_session.Run("Repair-CseS3Object -KeyPrefix copy -SourceKeyPrefix orig @s3").Good().Output);
    }

    [Fact]
    public void Of_a_thousand_objects_those_that_cannot_be_repaired_are_errors_and_all_others_can_be_read()
    {
        string[] keys = [.. Enumerable.Range(0, 1000).Select(number => $"orig/{number:0000}")];
        _session.Store(keys);
        Break(keys);
        var damaged = sandbox.Server.Objects.Bytes(_session.Bucket, "copy/0007");
        damaged[3] ^= 1;
        sandbox.Server.Objects.Put(_session.Bucket, "copy/0007", damaged);
        sandbox.Server.Objects.Delete(_session.Bucket, "orig/0500");

        var result = _session.Run("Get-CseS3Object $bucket copy/ | Repair-CseS3Object -SourceKeyPrefix orig @s3 -KeyPrefix copy");

        Assert.Equal(998, result.Output.Count);
        Assert.Equal(
            ["EnvelopeNotFound copy/0007", "EnvelopeNotFound copy/0500"],
            result.Errors.Select(error => $"{Results.Id(error)} {error.TargetObject}".Replace($"{_session.Bucket}/", "", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
        Assert.Equal(998, _session.Run("(Test-CseS3Object -KeyPrefix copy @s3 | Where-Object Verified).Count").Output.Select(item => int.Parse($"{item}", null)).Single());
    }

    [Fact]
    public void Without_a_source_an_older_version_is_taken()
    {
        _session.Run("Send-CseS3Object -Content x -Key a @s3").Good();
        sandbox.Server.Objects.Put(_session.Bucket, "a", sandbox.Server.Objects.Bytes(_session.Bucket, "a"));

        var repaired = _session.Run("Repair-CseS3Object -Key a @s3").Good().Output.Single();

        Assert.Equal("a Version a True", Line(repaired));
        Assert.Equal("x", Receive("a"));
    }

    [Fact]
    public void A_receive_names_the_cmdlet_and_a_single_object_that_is_left_alone_is_an_error()
    {
        _session.Store("orig/a");
        Break("orig/a");
        sandbox.Server.Objects.Put(_session.Bucket, "text", "In the clear."u8);

        Assert.Contains("Repair-CseS3Object", _session.Run("Receive-CseS3Object -Key copy/a -AsString @s3").Errors.Single().Exception.Message, StringComparison.Ordinal);
        Assert.Equal(["AlreadyReadable"], _session.Run("Repair-CseS3Object -Key orig/a @s3").Ids());
        Assert.Equal(["InTheClear"], _session.Run("Repair-CseS3Object -Key text @s3").Ids());
        Assert.Equal(["EnvelopeNotFound"], _session.Run("Repair-CseS3Object -Key copy/a @s3").Ids());
    }

    [Fact]
    public void WhatIf_proves_and_writes_nothing()
    {
        _session.Store("orig/a");
        Break("orig/a", "orig/a");

        var shown = _session.Show("Repair-CseS3Object -KeyPrefix copy -SourceKeyPrefix orig @s3 -WhatIf; Repair-CseS3Object -Key orig/a @s3 -WhatIf -ErrorAction Ignore");

        Assert.Contains($"Put back the envelope of {_session.Bucket}/orig/a", shown, StringComparison.Ordinal);
        Assert.Single(shown.Split("What if").Skip(1));
        Assert.Empty(sandbox.Server.Objects.Metadata(_session.Bucket, "copy/a"));
    }

    [Theory]
    [InlineData("Repair-CseS3Object -Key a -SourceKey b -SourceKeyPrefix c @s3", "SourceKeyAndKeyPrefix")]
    [InlineData("Repair-CseS3Object -KeyPrefix a -SourceKey b @s3", "OneSourceKey")]
    [InlineData("Get-CseS3Object $bucket | Repair-CseS3Object -SourceKey b @s3", "OneSourceKey")]
    public void A_source_that_does_not_go_with_what_is_named_ends_the_call(string script, string id)
    {
        _session.Store("a");

        Assert.StartsWith(id, _session.Ends(script).FullyQualifiedErrorId, StringComparison.Ordinal);
    }

    [Fact]
    public void An_object_is_not_its_own_source()
    {
        _session.Store("a");

        Assert.Equal(["SourceIsItself"], _session.Run("Repair-CseS3Object -Key a -SourceKey a @s3").Ids());
    }

    private static string Line(System.Management.Automation.PSObject item) =>
        $"{item.Properties["Key"].Value} {item.Properties["RepairedFrom"].Value} {item.Properties["SourceKey"].Value} {item.Properties["Verified"].Value}";

    private string Receive(string key) => $"{_session.Run($"Receive-CseS3Object -Key {key} -AsString @s3").Good().Output.Single()}".Trim();

    private void Break(params string[] keys) => Array.ForEach(keys, key => Copy(key, new Dictionary<string, string>()));

    private void Copy(string key, IReadOnlyDictionary<string, string> metadata) => sandbox.Server.Objects.Put(
        _session.Bucket, key.Replace("orig/", "copy/", StringComparison.Ordinal), sandbox.Server.Objects.Bytes(_session.Bucket, key), metadata);
}
