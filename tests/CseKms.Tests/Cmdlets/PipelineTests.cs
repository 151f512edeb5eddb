using System.Text;
using Xunit;

namespace CseKms.Tests.Cmdlets;

/// <summary>What comes through the pipeline into Send-CseS3Object, and what is made of it.</summary>
public sealed class PipelineTests(SandboxFixture sandbox) : IDisposable
{
    private readonly UserSession _session = new(sandbox);

    [Theory]
    // Properties of the name of parameters bind to them, and a Path that came as one is literal.
    [InlineData("[pscustomobject]@{ Path = 'in/[a].txt'; Key = 'one' } | Send-CseS3Object @s3", "one")]
    [InlineData("[pscustomobject]@{ LiteralPath = 'in/[a].txt'; Key = 'one' } | Send-CseS3Object @s3", "one")]
    [InlineData("'Path,Key', 'in/[a].txt,one', 'in/b.txt,two' | ConvertFrom-Csv | Send-CseS3Object @s3", "one", "two")]
    [InlineData("'Path,KeyPrefix', 'in/[a].txt,p', 'in/b.txt,q/' | ConvertFrom-Csv | Send-CseS3Object @s3 -BasePath in", "p/[a].txt", "q/b.txt")]
    [InlineData("Resolve-Path in/b.txt | Send-CseS3Object @s3", "in/b.txt")]
    // What the call gives goes before what an object brings.
    [InlineData("[pscustomobject]@{ Path = 'in/b.txt'; Key = 'one' } | Send-CseS3Object @s3 -Key other", "other")]
    [InlineData("[pscustomobject]@{ Path = 'in/b.txt'; Key = 'one' } | Send-CseS3Object @s3 -KeyPrefix p", "p/in/b.txt")]
    [InlineData("[pscustomobject]@{ Path = 'in/b.txt'; KeyPrefix = 'p' } | Send-CseS3Object @s3 -Key other", "other")]
    // A key names the whole object, wherever the file may be.
    [InlineData("Get-Item /etc/hosts | Send-CseS3Object @s3 -Key hosts", "hosts")]
    // Script blocks are asked for each object.
    [InlineData("Get-ChildItem in -File | Send-CseS3Object @s3 -BasePath in -KeyPrefix { 'pre-' + $_.Length }", "pre-10/[a].txt", "pre-8/b.txt")]
    [InlineData("Get-ChildItem in -File | Send-CseS3Object @s3 -Key { 'x-' + $_.Name }", "x-[a].txt", "x-b.txt")]
    [InlineData("'b', '[a]' | Send-CseS3Object @s3 -LiteralPath { \"in/$_.txt\" }", "in/[a].txt", "in/b.txt")]
    [InlineData("[pscustomobject]@{ Path = 'in/b.txt'; Key = 'one' } | Send-CseS3Object @s3 -KeyPrefix { 'p' }", "p/in/b.txt")]
    // Text is a path, also when it remembers the file that it was read from.
    [InlineData("Set-Content list 'in/b.txt'; Get-Content list | Send-CseS3Object @s3", "in/b.txt")]
    public void Objects_name_files_and_keys(string script, params string[] keys)
    {
        _session.Write("in/[a].txt", "in/b.txt");
        _session.Run(script).Good();
        Assert.Equal(keys, _session.Keys);
    }

    [Fact]
    public void Objects_bring_what_describes_them()
    {
        _session.Write("a", "b");
        _session.Run("""
            [pscustomobject]@{ Path = 'a'; Metadata = @{ owner = 'Ann' }; EncryptionContext = @{ dept = 'hr' }; ContentType = 'text/csv'; TagSet = @{ t = 1 } },
            [pscustomobject]@{ Path = 'b' } | Send-CseS3Object @s3
            """).Good();
        Assert.Equal("Ann", sandbox.Server.Objects.Metadata(_session.Bucket, "a")["owner"]);
        Assert.DoesNotContain("owner", sandbox.Server.Objects.Metadata(_session.Bucket, "b").Keys);
        Assert.Equal("a", _session.Run("Receive-CseS3Object -Key a -AsString -EncryptionContext @{ dept = 'hr' } @s3").Good().Output.Single().ToString());
        Assert.Equal("b", _session.Run("Receive-CseS3Object -Key b -AsString @s3").Good().Output.Single().ToString());
    }

