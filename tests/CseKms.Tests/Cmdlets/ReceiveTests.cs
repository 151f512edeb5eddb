using System.Diagnostics;
using System.Management.Automation;
using Xunit;

namespace CseKms.Tests.Cmdlets;

public sealed class ReceiveTests(SandboxFixture sandbox) : IDisposable
{
    private readonly UserSession _session = new(sandbox);

    [Theory]
    // One object: the last segment of its key below the destination, which is the current location unless given.
    [InlineData("Receive-CseS3Object -Key p/a @s3", "a")]
    [InlineData("Receive-CseS3Object -Key p/a -Destination d @s3", "d/a")]
    [InlineData("Receive-CseS3Object -Key p/a -KeyPrefix p -Destination d @s3", "d/a")]
    [InlineData("Receive-CseS3Object -Key p/s/b -KeyPrefix p/ -Destination d @s3", "d/s/b")]
    [InlineData("Receive-CseS3Object -Key p/a -File d/other @s3", "d/other")]
    // A prefix: the keys less the prefix, with a missing slash added.
    [InlineData("Receive-CseS3Object -KeyPrefix p/ -Destination d @s3", "d/a", "d/s/b")]
    [InlineData("Receive-CseS3Object -KeyPrefix p -Destination d @s3", "d/a", "d/s/b")]
    [InlineData("Receive-CseS3Object -KeyPrefix '' -Destination d @s3", "d/p/a", "d/p/s/b", "d/px")]
    [InlineData("Set-CseSession @s3 -KeyPrefix p; Receive-CseS3Object -Destination d", "d/a", "d/s/b")]
    // Our own listing carries its folder along; keys that others list are whole unless a prefix is given.
    [InlineData("Get-CseS3Object $bucket -Prefix p/ | Receive-CseS3Object -Destination d -KmsKeyId $key", "d/a", "d/s/b")]
    [InlineData("Get-CseS3Object $bucket -Prefix p | Receive-CseS3Object -Destination d -KmsKeyId $key", "d/p/a", "d/p/s/b", "d/px")]
    [InlineData("Get-CseS3Object $bucket -Prefix p/ -Envelope | Receive-CseS3Object -Destination d -KmsKeyId $key", "d/a", "d/s/b")]
    [InlineData("[pscustomobject]@{ BucketName = $bucket; Key = 'p/s/b' } | Receive-CseS3Object -Destination d -KmsKeyId $key", "d/p/s/b")]
    [InlineData("[pscustomobject]@{ BucketName = $bucket; Key = 'p/s/b' } | Receive-CseS3Object -KeyPrefix p -Destination d -KmsKeyId $key", "d/s/b")]
    public void KeysBecomeFiles(string script, params string[] files)
    {
        _session.Run("foreach ($k in 'p/a', 'p/s/b', 'px') { Send-CseS3Object -Content $k -Key $k @s3 }").Good();
        var received = _session.Run(script).Good();
        Assert.Equal([.. files.Select(_session.Folder.File)], received.All("Path"));
        Assert.Equal(files, Files());
        foreach (var item in received.Output)
        {
            Assert.Equal(item.Properties["Key"].Value, File.ReadAllText((string)item.Properties["Path"].Value));
            Assert.Equal((long)((string)item.Properties["Key"].Value).Length, item.Properties["PlaintextSize"].Value);
            Assert.Equal(_session.Bucket, item.Properties["BucketName"].Value);
        }
    }

    [Fact]
    public void Content_goes_to_the_pipeline_as_text_or_bytes()
    {
        _session.Run("Send-CseS3Object -Content 'grüße' -Key utf8 @s3; Send-CseS3Object -Content 'grüße' -Encoding latin1 -Key latin1 @s3").Good();
        Assert.Equal(["grüße"], Out("Receive-CseS3Object -Key utf8 -AsString @s3"));
        Assert.Equal(["grüße"], Out("Receive-CseS3Object -Key latin1 -AsString -Encoding latin1 @s3"));
        Assert.Equal(["grüße", "gr\uFFFD\uFFFDe"], Out("'utf8', 'latin1' | ForEach-Object { Receive-CseS3Object -Key $_ -AsString @s3 }"));
        Assert.Equal([new byte[] { (byte)'g', (byte)'r', 0xFC, 0xDF, (byte)'e' }], Out("Receive-CseS3Object -Key latin1 -AsByteStream @s3"));
        Assert.Equal(2, Out("Get-CseS3Object $bucket | Receive-CseS3Object -AsByteStream -KmsKeyId $key").Length);
        Assert.Empty(Files());
        Assert.NotEmpty(_session.Run("Receive-CseS3Object -Key utf8 -AsString -Encoding nonsense @s3").Terminating!.ToString());

        object[] Out(string script) => [.. _session.Run(script).Good().Output.Select(item => item.BaseObject)];
    }

