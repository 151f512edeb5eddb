using System.Security.Cryptography;
using System.Text;
using Xunit;

namespace CseKms.Tests.Cmdlets;

/// <summary>What Test-CseS3Object finds, and what it does not claim.</summary>
public sealed class TestTests(SandboxFixture sandbox) : IDisposable
{
    private const string V2 = "-CommitmentPolicy ForbidEncryptAllowDecrypt";

    private readonly UserSession _session = new(sandbox);

    public static TheoryData<string, string> Envelopes => new(
        from names in new[]
        {
            (Write: "", Names: "x-amz-c x-amz-d x-amz-i x-amz-w x-amz-3"),
            (Write: V2, Names: "x-amz-iv x-amz-key-v2 x-amz-wrap-alg x-amz-cek-alg x-amz-tag-len x-amz-matdesc"),
        }
        from name in names.Names.Split(' ')
        select (names.Write, name));

    [Theory]
    [InlineData("Test-CseS3Object -Key p/a @s3", "p/a")]
    [InlineData("Test-CseS3Object -KeyPrefix p @s3", "p/a p/s/b")]
    [InlineData("Set-CseSession @s3 -KeyPrefix p; Test-CseS3Object", "p/a p/s/b")]
    [InlineData("Get-CseS3Object $bucket -Prefix p | Test-CseS3Object -KmsKeyId $key", "p/a p/s/b px")]
    [InlineData("[pscustomobject]@{ BucketName = $bucket; Key = 'p/s/b' } | Test-CseS3Object -KmsKeyId $key", "p/s/b")]
    [InlineData("Send-CseS3Object -Content x -Key new @s3 | Test-CseS3Object -KmsKeyId $key", "new")]
    [InlineData("Receive-CseS3Object -Key px -Destination d @s3 | Test-CseS3Object -KmsKeyId $key", "px")]
    public void Objects_are_named_as_for_receiving(string script, string keys)
    {
        _session.Store("p/a", "p/s/b", "px");

        var tested = _session.Run(script).Good();

        Assert.Equal(keys.Split(' '), tested.All("Key"));
        Assert.All(tested.Output, item => Assert.Equal(
            (true, "Body", item.Properties["Size"].Value, ""),
            (item.Properties["Verified"].Value, $"{item.Properties["Tested"].Value}", item.Properties["BytesRead"].Value, item.Properties["Reason"].Value)));
        Assert.False(File.Exists(_session.Folder.File("a")));
    }

    [Theory]
    [InlineData(1000)]
    [InlineData((24 << 20) + 5)]
    public void A_changed_bit_in_the_first_the_middle_and_the_last_block_and_in_the_tag_is_found(int length)
    {
        _session.Folder.Write("file", RandomNumberGenerator.GetBytes(length));
        _session.Run("Send-CseS3Object file -Key a @s3").Good();
        var good = sandbox.Server.Objects.Bytes(_session.Bucket, "a");
        foreach (var index in new[] { 0, length / 2, length - 1, length, length + 15 })
        {
            byte[] bad = [.. good];
            bad[index] ^= 1;
            sandbox.Server.Objects.SetBytes(_session.Bucket, "a", bad);

            AssertFound("Test-CseS3Object -Key a @s3", "AuthenticationFailed");
            AssertFound("Test-CseS3Object -Key a -Path file -Full @s3", "AuthenticationFailed");
        }
    }

    [Theory]
    [MemberData(nameof(Envelopes))]
    public void A_changed_envelope_is_found(string write, string name)
    {
        _session.Folder.Write("file", "content"u8);
        _session.Run($"Send-CseS3Object file -Key a @s3 {write}").Good();
        var metadata = new Dictionary<string, string>(sandbox.Server.Objects.Metadata(_session.Bucket, "a"));
        var middle = metadata[name].Length / 2;
        metadata[name] = metadata[name][..middle] + (char)(metadata[name][middle] ^ 1) + metadata[name][(middle + 1)..];
        sandbox.Server.Objects.SetMetadata(_session.Bucket, "a", metadata);
        var read = write.Length > 0 ? "-CommitmentPolicy RequireEncryptAllowDecrypt" : "";

        AssertFound($"Test-CseS3Object -Key a @s3 {read}");
        Assert.Equal(["False"], _session.Run($"Test-CseS3Object -Key a -Path file @s3 {read}").Good().All("Verified"));
    }

