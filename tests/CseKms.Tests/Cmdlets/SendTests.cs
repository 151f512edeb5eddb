using System.Management.Automation;
using System.Text;
using System.Text.RegularExpressions;
using Xunit;

namespace CseKms.Tests.Cmdlets;

public sealed class SendTests(SandboxFixture sandbox) : IDisposable
{
    private readonly UserSession _session = new(sandbox);

    [Theory]
    // Piped: relative to the current location, or to -BasePath. Folders in the pipe are passed over.
    [InlineData("Get-ChildItem in -Recurse | Send-CseS3Object @s3", "in/a.txt", "in/sub/b.txt")]
    [InlineData("Get-ChildItem in -Recurse | Send-CseS3Object @s3 -KeyPrefix p/", "p/in/a.txt", "p/in/sub/b.txt")]
    [InlineData("Get-ChildItem in -Recurse | Send-CseS3Object @s3 -KeyPrefix p/ -BasePath in", "p/a.txt", "p/sub/b.txt")]
    [InlineData("Get-ChildItem in -Recurse | Send-CseS3Object @s3 -BasePath in/sub/..", "a.txt", "sub/b.txt")]
    [InlineData("Get-ChildItem in -Recurse -File | ForEach-Object FullName | Send-CseS3Object @s3", "in/a.txt", "in/sub/b.txt")]
    [InlineData("'in/a.txt' | Send-CseS3Object @s3", "in/a.txt")]
    [InlineData("$ExecutionContext.InvokeProvider.ChildItem.Get('in', $true) | Send-CseS3Object @s3", "in/a.txt", "in/sub/b.txt")]
    // A missing slash is added to a prefix.
    [InlineData("Get-ChildItem in -Recurse | Send-CseS3Object @s3 -KeyPrefix p -BasePath in", "p/a.txt", "p/sub/b.txt")]
    // By name: the bare name, or for a folder what is below it.
    [InlineData("Send-CseS3Object in/sub/b.txt @s3", "b.txt")]
    [InlineData("Send-CseS3Object in/sub/b.txt @s3 -KeyPrefix p", "p/b.txt")]
    [InlineData("Send-CseS3Object in/sub/b.txt @s3 -BasePath .", "in/sub/b.txt")]
    [InlineData("Send-CseS3Object in/sub/b.txt @s3 -Key other", "other")]
    [InlineData("'in/a.txt' | Send-CseS3Object @s3 -Key other", "other")]
    [InlineData("Send-CseS3Object in @s3 -Recurse", "a.txt", "sub/b.txt")]
    [InlineData("Send-CseS3Object in @s3 -Recurse -KeyPrefix p", "p/a.txt", "p/sub/b.txt")]
    [InlineData("Send-CseS3Object in/*.txt @s3", "a.txt")]
    [InlineData("Send-CseS3Object in/a.txt, in/sub/b.txt @s3", "a.txt", "b.txt")]
    // The same file twice is one object, sent once.
    [InlineData("'in/a.txt', 'in/a.txt', './in/a.txt' | Send-CseS3Object @s3", "in/a.txt")]
    [InlineData("Send-CseS3Object in/a.txt, in/a.txt @s3 -Key one", "one")]
    // Everything by the session's default.
    [InlineData("Set-CseSession @s3 -KeyPrefix d; Get-ChildItem in -Recurse | Send-CseS3Object", "d/in/a.txt", "d/in/sub/b.txt")]
    [InlineData("Set-CseSession @s3 -KeyPrefix d; Send-CseS3Object in/a.txt -KeyPrefix ''", "a.txt")]
    public void FilesBecomeKeys(string script, params string[] keys)
    {
        _session.Write("in/a.txt", "in/sub/b.txt");
        var sent = _session.Run(script).Good();
        Assert.Equal(keys, sent.All("Key"));
        Assert.Equal(keys, _session.Keys);
        Assert.Equal(keys.Length, sandbox.Server.Requests.Count(request => request.Operation == "PutObject" && request.Bucket == _session.Bucket));
        foreach (var item in sent.Output)
        {
            var path = (string)item.Properties["Path"].Value;
            Assert.True(Path.IsPathFullyQualified(path) && File.Exists(path), path);
            Assert.EndsWith(Path.GetFileName(path), (string)item.Properties["Key"].Value is "other" or "one" ? path : (string)item.Properties["Key"].Value);
            Assert.Equal(new FileInfo(path).Length, item.Properties["PlaintextSize"].Value);
            Assert.Equal(new FileInfo(path).Length + 16, item.Properties["Size"].Value);
            Assert.Equal(_session.Bucket, item.Properties["BucketName"].Value);
            Assert.Equal(sandbox.KmsKeyArn, item.Properties["KmsKeyId"].Value);
            Assert.NotNull(item.Properties["ETag"].Value);
        }
    }