    [Theory]
    [InlineData("[byte[]](72, 105) | Send-CseS3Object @s3 -Key one -AsContent", "Hi")]
    [InlineData(", [byte[]](72, 105) | Send-CseS3Object @s3 -Key one -AsContent", "Hi")]
    [InlineData("'one', 'two' | Send-CseS3Object @s3 -Key one -AsContent", "one\ntwo")]
    [InlineData("'é' | Send-CseS3Object @s3 -Key one -AsContent -Encoding latin1", "\u00e9")]
    [InlineData("[IO.MemoryStream]::new([byte[]](72, 105)) | Send-CseS3Object @s3 -Key one -AsContent", "Hi")]
    [InlineData("Get-Item a | Send-CseS3Object @s3 -Key one -AsContent", "a")]
    [InlineData("[pscustomobject]@{ Content = 'page' } | Send-CseS3Object @s3 -Key one", "page")]
    [InlineData("[pscustomobject]@{ Content = 'page'; Key = 'one' } | Send-CseS3Object @s3", "page")]
    [InlineData("[pscustomobject]@{ InputStream = [IO.MemoryStream]::new([byte[]](72, 105)); Key = 'one' } | Send-CseS3Object @s3", "Hi")]
    [InlineData("Send-CseS3Object -Content ([byte[]](72, 105)) @s3 -Key one", "Hi")]
    [InlineData("Send-CseS3Object -Content 'one', 'two' @s3 -Key one", "one\ntwo")]
    [InlineData("Send-CseS3Object -Content '' @s3 -Key one", "")]
    [InlineData("Send-CseS3Object -Content 42 @s3 -Key one", "42")]
    public void Content_is_sent_where_it_is_meant(string script, string content)
    {
        _session.Write("a");
        _session.Run(script).Good();
        var received = (byte[])_session.Run("Receive-CseS3Object -Key one -AsByteStream @s3").Good().Output.Single().BaseObject;
        Assert.Equal(content.ReplaceLineEndings(), (script.Contains("latin1", StringComparison.Ordinal) ? Encoding.Latin1 : Encoding.UTF8).GetString(received));
    }

    [Fact]
    public void A_link_that_was_put_in_the_place_of_a_piped_file_is_sent_by_request_alone()
    {
        _session.Write("secret", "a");
        const string Swap = "$file = Get-Item a; Remove-Item a; $null = New-Item -ItemType SymbolicLink -Path a -Target $folder/secret;";

        var refused = _session.Run(Swap + "$file | Send-CseS3Object @s3 -Key one -AsContent");
        Assert.Equal(["SourceBlocked"], refused.Ids());
        Assert.Contains("-FollowSymlink", $"{refused.Errors[0]}");
        Assert.Empty(_session.Keys);

        _session.Run("Get-Item a | Send-CseS3Object @s3 -Key one -AsContent -FollowSymlink").Good();
        Assert.Equal(["one"], _session.Keys);
    }

