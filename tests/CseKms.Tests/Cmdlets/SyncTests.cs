using Xunit;

namespace CseKms.Tests.Cmdlets;

/// <summary>How Sync-CseS3Object makes a folder and a prefix equal.</summary>
public sealed class SyncTests(SandboxFixture sandbox) : IDisposable
{
    private const string ToBucket = "Sync-CseS3Object -Path src -KeyPrefix p @s3";
    private const string ToFolder = "Sync-CseS3Object -KeyPrefix p -Destination dst @s3";

    private readonly UserSession _session = new(sandbox);

    [Theory]
    [InlineData("Tag")]
    [InlineData("Full")]
    [InlineData("SizeAndTime")]
    public void A_folder_is_sent_and_received_and_a_second_call_transfers_nothing(string compare)
    {
        _session.Write("src/a", "src/s/b", "src/s/t/c", "src/é", "src/.cse-0.tmp");

        Assert.Equal("4 sent, 0 received, 0 skipped, 0 deleted, 0 failed", Summary($"{ToBucket} -Compare {compare}"));
        Assert.Equal(["p/a", "p/s/b", "p/s/t/c", "p/é"], _session.Keys);
        Assert.Equal("0 sent, 0 received, 4 skipped, 0 deleted, 0 failed", Summary($"{ToBucket} -Compare {compare}"));

        Assert.Equal("0 sent, 4 received, 0 skipped, 0 deleted, 0 failed", Summary($"{ToFolder} -Compare {compare}"));
        Assert.Equal("src/s/t/c", _session.Read("dst/s/t/c"));
        Assert.Equal("0 sent, 0 received, 4 skipped, 0 deleted, 0 failed", Summary($"{ToFolder} -Compare {compare}"));
    }

    [Theory]
    [InlineData("Tag")]
    [InlineData("Full")]
    public void A_changed_byte_is_found_where_size_and_time_are_kept(string compare)
    {
        _session.Write("src/a", "src/b", "src/c");
        _session.Run(ToBucket).Good();
        _session.Run(ToFolder).Good();
        ChangeByte("src/b");

        Assert.Equal("0 sent, 0 received, 3 skipped, 0 deleted, 0 failed", Summary($"{ToBucket} -Compare SizeAndTime"));
        Assert.Equal(["p/b"], Done($"{ToBucket} -Compare {compare}", "Sent"));
        Assert.Equal(["p/b"], Done($"{ToFolder} -Compare {compare}", "Received"));
        Assert.Equal(_session.Read("src/b"), _session.Read("dst/b"));
        Assert.Equal(["p/a", "p/b", "p/c"], Done($"{ToBucket} -Compare {compare}", "Unchanged"));
    }

    [Fact]
    public void A_damaged_body_is_found_by_a_full_comparison_alone_and_mended_from_the_folder()
    {
        _session.Write("src/a");
        _session.Run(ToBucket).Good();
        _session.Run(ToFolder).Good();
        var bytes = sandbox.Server.Objects.Bytes(_session.Bucket, "p/a").ToArray();
        bytes[0] ^= 1;
        sandbox.Server.Objects.SetBytes(_session.Bucket, "p/a", bytes);

        Assert.Equal(["p/a"], Done(ToBucket, "Unchanged"));
        Assert.Equal(["AuthenticationFailed"], _session.Run($"{ToFolder} -Compare Full").Ids());
        Assert.Equal("src/a", _session.Read("dst/a"));
        Assert.Equal(["p/a"], Done($"{ToBucket} -Compare Full", "Sent"));
        _session.Run("Test-CseS3Object -Key p/a -Path src/a -Full @s3").Good();
    }

    [Fact]
    public void What_has_another_context_stays_as_it_is()
    {
        _session.Write("src/a", "src/b");
        _session.Run("Send-CseS3Object src/a -Key p/a -EncryptionContext @{ x = '1' } @s3").Good();
        var before = sandbox.Server.Objects.Bytes(_session.Bucket, "p/a");

        var result = _session.Run(ToBucket);

        Assert.Equal(["ContextMismatch"], result.Ids());
        Assert.Equal("1 sent, 0 received, 0 skipped, 0 deleted, 1 failed", $"{result.Output[^1]}");
        Assert.Equal(before, sandbox.Server.Objects.Bytes(_session.Bucket, "p/a"));
        Assert.Equal(["p/a", "p/b"], Done($"{ToBucket} -AnyEncryptionContext", "Unchanged"));
    }

    [Fact]
    public void WhatIf_compares_and_changes_nothing()
    {
        _session.Write("src/a", "src/b");
        _session.Run(ToBucket).Good();
        ChangeByte("src/b");
        _session.Write("src/c");
        var before = sandbox.Server.Objects.Bytes(_session.Bucket, "p/b");

        var shown = _session.Show($"{ToBucket} -WhatIf");

        Assert.DoesNotContain("p/a", shown);
        Assert.Contains("/p/b", shown);
        Assert.Contains("/p/c", shown);
        Assert.Equal(["p/a", "p/b"], _session.Keys);
        Assert.Equal(before, sandbox.Server.Objects.Bytes(_session.Bucket, "p/b"));
    }