    [Theory]
    [InlineData("Send-CseS3Object nowhere @s3", "PathNotFound", ErrorCategory.ObjectNotFound, "nowhere")]
    [InlineData("Send-CseS3Object nodrive:/x @s3", "PathNotFound", ErrorCategory.ObjectNotFound, "nodrive:/x")]
    [InlineData("Send-CseS3Object -LiteralPath nowhere @s3", "PathNotFound", ErrorCategory.ObjectNotFound, "nowhere")]
    [InlineData("Send-CseS3Object Variable:bucket @s3", "NotFileSystem", ErrorCategory.InvalidArgument, "Variable:bucket")]
    [InlineData("Send-CseS3Object in @s3", "FolderNeedsRecurse", ErrorCategory.InvalidArgument, "in")]
    [InlineData("Get-ChildItem in -File | Send-CseS3Object @s3 -BasePath in/sub", "NotUnderBasePath", ErrorCategory.InvalidArgument, "in/a.txt")]
    public void What_cannot_be_taken_is_an_error_and_the_rest_is_sent(string script, string id, ErrorCategory category, string target)
    {
        _session.Write("in/a.txt", "in/sub/b.txt");
        var result = _session.Run($"{script}; Send-CseS3Object in/a.txt @s3");
        Assert.Equal([id], result.Ids());
        var error = result.Errors.Single();
        Assert.Equal(category, error.CategoryInfo.Category);
        Assert.EndsWith(target, (string)error.TargetObject);
        Assert.Contains((string)error.TargetObject, error.ToString());
        Assert.Equal(["a.txt"], _session.Keys);
    }

    [Fact]
    public void Piped_files_elsewhere_need_a_BasePath()
    {
        _session.Write("in/a.txt", "here/x");
        _session.Run("$null = $ExecutionContext.SessionState.Path.SetLocation(\"$folder/here\")").Good();
        var result = _session.Run("Get-ChildItem ../in -Recurse | Send-CseS3Object @s3");
        Assert.Equal(["BasePathRequired"], result.Ids());
        Assert.Equal(_session.Folder.File("in/a.txt"), result.Errors[0].TargetObject);
        Assert.Contains("-BasePath", result.Errors[0].ToString());
        Assert.Empty(_session.Keys);
        _session.Run("Get-ChildItem ../in -Recurse | Send-CseS3Object @s3 -BasePath ../in").Good();
        Assert.Equal(["a.txt"], _session.Keys);
    }

    [Fact]
    public void Brackets_are_wildcards_in_Path_and_themselves_in_LiteralPath()
    {
        _session.Write("in/[a].txt", "in/a.txt");
        Assert.Equal(["a.txt"], _session.Run("Send-CseS3Object 'in/[a].txt' @s3").Good().All("Key"));
        Assert.Equal(["[a].txt"], _session.Run("Send-CseS3Object -LiteralPath 'in/[a].txt' @s3").Good().All("Key"));
        Assert.Equal(["in/[a].txt", "in/a.txt"], _session.Run("Get-ChildItem in | Send-CseS3Object @s3").Good().All("Key"));
    }

    [Fact]
    public void Only_folders_in_the_pipeline_are_told_of()
    {
        _session.Write("in/sub/b.txt");
        Assert.Contains("-Recurse", Assert.Single(_session.Run("Get-Item in | Send-CseS3Object @s3").Good().Warnings));
        Assert.Contains("-Recurse", Assert.Single(_session.Run("Get-ChildItem in | Send-CseS3Object -Key one @s3").Good().Warnings));
        Assert.Empty(_session.Keys);
        Assert.Empty(_session.Run("Get-ChildItem in -Recurse | Send-CseS3Object @s3").Good().Warnings);
        Assert.Empty(_session.Run("Get-Item in | Send-CseS3Object -Recurse @s3").Good().Warnings);
    }