    [Fact]
    public void A_changed_and_a_missing_instruction_file_are_found()
    {
        _session.Run("Send-CseS3Object -Content x -Key a -InstructionFile @s3").Good();
        Assert.Equal(["a"], _session.Run("Test-CseS3Object -KeyPrefix '' @s3").Good().All("Key"));
        var good = Encoding.UTF8.GetString(sandbox.Server.Objects.Bytes(_session.Bucket, "a.instruction"));
        var wrapped = good.IndexOf("x-amz-3", StringComparison.Ordinal) + 40;
        var bad = $"{good[..wrapped]}{(good[wrapped] == 'A' ? 'B' : 'A')}{good[(wrapped + 1)..]}";

        sandbox.Server.Objects.Put(_session.Bucket, "a.instruction", Encoding.UTF8.GetBytes(bad));
        AssertFound("Test-CseS3Object -Key a @s3");
        AssertFound("Test-CseS3Object -Key a -Envelope @s3");

        sandbox.Server.Objects.Delete(_session.Bucket, "a.instruction");
        AssertFound("Test-CseS3Object -Key a @s3", "EnvelopeInvalid");
    }

    [Theory]
    [InlineData("Test-CseS3Object -Key nix @s3", "NoSuchKey")]
    [InlineData("Test-CseS3Object -Key plain @s3", "NotEncrypted")]
    [InlineData("Test-CseS3Object -Key a @s3 -EncryptionContext @{ dept = 'hr' }", "ContextMismatch")]
    [InlineData("Test-CseS3Object -Key a @s3 -BindLocation", "LocationMismatch")]
    [InlineData("Test-CseS3Object -Key a -BucketName $bucket -WrappingKey ([byte[]]::new(32))", "KeyKindMismatch")]
    [InlineData("Send-CseS3Object -Content x -Key v2 @s3 -CommitmentPolicy ForbidEncryptAllowDecrypt | Test-CseS3Object -KmsKeyId $key", "CommitmentRequired")]
    public void What_the_call_does_not_accept_is_a_result_that_names_the_remedy(string script, string errorId)
    {
        _session.Store("a");
        sandbox.Server.Objects.Put(_session.Bucket, "plain", "plain"u8);

        AssertFound(script, errorId);
    }

    [Fact]
    public void What_could_not_be_tested_is_an_error_and_no_result()
    {
        _session.Store("a", "b");
        using var denied = sandbox.Server.Faults.Fail(request => request.Bucket == _session.Bucket && request.Key == "a", 403, "AccessDenied", times: 1000);

        var result = _session.Run("Test-CseS3Object -KeyPrefix '' @s3");

        Assert.Equal(["S3AccessDenied"], result.Ids());
        Assert.Equal(["b"], result.All("Key"));
    }

    [Fact]
    public void Quiet_is_true_or_false_an_object_in_order_and_writes_no_error()
    {
        _session.Store("a", "b", "c", "d");
        sandbox.Server.Objects.SetBytes(_session.Bucket, "b", new byte[100]);
        using var denied = sandbox.Server.Faults.Fail(request => request.Bucket == _session.Bucket && request.Key == "c", 403, "AccessDenied", times: 1000);

        var quiet = _session.Run("'a', 'b', 'c', 'nix', 'd' | ForEach-Object { [pscustomobject]@{ Key = $_ } } | Test-CseS3Object -Quiet @s3").Good();

        Assert.Equal([true, false, false, false, true], quiet.Output.Select(item => item.BaseObject));
        Assert.Equal("NoSuchBucket", _session.Ends("Test-CseS3Object -BucketName no-such-bucket -Key a -KmsKeyId $key -Quiet").Id());
    }

    [Fact]
    public void Legacy_content_is_never_verified()
    {
        LegacyObjects.Store(sandbox, _session.Bucket, "old");
        _session.Folder.Write("same", "legacy content"u8);
        _session.Folder.Write("other", "legacy contenT"u8);
        const string Allowed = "@s3 -CommitmentPolicy RequireEncryptAllowDecrypt -AllowLegacy Wrapping, Content";

        foreach (var script in new[] { "Test-CseS3Object -Key old", "Test-CseS3Object -Key old -Envelope", "Test-CseS3Object -Key old -Path same" })
        {
            var tested = _session.Run($"{script} {Allowed}").Good().Output.Single();
            Assert.Equal(false, tested.Properties["Verified"].Value);
            Assert.Contains("Nothing authenticates", (string)tested.Properties["Reason"].Value);
            Assert.Null(tested.Properties["TagMatches"].Value);
        }

        foreach (var (file, same) in new[] { ("same", true), ("other", false) })
        {
            var tested = _session.Run($"Test-CseS3Object -Key old -Path {file} -Full {Allowed}").Good().Output.Single();
            Assert.Equal((false, same), (tested.Properties["Verified"].Value, tested.Properties["ContentMatches"].Value));
            Assert.Equal(tested.Properties["Size"].Value, tested.Properties["BytesRead"].Value);
        }
    }