    [Theory]
    [InlineData("[byte[]](65, 66) | Send-CseS3Object @s3", "InputNotSendable", "-AsContent")]
    [InlineData(", [byte[]](65, 66) | Send-CseS3Object @s3 -Key one", "InputNotSendable", "-Content")]
    [InlineData("[IO.MemoryStream]::new() | Send-CseS3Object @s3 -Key one", "InputNotSendable", "-InputStream")]
    [InlineData("65 | Send-CseS3Object @s3 -Key one", "InputNotSendable", "Path")]
    [InlineData("Get-CseS3Object $bucket | Send-CseS3Object @s3", "InputNotSendable", "Path")]
    [InlineData("'a', [byte]65 | Send-CseS3Object @s3 -Key one -AsContent", "NoContent", "go with")]
    [InlineData("Get-Process -Id $PID | Send-CseS3Object @s3 -Key one -AsContent", "NoContent", "ConvertTo-Json")]
    [InlineData("'a' | Send-CseS3Object @s3 -AsContent", "KeyRequired", "-Key")]
    [InlineData("'a' * 33MB | Send-CseS3Object @s3 -Key one -AsContent -MemoryLimit 32MB", "ContentTooLarge", "-MemoryLimit")]
    [InlineData("'b' | Send-CseS3Object -Path 65 @s3", "PathAndInput", "-LiteralPath")]
    [InlineData("[pscustomobject]@{ Path = '65'; Content = 'x' } | Send-CseS3Object @s3 -Key one", "ContentAndPath", "Select-Object")]
    [InlineData("[pscustomobject]@{ Content = 'x' }, [pscustomobject]@{ Content = 'y' } | Send-CseS3Object @s3 -Key one", "OneKeyManyFiles", "one")]
    [InlineData("Send-CseS3Object -Content $null @s3 -Key one", "ParameterArgumentValidationErrorNullNotAllowed", "Content")]
    [InlineData("Send-CseS3Object -Content (Get-Item 65) @s3 -Key one", "ParameterArgumentTransformationError", "-LiteralPath")]
    [InlineData("Send-CseS3Object -Content @{ a = 1 } @s3 -Key one", "ParameterArgumentTransformationError", "ConvertTo-Json")]
    [InlineData("Send-CseS3Object 65 @s3 -KeyPrefix { 'p' }", "ScriptBlockArgumentNoInput", "KeyPrefix")]
    public void What_is_not_meant_is_one_error_and_nothing_is_sent(string script, string id, string remedy)
    {
        // The name of a byte must not be taken for it.
        _session.Write("65");
        _session.Run("Send-CseS3Object -Content x -Key listed @s3").Good();
        var error = _session.Ends(script);
        Assert.Equal(id, error.Id());
        Assert.Contains(remedy, error.ToString());
        Assert.Equal(["listed"], _session.Keys);
    }

    [Fact]
    public void Two_contents_for_one_key_are_an_error_of_the_second()
    {
        var result = _session.Run("[pscustomobject]@{ Content = 'x'; Key = 'k' }, [pscustomobject]@{ Content = 'y'; Key = 'k' } | Send-CseS3Object @s3");
        Assert.Equal(["KeyCollision"], result.Ids());
        Assert.Equal("x", _session.Run("Receive-CseS3Object -Key k -AsString @s3").Good().Output.Single().ToString());
    }

    [Fact]
    public void Received_files_are_sent_back_to_where_they_came_from()
    {
        _session.Store("p/a", "p/sub/b");
        var old = _session.Run("Get-CseS3Object $bucket").Good().All("ETag");
        _session.Run("Receive-CseS3Object -KeyPrefix p -Destination \"$([IO.Path]::GetTempPath())/$(New-Guid)\" @s3 | Send-CseS3Object -KmsKeyId $key").Good();
        Assert.Equal(["p/a", "p/sub/b"], _session.Keys);
        Assert.Empty(_session.Run("Get-CseS3Object $bucket").Good().All("ETag").Intersect(old));
    }

    [Fact]
    public void Folders_that_a_pattern_finds_keep_their_names()
    {
        _session.Write("dir/x/a", "dir/y/a", "dir/b");
        _session.Run("Send-CseS3Object dir/* -Recurse @s3").Good();
        Assert.Equal(["b", "x/a", "y/a"], _session.Keys);
    }