    [Fact]
    public void One_key_for_two_files_sends_nothing()
    {
        _session.Write("in/a", "in/b");
        var error = _session.Ends("Get-ChildItem in | Send-CseS3Object @s3 -Key one");
        Assert.Equal("OneKeyManyFiles", error.Id());
        Assert.Contains("-KeyPrefix", error.ToString());
        Assert.Equal("OneKeyManyFiles", _session.Ends("Send-CseS3Object in @s3 -Recurse -Key one").Id());
        Assert.Empty(_session.Keys);
    }

    [Fact]
    public void Two_files_for_one_key_are_an_error_of_the_second()
    {
        _session.Write("one/a", "two/a", "two/b");
        var result = _session.Run("Send-CseS3Object one/a, two/a, two/b @s3");
        Assert.Equal(["KeyCollision"], result.Ids());
        Assert.Equal(_session.Folder.File("two/a"), result.Errors[0].TargetObject);
        Assert.Contains(_session.Folder.File("one/a"), result.Errors[0].ToString());
        Assert.Equal(["a", "b"], _session.Keys);
        Assert.Equal(["one/a"], _session.Run("Receive-CseS3Object -Key a -AsString @s3").Good().Output.Select(text => text.ToString()));
    }

    [Fact]
    public void Keys_longer_than_S3_allows_are_not_sent()
    {
        _session.Write("in/a");
        _session.Set("long", new string('é', 512));
        Assert.Equal(["KeyTooLong"], _session.Run("Send-CseS3Object in/a @s3 -KeyPrefix $long").Ids());
        Assert.Empty(_session.Keys);
    }

    [Fact]
    public void Temporary_files_of_the_module_are_passed_over()
    {
        _session.Write("in/.cse-0123456789abcdef0123456789abcdef.tmp", "in/.cse-notes.txt", "in/.hidden", "in/a.tmp");
        string[] others = [".cse-notes.txt", ".hidden", "a.tmp"];
        Assert.Equal(others, _session.Run("Send-CseS3Object in @s3 -Recurse").Good().All("Key"));
        Assert.Equal(others, _session.Run("[IO.Directory]::GetFiles(\"$folder/in\") | Send-CseS3Object @s3 -BasePath in").Good().All("Key"));
    }

    [Fact]
    public void Symbolic_links_are_passed_over_unless_followed()
    {
        _session.Write("in/a", "elsewhere/b");
        try
        {
            File.CreateSymbolicLink(_session.Folder.File("in/link"), _session.Folder.File("in/a"));
            Directory.CreateSymbolicLink(_session.Folder.File("in/linked"), _session.Folder.File("elsewhere"));
        }
        catch (IOException) when (OperatingSystem.IsWindows())
        {
            Assert.Skip("This Windows does not let its user make symbolic links.");
        }

        var result = _session.Run("Send-CseS3Object in @s3 -Recurse");
        Assert.Equal(["a"], result.Good().All("Key"));
        Assert.Equal(2, result.Warnings.Count);
        Assert.All(result.Warnings, warning => Assert.Contains("-FollowSymlink", warning));
        result = _session.Run("Send-CseS3Object in @s3 -Recurse -FollowSymlink");
        Assert.Equal(["a", "link", "linked/b"], result.Good().All("Key"));
        Assert.Empty(result.Warnings);
        result = _session.Run("Get-ChildItem in/link | Send-CseS3Object @s3");
        Assert.Empty(result.Good().Output);
        Assert.Single(result.Warnings);
    }