    [Theory]
    [InlineData("Test-CseS3Object -Path dir/a -Key p/a @s3", "p/a")]
    [InlineData("Test-CseS3Object -Path dir/a -KeyPrefix p @s3", "p/a")]
    [InlineData("Test-CseS3Object -Path dir -KeyPrefix p @s3", "p/a p/s/b")]
    [InlineData("Test-CseS3Object -LiteralPath dir -KeyPrefix p/ @s3", "p/a p/s/b")]
    [InlineData("Set-CseSession @s3 -KeyPrefix p; Test-CseS3Object -Path dir", "p/a p/s/b")]
    [InlineData("Get-ChildItem dir -Recurse | Test-CseS3Object -KeyPrefix p -BasePath dir @s3", "p/a p/s/b")]
    [InlineData("Get-CseS3Object $bucket -Prefix p/ | Test-CseS3Object -Path dir -KmsKeyId $key", "p/a p/s/b")]
    public void Files_and_objects_find_each_other_by_the_rules_of_keys(string script, string keys)
    {
        _session.Write("dir/a", "dir/s/b");
        _session.Run("Send-CseS3Object -Path dir -Recurse -KeyPrefix p @s3").Good();

        var tested = _session.Run(script).Good();

        Assert.Equal(keys.Split(' '), tested.All("Key"));
        Assert.Equal([.. keys.Split(' ').Select(key => _session.Folder.File(key.Replace("p/", "dir/")))], tested.All("Path"));
        Assert.All(tested.Output, item => Assert.Equal(
            (true, true, "Tag", 16L),
            (item.Properties["Verified"].Value, item.Properties["TagMatches"].Value, $"{item.Properties["Tested"].Value}", item.Properties["BytesRead"].Value)));
        Assert.All(tested.Output, item => Assert.Contains("The stored body was not read", (string)item.Properties["Reason"].Value));
    }

    [Fact]
    public void Changed_and_missing_files_and_objects_are_told()
    {
        _session.Write("dir/same", "dir/changed", "dir/gone");
        _session.Run("Send-CseS3Object -Path dir -Recurse -KeyPrefix p @s3").Good();
        _session.Write("dir/new");
        File.WriteAllText(_session.Folder.File("dir/changed"), "dir/changeD");
        File.Delete(_session.Folder.File("dir/gone"));

        var files = _session.Run("Test-CseS3Object -Path dir -KeyPrefix p @s3 | Sort-Object Key").Good();
        Assert.Equal(["p/changed", "p/new", "p/same"], files.All("Key"));
        Assert.Equal([false, false, true], files.Output.Select(item => item.Properties["Verified"].Value));
        Assert.Equal([false, null, true], files.Output.Select(item => item.Properties["TagMatches"].Value));
        Assert.Equal([null, "NoSuchKey", null], files.Output.Select(item => item.Properties["ErrorId"].Value));

        var objects = _session.Run("Get-CseS3Object $bucket p/ | Test-CseS3Object -Path dir -KmsKeyId $key");
        Assert.Equal(["PathNotFound"], objects.Ids());
        Assert.Equal(["p/changed", "p/same"], objects.All("Key"));
    }

    [Fact]
    public void A_damaged_body_passes_by_the_tag_alone_and_the_result_says_what_was_not_read()
    {
        _session.Write("file");
        _session.Run("Send-CseS3Object file -Key a @s3").Good();
        var bytes = sandbox.Server.Objects.Bytes(_session.Bucket, "a");
        bytes[0] ^= 1;
        sandbox.Server.Objects.SetBytes(_session.Bucket, "a", bytes);

        var tag = _session.Run("Test-CseS3Object -Key a -Path file @s3").Good().Output.Single();
        Assert.Equal(("Tag", true), ($"{tag.Properties["Tested"].Value}", tag.Properties["TagMatches"].Value));
        Assert.Equal("The stored body was not read.", tag.Properties["Reason"].Value);

        var all = _session.Run("Test-CseS3Object -Key a -Path file -Full @s3").Good().Output.Single();
        Assert.Equal((false, true), (all.Properties["Verified"].Value, all.Properties["TagMatches"].Value));
        Assert.Null(all.Properties["ContentMatches"].Value);
    }

