using Xunit;

namespace CseKms.Tests.Cmdlets;

/// <summary>Versions and delete markers, in listings and from the pipe.</summary>
public sealed class VersionTests(SandboxFixture sandbox) : IDisposable
{
    private readonly UserSession _session = new(sandbox, versioned: true);

    [Fact]
    public void All_versions_of_a_key_are_listed_and_no_other_key()
    {
        Send("test1/a", "1", "22", "333");
        Send("test1/ab", "x");
        _session.Set("marker", sandbox.Server.Objects.Remove(_session.Bucket, "test1/a"));

        var listed = _session.Run("Get-CseS3Object $bucket -Key test1/a -AllVersions").Good().Output;

        Assert.Equal(
            ["True True ", "False False 19", "False False 18", "False False 17"],
            listed.Select(item => $"{item.Properties["IsLatest"].Value} {item.Properties["IsDeleteMarker"].Value} {item.Properties["Size"].Value}"));
        Assert.Equal(true, _session.Run("(Get-CseS3Object $bucket test1/ -AllVersions)[0].VersionId -eq $marker").Good().Output.Single().BaseObject);
        Assert.Equal(5, _session.Run("Get-CseS3Object $bucket test1/ -AllVersions").Good().Output.Count);
        Assert.Single(_session.Run("Get-CseS3Object $bucket test1/").Good().Output);
    }

    [Fact]
    public void Each_version_is_received_by_the_pipe()
    {
        Send("a", "1", "22", "333");

        Assert.Equal(
            ["333", "22", "1"],
            _session.Run("Get-CseS3Object $bucket -AllVersions | Receive-CseS3Object -AsString @s3").Good().Output.Select(text => $"{text}"));
    }

    [Fact]
    public void A_delete_marker_is_an_error_and_not_in_the_way_of_what_the_object_held_last()
    {
        Send("a", "old", "last");
        sandbox.Server.Objects.Remove(_session.Bucket, "a");

        var received = _session.Run("Get-CseS3Object $bucket -AllVersions | Receive-CseS3Object -Destination dst @s3");

        Assert.Equal(["DeleteMarker", "PathCollision"], received.Ids());
        Assert.Equal("last", _session.Read("dst/a"));
        Assert.Contains("another one goes to the same file", $"{received.Errors[1]}");
    }

    [Fact]
    public void A_delete_marker_that_is_named_is_an_error_of_its_own()
    {
        Send("a", "1");
        _session.Set("marker", sandbox.Server.Objects.Remove(_session.Bucket, "a"));

        Assert.Equal(["DeleteMarker"], _session.Run("Receive-CseS3Object -Key a -VersionId $marker -AsString @s3").Ids());
        Assert.Equal(["DeleteMarker"], _session.Run("Get-CseS3Object $bucket -Key a -VersionId $marker").Ids());
        var missing = _session.Run("Receive-CseS3Object -Key a -AsString @s3");
        Assert.Equal(["NoSuchKey"], missing.Ids());
        Assert.Contains("it was deleted", $"{missing.Errors[0]}");
    }

    [Fact]
    public void Envelopes_of_versions_are_told_in_the_order_of_the_listing()
    {
        Send("a", [.. Enumerable.Range(1, 40).Select(n => new string('x', n))]);
        sandbox.Server.Objects.Remove(_session.Bucket, "a");
        Send("a", "");

        var listed = _session.Run("Get-CseS3Object $bucket -AllVersions -Envelope").Good().Output;

        Assert.Equal(
            ["0", "", .. Enumerable.Range(1, 40).Reverse().Select(n => $"{n}")], listed.Select(item => $"{item.Properties["PlaintextSize"].Value}"));
    }

    [Fact]
    public void The_listing_of_AWS_Tools_binds_too()
    {
        Send("a", "1", "22");
        _session.Set("theirs", _session.Run(
            "Get-CseS3Object $bucket -AllVersions | ForEach-Object { [pscustomobject]@{ BucketName = $_.BucketName; Key = $_.Key; VersionId = $_.VersionId; IsDeleteMarker = $null } }")
            .Good().Output.ToArray());

        Assert.Equal(["22", "1"], _session.Run("$theirs | Receive-CseS3Object -AsString -KmsKeyId $key").Good().Output.Select(text => $"{text}"));
    }

    [Fact]
    public void A_version_is_shown_with_its_id_and_a_marker_as_one()
    {
        Send("test1/a", "1");
        _session.Set("marker", sandbox.Server.Objects.Remove(_session.Bucket, "test1/a"));

        var lines = _session.Show("Get-CseS3Object $bucket -AllVersions").Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.TrimEnd()).ToArray();

        Assert.Equal("LastModified                 Size IsLatest Key", lines[0]);
        Assert.Matches(@"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d delete marker yes      test1/a$", lines[2]);
        Assert.Matches(@"^ {43}\w{32}$", lines[3]);
        Assert.Matches(@"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d          17 B          test1/a$", lines[4]);
    }

    [Fact]
    public void A_version_and_all_of_them_are_not_asked_for_together() =>
        Assert.StartsWith("AmbiguousParameterSet", _session.Ends("Get-CseS3Object $bucket -Key a -VersionId b -AllVersions").FullyQualifiedErrorId);

    public void Dispose() => _session.Dispose();

    private void Send(string key, params string[] contents)
    {
        foreach (var content in contents)
        {
            _session.Run($"Send-CseS3Object -Content '{content}' -Key '{key}' @s3").Good();
        }
    }
}