    [Theory]
    // At and above what the user names, a link is what was meant.
    [InlineData("Send-CseS3Object linked -Recurse", "b")]
    [InlineData("Send-CseS3Object linked/b", "b")]
    [InlineData("Send-CseS3Object linked/*", "b")]
    [InlineData("Send-CseS3Object linked/b -BasePath linked", "b")]
    [InlineData("Get-ChildItem linked/b | Send-CseS3Object -BasePath linked", "b")]
    [InlineData("Set-Location linked; Get-ChildItem | Send-CseS3Object", "b")]
    [InlineData("'linked/b' | Send-CseS3Object -FollowSymlink", "linked/b")]
    // Below it, somebody else may have put it there.
    [InlineData("'linked/b' | Send-CseS3Object")]
    [InlineData("Get-Item linked | Send-CseS3Object -Recurse")]
    [InlineData("Send-CseS3Object linked/b -BasePath .")]
    [InlineData("Send-CseS3Object linked -Recurse -BasePath .")]
    [InlineData("Send-CseS3Object l* -Recurse")]
    [InlineData("Send-CseS3Object l*/b")]
    public void Links_are_followed_where_the_user_names_them_and_not_below(string script, params string[] keys)
    {
        _session.Write("elsewhere/b");
        try
        {
            Directory.CreateSymbolicLink(_session.Folder.File("linked"), _session.Folder.File("elsewhere"));
        }
        catch (IOException) when (OperatingSystem.IsWindows())
        {
            Assert.Skip("This Windows does not let its user make symbolic links.");
        }

        var result = _session.Run($"{script} @s3").Good();
        Assert.Equal(keys, result.All("Key"));
        Assert.Equal(keys.Length == 0 ? 1 : 0, result.Warnings.Count);
        Assert.All(result.Warnings, warning => Assert.Matches($"{Regex.Escape(_session.Folder.File("linked"))}.*-FollowSymlink", warning));
    }

    [Fact]
    public void A_link_to_a_folder_above_it_does_not_run_for_ever()
    {
        _session.Write("in/a");
        try
        {
            Directory.CreateSymbolicLink(_session.Folder.File("in/up"), _session.Folder.File("in"));
        }
        catch (IOException) when (OperatingSystem.IsWindows())
        {
            Assert.Skip("This Windows does not let its user make symbolic links.");
        }

        var result = _session.Run("Send-CseS3Object in @s3 -Recurse -FollowSymlink");
        Assert.Equal(["a"], result.Good().All("Key"));
        Assert.Contains(_session.Folder.File("in/up"), Assert.Single(result.Warnings));
    }

    [Fact]
    public void Text_and_streams_are_sent()
    {
        _session.Run("Send-CseS3Object -Content 'grüße' -Key text @s3").Good();
        _session.Run("Send-CseS3Object -Content 'grüße' -Encoding unicode -Key wide @s3").Good();
        _session.Run("Send-CseS3Object -Content '' -Key empty @s3").Good();
        _session.Run("Send-CseS3Object -InputStream ([IO.MemoryStream]::new([byte[]](1, 2, 3))) -Key stream @s3").Good();
        Assert.Equal(["empty", "stream", "text", "wide"], _session.Keys);
        Assert.Equal("grüße", Received("text"));
        Assert.Equal("grüße", Received("wide", "-Encoding unicode"));
        Assert.Equal("", Received("empty"));
        var bytes = _session.Run("Receive-CseS3Object -Key stream -AsByteStream @s3").Good().Output.Single().BaseObject;
        Assert.Equal(new byte[] { 1, 2, 3 }, bytes);
        Assert.Equal(Encoding.Unicode.GetPreamble().Length + Encoding.Unicode.GetByteCount("grüße") + 16, sandbox.Server.Objects.Bytes(_session.Bucket, "wide").Length);

        Assert.Equal("KeyRequired", _session.Ends("Send-CseS3Object -Content x @s3").Id());
        Assert.Equal("KeyRequired", _session.Ends("Send-CseS3Object -InputStream ([IO.MemoryStream]::new()) @s3").Id());
        Assert.Equal(4, _session.Keys.Count);

        string Received(string key, string more = "") =>
            (string)_session.Run($"Receive-CseS3Object -Key {key} -AsString @s3 {more}").Good().Output.Single().BaseObject;
    }