    [Fact]
    public void A_key_that_leads_out_of_the_folder_is_compared_with_nothing()
    {
        _session.Write("outside", "dir/a");
        _session.Store("p/../outside");

        var result = _session.Run("Get-CseS3Object $bucket p/ | Test-CseS3Object -Path dir -KmsKeyId $key");

        Assert.Equal(["KeyLeavesDestination"], result.Ids());
        Assert.Contains("-Path", $"{result.Errors.Single()}");
        Assert.Empty(result.Output);
    }

    [Fact]
    public void Links_are_followed_only_when_that_is_asked_for()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows asks for a right to make links.");
        _session.Write("outside", "dir/a");
        File.CreateSymbolicLink(_session.Folder.File("dir/link"), _session.Folder.File("outside"));
        _session.Run("Send-CseS3Object -Path dir -Recurse -FollowSymlink -KeyPrefix p @s3").Good();

        Assert.Equal(["p/a"], _session.Run("Test-CseS3Object -Path dir -KeyPrefix p @s3 -WarningAction SilentlyContinue").Good().All("Key"));
        Assert.Equal(["p/a"], _session.Run("Get-CseS3Object $bucket p/ | Test-CseS3Object -Path dir -KmsKeyId $key -WarningAction SilentlyContinue").Good().All("Key"));
        Assert.Equal(["p/a", "p/link"], _session.Run("Test-CseS3Object -Path dir -KeyPrefix p -FollowSymlink @s3").Good().All("Key"));
    }

    [Fact]
    public void A_thousand_objects_are_tested_with_failures_among_them()
    {
        _session.Store(Enumerable.Range(0, 1000).Select(i => $"p/{i:D4}"));
        var bytes = sandbox.Server.Objects.Bytes(_session.Bucket, "p/0007");
        bytes[0] ^= 1;
        sandbox.Server.Objects.SetBytes(_session.Bucket, "p/0007", bytes);
        sandbox.Server.Objects.SetMetadata(_session.Bucket, "p/0500", new Dictionary<string, string>());
        using var denied = sandbox.Server.Faults.Fail(request => request.Bucket == _session.Bucket && request.Key == "p/0900", 403, "AccessDenied", times: 1000);

        var result = _session.Run("Test-CseS3Object -KeyPrefix p @s3");

        Assert.Equal(["S3AccessDenied"], result.Ids());
        Assert.Equal(999, result.Output.Count);
        Assert.Equal(
            ["p/0007 AuthenticationFailed", "p/0500 NotEncrypted"],
            result.Output.Where(item => item.Properties["Verified"].Value is false)
                .Select(item => $"{item.Properties["Key"].Value} {item.Properties["ErrorId"].Value}").Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Results_are_shown_as_a_table_that_escapes_what_a_terminal_would_obey()
    {
        _session.Run("Send-CseS3Object -Content abc -Key test1/a @s3").Good();
        sandbox.Server.Objects.Put(_session.Bucket, "x\u001b[2J", "plain"u8);

        var lines = _session.Show("Test-CseS3Object -Key test1/a @s3").Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.TrimEnd()).ToArray();
        Assert.Equal("Verified Tested       BytesRead Key", lines[0]);
        Assert.Equal("True     Body              19 B test1/a", lines[2]);
        Assert.DoesNotContain("\u001b[2J", _session.Show("Get-CseS3Object $bucket x | Test-CseS3Object -KmsKeyId $key"), StringComparison.Ordinal);
    }

    public void Dispose() => _session.Dispose();

    private void AssertFound(string script, string? errorId = null)
    {
        var tested = _session.Run(script).Good().Output.Single();
        Assert.Equal(false, tested.Properties["Verified"].Value);
        Assert.NotEmpty((string)tested.Properties["Reason"].Value);
        Assert.NotNull(tested.Properties["ErrorId"].Value);
        if (errorId is not null)
        {
            Assert.Equal(errorId, tested.Properties["ErrorId"].Value);
        }
    }
}