    [Fact]
    public void Wildcards_say_what_is_synchronized()
    {
        _session.Write("src/a.csv", "src/s/b.csv", "src/s/c.txt", "src/old/d.csv");

        _session.Run($"{ToBucket} -Include *.CSV -Exclude old/*").Good();

        Assert.Equal(["p/a.csv", "p/s/b.csv"], _session.Keys);
    }

    [Fact]
    public void Markers_and_instruction_files_are_passed_over()
    {
        _session.Write("src/a");
        _session.Run("Send-CseS3Object src/a -Key p/a -InstructionFile @s3").Good();
        sandbox.Server.Objects.Put(_session.Bucket, "p/", [], null);
        sandbox.Server.Objects.Put(_session.Bucket, "p/s/", [], null);

        Assert.Equal(["p/a"], Done(ToBucket, "Unchanged"));
        Assert.Equal(["p/a"], Done(ToFolder, "Received"));
        Assert.Equal(["a"], Directory.GetFileSystemEntries(_session.Folder.File("dst")).Select(Path.GetFileName));
    }

    [Fact]
    public void A_file_named_as_an_instruction_file_does_not_take_its_place()
    {
        _session.Write("src/a", "src/a.instruction");
        _session.Run("Send-CseS3Object src/a -Key p/a -InstructionFile @s3").Good();

        Assert.Equal(["KeyIsInstructionFile"], _session.Run(ToBucket).Ids());
        _session.Run("Test-CseS3Object -Key p/a -Path src/a -Full @s3").Good();
    }

    [Fact]
    public void Links_are_not_followed_either_way()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() || OperatingSystem.IsMacOS(), "Links need rights on Windows.");
        _session.Write("src/a", "elsewhere/x", "dst/a");
        Directory.CreateSymbolicLink(_session.Folder.File("src/link"), _session.Folder.File("elsewhere"));
        Directory.CreateSymbolicLink(_session.Folder.File("dst/link"), _session.Folder.File("elsewhere"));

        Assert.Contains("link", Assert.Single(_session.Run(ToBucket).Good().Warnings));
        Assert.Equal(["p/a"], _session.Keys);

        _session.Run("Send-CseS3Object -Content other -Key p/link/x @s3").Good();
        Assert.Equal(["DestinationBlocked"], _session.Run(ToFolder).Ids());
        Assert.Equal("elsewhere/x", _session.Read("elsewhere/x"));
    }

    [Theory]
    [InlineData("Sync-CseS3Object -Path nowhere -KeyPrefix p @s3", "PathNotFound")]
    [InlineData("Sync-CseS3Object -Path src/a -KeyPrefix p @s3", "FolderRequired")]
    [InlineData("Sync-CseS3Object -Path empty -KeyPrefix p @s3", "SourceEmpty")]
    [InlineData("Sync-CseS3Object -Path src -Include *.x -KeyPrefix p @s3", "SourceEmpty")]
    [InlineData("Sync-CseS3Object -Destination dst -KeyPrefix nothing @s3", "SourceEmpty")]
    [InlineData("Sync-CseS3Object -Path src @s3", "KeyPrefixRequired")]
    [InlineData("Sync-CseS3Object -Path src -KeyPrefix p -BucketName $bucket -KmsKeyId $key, $key", "OneKmsKeyToSend")]
    public void What_cannot_be_meant_ends_the_call(string script, string id)
    {
        _session.Write("src/a");
        Directory.CreateDirectory(_session.Folder.File("empty"));

        Assert.Equal(id, _session.Ends(script).Id());
        Assert.Empty(_session.Keys);
    }

    [Fact]
    public void An_empty_source_is_accepted_where_the_user_says_so()
    {
        Directory.CreateDirectory(_session.Folder.File("src"));

        Assert.Equal("0 sent, 0 received, 0 skipped, 0 deleted, 0 failed", Summary($"{ToBucket} -AllowEmptySource"));
    }

    public void Dispose() => _session.Dispose();

    private string Summary(string script) => $"{Assert.Single(_session.Run(script).Good().Output)}";

    private string[] Done(string script, string action) =>
    [
        .. _session.Run($"{script} -PassThru").Good().Output
            .Where(item => $"{item.Properties["Action"]?.Value}" == action)
            .Select(item => $"{item.Properties["Key"].Value}").Order(StringComparer.Ordinal),
    ];

    private void ChangeByte(string name)
    {
        var path = _session.Folder.File(name);
        var time = File.GetLastWriteTimeUtc(path);
        var bytes = File.ReadAllBytes(path);
        bytes[^1] ^= 1;
        File.WriteAllBytes(path, bytes);
        File.SetLastWriteTimeUtc(path, time);
    }
}