    [Fact]
    public void WhatIf_sends_nothing()
    {
        _session.Write("in/a", "in/b");
        var shown = _session.Show("Get-ChildItem in | Send-CseS3Object @s3 -WhatIf");
        Assert.Contains("What if:", shown);
        Assert.Contains($"{_session.Bucket}/in/a", shown);
        Assert.Contains($"{_session.Bucket}/in/b", shown);
        Assert.Empty(_session.Keys);
        Assert.DoesNotContain(sandbox.Server.Requests.All, request => request.Bucket == _session.Bucket);
    }

    [Fact]
    public void NoClobber_keeps_what_is_there()
    {
        _session.Run("Send-CseS3Object -Content old -Key a @s3").Good();
        var result = _session.Run("Send-CseS3Object -Content new -Key a -NoClobber @s3");
        Assert.Equal(["AlreadyExists"], result.Ids());
        Assert.Equal(ErrorCategory.ResourceExists, result.Errors[0].CategoryInfo.Category);
        Assert.Equal($"{_session.Bucket}/a", result.Errors[0].TargetObject);
        Assert.Equal("old", _session.Run("Receive-CseS3Object -Key a -AsString @s3").Good().Output.Single().ToString());
        _session.Run("Send-CseS3Object -Content new -Key a @s3").Good();
        Assert.Equal("new", _session.Run("Receive-CseS3Object -Key a -AsString @s3").Good().Output.Single().ToString());
    }

    [Fact]
    public void Metadata_tags_and_type_are_stored_beside_the_content()
    {
        _session.Write("in/page.html");
        _session.Run("Send-CseS3Object in/page.html -Metadata @{ Owner = 'Ann'; Count = 3 } -TagSet @{ team = 'a b' } -StorageClass STANDARD_IA @s3").Good();
        var stored = sandbox.Server.Objects.Get(_session.Bucket, "page.html");
        Assert.Equal("Ann", stored.Metadata["owner"]);
        Assert.Equal("3", stored.Metadata["count"]);
        Assert.Equal("text/html", stored.Headers.First(header => header.Key.Equals("Content-Type", StringComparison.OrdinalIgnoreCase)).Value);
        Assert.Equal("STANDARD_IA", stored.StorageClass);
    }

    [Theory]
    [InlineData("-Metadata @{ 'x-amz-key-v2' = 'x' }", "ReservedName")]
    [InlineData("-Metadata @{ 'X-Amz-Other' = 'x' }", "ReservedName")]
    [InlineData("-EncryptionContext @{ 'aws:x-amz-cek-alg' = 'x' }", "ReservedName")]
    [InlineData("-Metadata @{ name = 'é' }", "MetadataNotAscii")]
    [InlineData("-Metadata @{ name = 'x' * 2048 }", "MetadataTooLarge")]
    public void Metadata_that_cannot_be_stored_is_refused_before_KMS_is_called(string parameters, string id)
    {
        var calls = sandbox.Server.Requests.Count("GenerateDataKey");
        var result = _session.Run($"Send-CseS3Object -Content x -Key x @s3 {parameters}");
        Assert.Equal(id, (result.Terminating ?? Assert.Single(result.Errors)).Id());
        Assert.Empty(_session.Keys);
        Assert.Equal(calls, sandbox.Server.Requests.Count("GenerateDataKey"));
    }

    [Fact]
    public void Keys_with_a_leading_slash_are_objects_of_their_own()
    {
        _session.Run("Send-CseS3Object -Content one -Key /x @s3; Send-CseS3Object -Content two -Key x @s3").Good();
        Assert.Equal(["/x", "x"], _session.Keys);
        Assert.Equal("one", _session.Run("Receive-CseS3Object -Key /x -AsString @s3").Good().Output.Single().ToString());
        Assert.Equal("two", _session.Run("Receive-CseS3Object -Key x -AsString @s3").Good().Output.Single().ToString());
        Assert.Equal(["/x", "x"], _session.Run("Get-CseS3Object $bucket -Prefix ''; ").Good().All("Key"));
        Assert.Equal(["/x"], _session.Run("Get-CseS3Object $bucket -Key /x").Good().All("Key"));
        _session.Run("Receive-CseS3Object -Key /x -File one @s3; Receive-CseS3Object -Key x -File two @s3").Good();
        Assert.Equal(("one", "two"), (_session.Read("one"), _session.Read("two")));
    }

    public void Dispose() => _session.Dispose();
}