    [Fact]
    public void Objects_bring_where_they_are_received()
    {
        _session.Store("a", "b", "c");
        _session.Run("'Key,File', 'a,one', 'b,sub/two' | ConvertFrom-Csv | Receive-CseS3Object @s3").Good();
        _session.Run("'Key,Destination', 'a,d1', 'c,d2' | ConvertFrom-Csv | Receive-CseS3Object @s3").Good();
        _session.Run("Get-CseS3Object $bucket | Receive-CseS3Object -File { 'by-' + $_.Key } @s3").Good();
        Assert.Equal("a", _session.Read("one"));
        Assert.Equal("b".Length, _session.Read("sub/two").Length);
        Assert.True(File.Exists(_session.Folder.File("d1/a")) && File.Exists(_session.Folder.File("d2/c")) && File.Exists(_session.Folder.File("by-c")));
    }

    [Theory]
    [InlineData("Receive-CseS3Object -KeyPrefix p -File one @s3")]
    [InlineData("Receive-CseS3Object -Key p/a, p/b -File one @s3")]
    [InlineData("Get-CseS3Object $bucket | Receive-CseS3Object -File one @s3")]
    [InlineData("Set-CseSession -KeyPrefix p; Receive-CseS3Object -File one @s3")]
    public void One_file_for_several_objects_receives_nothing(string script)
    {
        _session.Store("p/a", "p/b");
        var error = _session.Ends(script);
        Assert.Equal("OneFileManyObjects", error.Id());
        Assert.Contains("-Destination", error.ToString());
        Assert.False(File.Exists(_session.Folder.File("one")));
    }

    [Theory]
    [InlineData("Receive-CseS3Object -KeyPrefix p -File one @s3")]
    [InlineData("Get-CseS3Object $bucket | Receive-CseS3Object -File one @s3")]
    public void One_file_is_for_one_object_however_it_is_named(string script)
    {
        _session.Store("p/a");
        _session.Run(script).Good();
        Assert.Equal("p/a", _session.Read("one"));
    }

    [Theory]
    [InlineData("Receive-CseS3Object -KeyPrefix p -AsString @s3")]
    [InlineData("Receive-CseS3Object -Key p/a, p/b -AsString @s3")]
    [InlineData("Receive-CseS3Object -KeyPrefix p -AsByteStream @s3")]
    [InlineData("Get-CseS3Object $bucket -PipelineVariable item | Receive-CseS3Object -AsString @s3")]
    public void Content_tells_of_which_object_it_is(string script)
    {
        using var session = new UserSession(sandbox, versioned: true);
        session.Store("p/a", "p/b");
        var output = session.Run(script).Good().Output;
        Assert.Equal(["p/a", "p/b"], output.Select(item => item.Properties["Key"]?.Value));
        Assert.All(output, item => Assert.Equal(session.Bucket, item.Properties["BucketName"]?.Value));
        Assert.All(output, item => Assert.NotNull(item.Properties["VersionId"]));
        Assert.Equal("\"p/a\"", session.Run("Receive-CseS3Object -Key p/a -AsString @s3 | ConvertTo-Json").Good().Output.Single().ToString());
    }

    [Theory]
    [InlineData("Get-CseS3Object $bucket -Key a, c")]
    [InlineData("Get-CseS3Object $bucket -Key a, c -AllVersions")]
    [InlineData("Receive-CseS3Object -Key a, c -Destination d @s3")]
    [InlineData("Measure-CseS3Object $bucket -Key a, c -Detailed")]
    [InlineData("Update-CseS3Object -Key a, c -NewEncryptionContext @{ a = 1 } @s3")]
    [InlineData("Copy-CseS3Object -Key a, c -DestinationKeyPrefix d @s3", "d/a", "d/c")]
    public void Several_objects_are_named_by_their_keys(string script, params string[] keys)
    {
        _session.Store("a", "b", "c");
        Assert.Equal(keys.Length > 0 ? keys : ["a", "c"], _session.Run(script).Good().All("Key"));
    }

    public void Dispose() => _session.Dispose();
}