    [Fact]
    public void Time_and_mode_of_a_file_go_with_it_when_asked_for()
    {
        _session.Write("a");
        var (source, target) = (_session.Folder.File("a"), _session.Folder.File("b"));
        var time = new DateTime(2001, 2, 3, 4, 5, 6, DateTimeKind.Utc).AddTicks(7654321);
        File.SetLastWriteTimeUtc(source, time);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(source, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        }

        _session.Run("Send-CseS3Object a -Key a -PreserveTimestamp -PreserveMode @s3").Good();
        _session.Run("Receive-CseS3Object -Key a -File b -PreserveTimestamp -PreserveMode @s3").Good();
        _session.Run("Receive-CseS3Object -Key a -File c @s3").Good();

        Assert.Equal("981173106.7654321", _session.Server.Objects.Metadata(_session.Bucket, "a")["mtime"]);
        Assert.Equal(time, File.GetLastWriteTimeUtc(target));
        Assert.NotEqual(time, File.GetLastWriteTimeUtc(_session.Folder.File("c")));
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserExecute, File.GetUnixFileMode(target));
        }
    }

    [Fact]
    public void An_existing_file_stays_unless_forced()
    {
        _session.Store("a");
        File.WriteAllText(_session.Folder.File("a"), "mine");
        foreach (var how in new[] { "", "-File a" })
        {
            var result = _session.Run($"Receive-CseS3Object -Key a {how} @s3");
            Assert.Equal(["FileExists"], result.Ids());
            Assert.Equal(ErrorCategory.ResourceExists, result.Errors[0].CategoryInfo.Category);
            Assert.Equal($"{_session.Bucket}/a", result.Errors[0].TargetObject);
            Assert.Equal("mine", _session.Read("a"));
        }

        _session.Run("Receive-CseS3Object -Key a -Force @s3").Good();
        Assert.Equal("a", _session.Read("a"));
        Assert.Equal(["a"], Files());
    }

    [Theory]
    [InlineData("-File pipe")]
    [InlineData("-File pipe -Force")]
    [InlineData("-Force")]
    public void What_is_no_regular_file_is_never_replaced(string how)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Pipes of Windows are in no folder.");
        _session.Store("pipe");
        Assert.Equal(0, Exit("mkfifo"));

        var error = Assert.Single(_session.Run($"Receive-CseS3Object -Key pipe {how} @s3").Errors);

        Assert.Equal("DestinationBlocked", error.Id());
        Assert.Equal(ErrorCategory.SecurityError, error.CategoryInfo.Category);
        Assert.Contains($"'{_session.Folder.File("pipe")}' is a named pipe", error.ToString(), StringComparison.Ordinal);
        Assert.Equal(["pipe"], _session.Folder.Entries);
        Assert.Equal(0, Exit("test", "-p"));

        int Exit(string command, params string[] arguments)
        {
            using var process = Process.Start(command, [.. arguments, _session.Folder.File("pipe")]);
            process.WaitForExit();
            return process.ExitCode;
        }
    }

    [Theory]
    [InlineData("../x", "KeyLeavesDestination", ErrorCategory.SecurityError)]
    [InlineData("/x", "KeyLeavesDestination", ErrorCategory.SecurityError)]
    [InlineData("a/../b", "KeyLeavesDestination", ErrorCategory.SecurityError)]
    [InlineData("./b", "KeyLeavesDestination", ErrorCategory.SecurityError)]
    [InlineData("a/..", "KeyLeavesDestination", ErrorCategory.SecurityError)]
    [InlineData("a//b", "KeyNotMappable", ErrorCategory.InvalidArgument)]
    public void Keys_that_name_no_file_below_the_destination_are_refused(string key, string id, ErrorCategory category)
    {
        _session.Store("good", key);
        foreach (var how in new[]
        {
            "Receive-CseS3Object -KeyPrefix '' -Destination d/e @s3 -Force",
            "Get-CseS3Object $bucket | Receive-CseS3Object -Destination d/e -KmsKeyId $key -Force",
            "'good', $hostile | ForEach-Object { [pscustomobject]@{ BucketName = $bucket; Key = $_ } } | Receive-CseS3Object -Destination d/e -KmsKeyId $key -Force",
        })
        {
            _session.Set("hostile", key);
            var result = _session.Run(how);
            Assert.Equal([id], result.Ids());
            var error = result.Errors[0];
            Assert.Equal(category, error.CategoryInfo.Category);
            Assert.Equal($"{_session.Bucket}/{key}", error.TargetObject);
            Assert.Contains("-File", error.ToString());
            Assert.Equal(["d/e/good"], Files());
        }

        // As the message says.
        _session.Run("Receive-CseS3Object -Key $hostile -File named @s3").Good();
        Assert.Equal("good", _session.Read("named"));
    }

    [Fact]
    public void The_last_segment_of_a_key_may_be_hostile_too()
    {
        _session.Store("good", "a/..");
        Assert.Equal(["KeyLeavesDestination"], _session.Run("Receive-CseS3Object -Key a/.. -Destination d/e @s3").Ids());
        Assert.Empty(Files());
    }

    [Fact]
    public void Two_objects_for_one_file_are_an_error_of_the_second()
    {
        _session.Store("a/x", "b/x");
        var result = _session.Run("'a/x', 'b/x' | ForEach-Object { [pscustomobject]@{ Key = $_; KeyPrefix = $_ -replace 'x' } } | Receive-CseS3Object -Destination d @s3");
        Assert.Equal(["PathCollision"], result.Ids());
        Assert.Equal($"{_session.Bucket}/b/x", result.Errors[0].TargetObject);
        Assert.Equal(["a/x"], result.All("Key"));
        Assert.Equal(["PathCollision"], _session.Run("'Key,File', 'a/x,one', 'b/x,one' | ConvertFrom-Csv | Receive-CseS3Object @s3").Ids());
        Assert.Equal(["d/x", "one"], Files());
    }

    [Fact]
    public void Folder_markers_are_passed_over()
    {
        _session.Store("p/a");
        sandbox.Server.Objects.Put(_session.Bucket, "p/", []);
        sandbox.Server.Objects.Put(_session.Bucket, "p/empty/", []);
        Assert.Equal(["p/a"], _session.Run("Receive-CseS3Object -KeyPrefix p -Destination d @s3").Good().All("Key"));
        Assert.Equal(["d/a"], Files());
    }

    [Fact]
    public void Folder_markers_of_Hadoop_are_passed_over_and_named()
    {
        _session.Store("p/a", "p/b_$folder$");
        sandbox.Server.Objects.Put(_session.Bucket, "p/c_$folder$", []);
        _session.Run("Send-CseS3Object -Content '' -Key 'p/d_$folder$' @s3").Good();
        var result = _session.Run("Receive-CseS3Object -KeyPrefix p -Destination d @s3 -Verbose 4>&1").Good();
        Assert.Equal(["d/a", "d/b_$folder$"], Files());
        Assert.Equal(2, result.Output.Count(item => $"{item}".EndsWith("_$folder$ is an empty folder marker and was passed over.", StringComparison.Ordinal)));
        Assert.Equal(["p/d_$folder$"], _session.Run("Receive-CseS3Object -Key 'p/d_$folder$' -Destination e @s3").Good().All("Key"));
    }

    /// <summary>As S3A writes them where it encrypts.</summary>
    [Fact]
    public void Encrypted_folder_markers_are_passed_over()
    {
        _session.Store("p/a");
        StoreUnder("p/sub/", "");
        Assert.Equal(["p/a"], _session.Run("Receive-CseS3Object -KeyPrefix p -Destination d @s3").Good().All("Key"));
        Assert.Empty(_session.Run("Receive-CseS3Object -Key p/sub/ -Destination d @s3").Good().Output);
        Assert.Single(_session.Run("Receive-CseS3Object -KeyPrefix p -AsString @s3").Good().Output);
    }

    [Fact]
    public void An_object_with_content_whose_key_ends_in_a_slash_is_no_marker()
    {
        _session.Store("p/a");
        StoreUnder("p/sub/", "not empty");
        foreach (var receive in (string[])[
            "Receive-CseS3Object -KeyPrefix p -Destination d @s3 -Force",
            "Receive-CseS3Object -KeyPrefix p/sub -Destination d @s3 -Force",
            "Get-CseS3Object $bucket p/sub | Receive-CseS3Object -Destination d -KmsKeyId $key",
            "Receive-CseS3Object -Key p/sub/ -Destination d @s3"])
        {
            var result = _session.Run(receive);
            Assert.Equal(["KeyNotMappable"], result.Ids());
            Assert.Equal($"{_session.Bucket}/p/sub/", result.Errors[0].TargetObject);
            Assert.Contains("-File", result.Errors[0].Exception.Message, StringComparison.Ordinal);
        }

        Assert.Equal(["d/a"], Files());
        _session.Run("Receive-CseS3Object -Key p/sub/ -File it @s3").Good();
        Assert.Equal("not empty", _session.Read("it"));
        Assert.Equal("not empty", _session.Run("Receive-CseS3Object -Key p/sub/ -AsString @s3").Good().Output.Single().BaseObject);
    }

    [Fact]
    public void Plain_content_under_a_folders_key_is_no_marker_either()
    {
        sandbox.Server.Objects.Put(_session.Bucket, "p/sub/", "plain"u8);
        sandbox.Server.Objects.Put(_session.Bucket, "p/x_$folder$", "plain"u8);
        Assert.Equal(["KeyNotMappable", "NotEncrypted"], _session.Run("Receive-CseS3Object -KeyPrefix p -Destination d @s3").Ids().Order());
    }

    [Fact]
    public void Nothing_to_receive_is_told()
    {
        var result = _session.Run("Receive-CseS3Object -KeyPrefix none -Destination d @s3");
        Assert.Equal(["NothingFound"], result.Ids());
        Assert.Equal(ErrorCategory.ObjectNotFound, result.Errors[0].CategoryInfo.Category);
        Assert.Equal($"{_session.Bucket}/none/", result.Errors[0].TargetObject);
        Assert.Equal("NothingNamed", _session.Ends("Receive-CseS3Object -Destination d @s3").Id());
        Assert.Equal("BucketNameRequired", _session.Ends("Receive-CseS3Object -Key x -KmsKeyId $key").Id());
        Assert.Equal("BucketNameRequired", _session.Ends("Send-CseS3Object -Content x -Key x -KmsKeyId $key").Id());
        Assert.Equal("BucketNameRequired", _session.Ends("Get-CseS3Object").Id());
        Assert.Equal(["KeyNotUnderPrefix"], _session.Run("Receive-CseS3Object -Key a -KeyPrefix b @s3").Ids());
        result = _session.Run("Receive-CseS3Object -Key none @s3");
        Assert.Equal(["NoSuchKey"], result.Ids());
        Assert.Equal($"{_session.Bucket}/none", result.Errors[0].TargetObject);
        Assert.Empty(Files());
    }

    [Fact]
    public void No_bucket_is_taken_from_text_in_the_pipe()
    {
        _session.Store("a");
        Assert.NotEmpty(_session.Run("$bucket | Receive-CseS3Object -KmsKeyId $key").Errors);
        Assert.Empty(Files());
    }

    [Fact]
    public void WhatIf_receives_nothing()
    {
        _session.Store("a", "b");
        var gets = sandbox.Server.Requests.Count("GetObject");
        var shown = _session.Show("Receive-CseS3Object -KeyPrefix '' -Destination d @s3 -WhatIf");
        Assert.Contains($"{_session.Bucket}/a", shown);
        Assert.Contains($"{_session.Bucket}/b", shown);
        Assert.Empty(_session.Run("Receive-CseS3Object -Key a -AsString @s3 -WhatIf").Good().Output);
        Assert.Empty(Files());
        Assert.Equal(gets, sandbox.Server.Requests.Count("GetObject"));
    }

    [Fact]
    public void Thousands_of_objects_are_received()
    {
        _session.Store(Enumerable.Range(0, 2500).Select(i => $"p/{i / 100:D2}/{i:D4}"));
        Assert.Equal(_session.Keys, _session.Run("Get-CseS3Object $bucket -Prefix p/").Good().All("Key"));
        var received = _session.Run("Get-CseS3Object $bucket -Prefix p/ | Receive-CseS3Object -Destination d -KmsKeyId $key").Good();
        Assert.Equal(_session.Keys, received.All("Key"));
        Assert.Equal(2500, Directory.EnumerateFiles(_session.Folder.File("d"), "*", SearchOption.AllDirectories).Count());
        Assert.Equal("p/00/0000", _session.Read("d/24/2499"));
    }

    [Fact]
    public void A_few_failures_among_many_stop_nobody_else()
    {
        _session.Store(Enumerable.Range(0, 200).Select(i => $"p/{i:D3}"));
        var bytes = sandbox.Server.Objects.Bytes(_session.Bucket, "p/007");
        bytes[0] ^= 1;
        sandbox.Server.Objects.SetBytes(_session.Bucket, "p/007", bytes);
        sandbox.Server.Objects.Put(_session.Bucket, "p/013", "plain"u8);
        Directory.CreateDirectory(_session.Folder.File("d"));
        File.WriteAllText(_session.Folder.File("d/100"), "mine");
        using var denied = sandbox.Server.Faults.Fail(request => request.Bucket == _session.Bucket && request.Key == "p/150", 403, "AccessDenied", times: 1000);

        var result = _session.Run("Receive-CseS3Object -KeyPrefix p -Destination d @s3");
        var errors = result.Errors.OrderBy(error => error.TargetObject).ToArray();
        Assert.Null(result.Terminating);
        Assert.Equal(["AuthenticationFailed", "NotEncrypted", "FileExists", "S3AccessDenied"], errors.Select(Results.Id));
        Assert.Equal(
            [.. new[] { "007", "013", "100", "150" }.Select(name => $"{_session.Bucket}/p/{name}")],
            errors.Select(error => $"{error.TargetObject}"));
        Assert.Equal(
            [ErrorCategory.SecurityError, ErrorCategory.InvalidType, ErrorCategory.ResourceExists, ErrorCategory.PermissionDenied],
            errors.Select(error => error.CategoryInfo.Category));
        Assert.All(errors, error => Assert.Equal($"{error.Id()},CseKms.Commands.ReceiveCseS3ObjectCommand", error.FullyQualifiedErrorId));
        Assert.Equal(196, result.Output.Count);
        Assert.Equal(197, Files().Length);
        Assert.Equal("mine", _session.Read("d/100"));
    }

    [Fact]
    public void A_version_of_an_object_is_received()
    {
        using var session = new UserSession(sandbox, versioned: true);
        session.Run("$global:old = Send-CseS3Object -Content old -Key a @s3; Send-CseS3Object -Content new -Key a @s3").Good();
        Assert.Equal("old", session.Run("Receive-CseS3Object -Key a -VersionId $old.VersionId -AsString @s3").Good().Output.Single().ToString());
        Assert.Equal("old", session.Run("$old | Receive-CseS3Object -AsString -KmsKeyId $key").Good().Output.Single().ToString());
        Assert.Equal("new", session.Run("Receive-CseS3Object -Key a -AsString @s3").Good().Output.Single().ToString());
        Assert.Equal("NoSuchKey", session.Run("Receive-CseS3Object -Key a -VersionId 00000000000000000000000000000000 -AsString @s3").Ids().Single());
    }

    [Fact]
    public void A_key_that_is_the_suffix_of_instruction_files_alone_is_an_error_of_one_object()
    {
        _session.Store("a");
        _session.Server.Objects.Put(_session.Bucket, ".instruction", "plain"u8);

        var result = _session.Run("Receive-CseS3Object -KeyPrefix '' -Destination d @s3");

        Assert.Equal(["NotEncrypted"], result.Ids());
        Assert.Equal(["a"], result.All("Key"));
    }

    public void Dispose() => _session.Dispose();

    // What is sent here never has such a key.
    private void StoreUnder(string key, string content)
    {
        _session.Set("content", content);
        _session.Run("Send-CseS3Object -Content $content -Key made @s3").Good();
        var objects = sandbox.Server.Objects;
        objects.Put(_session.Bucket, key, objects.Bytes(_session.Bucket, "made"), objects.Metadata(_session.Bucket, "made"));
        objects.Delete(_session.Bucket, "made");
    }

    private string[] Files() =>
        [.. _session.Folder.Entries.Select(name => name.Replace('\\', '/')).Where(name => File.Exists(_session.Folder.File(name)))];
}
