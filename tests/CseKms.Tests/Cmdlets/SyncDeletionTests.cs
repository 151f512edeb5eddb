using CseKms.Sandbox;
using Xunit;

namespace CseKms.Tests.Cmdlets;

/// <summary>What Sync-CseS3Object deletes, and above all what it never does.</summary>
public sealed class SyncDeletionTests(SandboxFixture sandbox) : IDisposable
{
    private const string ToBucket = "Sync-CseS3Object -Path src -KeyPrefix p -Delete -Force @s3";
    private const string ToFolder = "Sync-CseS3Object -KeyPrefix p -Destination dst -Delete -Force @s3";

    private readonly UserSession _session = new(sandbox);

    [Fact]
    public void The_bucket_loses_what_the_folder_has_not_and_nothing_else()
    {
        _session.Write("src/a", "src/s/b");
        _session.Run("Send-CseS3Object src -Recurse -KeyPrefix p @s3").Good();
        _session.Run("'p/gone', 'p/s/gone' | ForEach-Object { Send-CseS3Object -Content x -Key $_ -InstructionFile @s3 }").Good();
        _session.Run("'other', 'p.x', 'p/old/x', 'p/.cse-1.tmp' | ForEach-Object { Send-CseS3Object -Content x -Key $_ @s3 }").Good();
        foreach (var marker in new[] { "p/", "p/empty/", "p/empty_$folder$", "p/left.instruction" })
        {
            sandbox.Server.Objects.Put(_session.Bucket, marker, []);
        }

        var summary = _session.Run($"{ToBucket} -Exclude old/*").Good().Output[^1];

        Assert.Equal("0 sent, 0 received, 2 skipped, 2 deleted, 0 failed", $"{summary}");
        Assert.Equal(
            ["other", "p.x", "p/", "p/.cse-1.tmp", "p/a", "p/empty/", "p/empty_$folder$", "p/left.instruction", "p/old/x", "p/s/b"],
            _session.Keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void The_folder_loses_what_the_bucket_has_not_and_the_folders_that_are_empty_then()
    {
        _session.Write("src/a", "src/s/b");
        _session.Run("Send-CseS3Object src -Recurse -KeyPrefix p @s3").Good();
        _session.Write("dst/gone", "dst/s/gone", "dst/t/u/gone", "dst/v/gone", "dst/v/kept.log", "dst/w/.cse-1.tmp", "dst/w/gone", "outside");

        var result = _session.Run($"{ToFolder} -Exclude *.log -PassThru").Good();

        Assert.Equal(["p/gone", "p/s/gone", "p/t/u/gone", "p/v/gone", "p/w/gone"], Deleted(result));
        Assert.Equal(
            ["a", "s", "s/b", "v", "v/kept.log", "w", "w/.cse-1.tmp"],
            Directory.GetFileSystemEntries(_session.Folder.File("dst"), "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0 })
                .Select(path => Path.GetRelativePath(_session.Folder.File("dst"), path).Replace('\\', '/')).Order(StringComparer.Ordinal));
        Assert.True(File.Exists(_session.Folder.File("outside")));
    }

    [Fact]
    public void Where_anything_fails_nothing_is_deleted()
    {
        _session.Write("src/a", "src/b");
        _session.Run("Send-CseS3Object src/a -Key p/a -EncryptionContext @{ x = '1' } @s3; Send-CseS3Object -Content x -Key p/gone @s3").Good();
        _session.Write("dst/gone2");

        foreach (var script in new[] { ToBucket, ToFolder })
        {
            var result = _session.Run(script);
            Assert.Equal(["ContextMismatch"], result.Ids());
            Assert.Contains("none of the 1 was deleted", Assert.Single(result.Warnings));
        }

        Assert.Contains("p/gone", _session.Keys);
        Assert.True(File.Exists(_session.Folder.File("dst/gone2")));
    }

    [Theory]
    [InlineData("AccessDenied", 403, "S3AccessDenied")]
    [InlineData("NoSuchBucket", 404, "NoSuchBucket")]
    public void A_listing_that_fails_ends_the_call_before_any_deletion(string code, int status, string id)
    {
        _session.Write("src/a");
        _session.Store(Enumerable.Range(0, 1001).Select(at => $"p/x{at:0000}"));
        var pages = 0;
        sandbox.Server.Faults.Fail(request => request.Operation == "ListObjectsV2" && ++pages > 1, status, code, times: SandboxFaults.Always);
        _session.Write("dst/gone");

        Assert.Equal(id, _session.Ends(ToBucket).Id());
        pages = 0;
        Assert.Equal(id, _session.Ends(ToFolder).Id());

        sandbox.Server.Faults.Clear();
        Assert.True(_session.Keys.Count >= 1001);
        Assert.True(File.Exists(_session.Folder.File("dst/gone")));
    }

    [Fact]
    public void A_folder_that_cannot_be_read_has_nothing_deleted_for_it()
    {
        if (OperatingSystem.IsWindows() || Environment.IsPrivilegedProcess)
        {
            Assert.Skip("Root reads everything.");
            return;
        }

        _session.Write("src/a", "src/s/b");
        _session.Run("Send-CseS3Object src -Recurse -KeyPrefix p @s3; Send-CseS3Object -Content x -Key p/gone @s3").Good();
        var before = File.GetUnixFileMode(_session.Folder.File("src/s"));
        File.SetUnixFileMode(_session.Folder.File("src/s"), UnixFileMode.None);
        try
        {
            Assert.Equal(["SourceUnreadable"], _session.Run(ToBucket).Ids());
            Assert.Equal(["p/a", "p/gone", "p/s/b"], _session.Keys);
        }
        finally
        {
            File.SetUnixFileMode(_session.Folder.File("src/s"), before);
        }
    }

    [Fact]
    public void What_is_behind_a_link_stays()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() || OperatingSystem.IsMacOS(), "Links need rights on Windows.");
        _session.Write("src/a", "src/link/x", "elsewhere/y");
        _session.Run("Send-CseS3Object src -Recurse -KeyPrefix p @s3").Good();
        Directory.Delete(_session.Folder.File("src/link"), recursive: true);
        Directory.CreateSymbolicLink(_session.Folder.File("src/link"), _session.Folder.File("elsewhere"));

        _session.Run(ToBucket).Good();
        Assert.Equal(["p/a", "p/link/x"], _session.Keys);

        _session.Write("dst/gone");
        Directory.CreateSymbolicLink(_session.Folder.File("dst/other"), _session.Folder.File("elsewhere"));
        _session.Run(ToFolder).Good();
        Assert.False(File.Exists(_session.Folder.File("dst/gone")));
        Assert.Equal("elsewhere/y", _session.Read("dst/other/y"));
    }

    [Theory]
    [InlineData("2", true)]
    [InlineData("1", false)]
    [InlineData("50%", true)]
    [InlineData("49%", false)]
    [InlineData("0", false)]
    public void No_more_is_deleted_than_the_user_allows(string limit, bool isAllowed)
    {
        _session.Write("src/a", "src/b");
        _session.Store("p/x", "p/y", "p/a", "p/b");

        var result = _session.Run($"{ToBucket} -Compare SizeAndTime -MaxDelete {limit}");

        Assert.Equal(isAllowed ? null : "MaxDeleteExceeded", result.Terminating?.Id());
        Assert.Equal(isAllowed ? ["p/a", "p/b"] : ["p/a", "p/b", "p/x", "p/y"], _session.Keys);
    }

    [Fact]
    public void Without_a_word_of_the_user_nothing_is_deleted_and_nobody_waits()
    {
        _session.Write("src/a");
        _session.Store("p/x");

        Assert.Equal("ConfirmationImpossible", _session.Ends("Sync-CseS3Object -Path src -KeyPrefix p -Delete @s3").Id());
        Assert.Contains("p/x", _session.Keys);

        _session.Run("Sync-CseS3Object -Path src -KeyPrefix p -Delete -Confirm:$false @s3").Good();
        Assert.Equal(["p/a"], _session.Keys);
    }

    [Fact]
    public void WhatIf_shows_all_that_would_be_done()
    {
        _session.Write("src/a", "src/b");
        _session.Store("p/b", "p/x");
        _session.Write("dst/y");

        var shown = _session.Show($"{ToBucket} -WhatIf; {ToFolder} -WhatIf");

        Assert.Contains("/p/a", shown);
        Assert.Contains("Delete object", shown);
        Assert.Contains("/p/x", shown);
        Assert.Contains("Delete file", shown);
        Assert.Equal(["p/b", "p/x"], _session.Keys);
        Assert.Equal("dst/y", _session.Read("dst/y"));
    }

    [Fact]
    public void An_empty_source_takes_all_only_where_the_user_says_so()
    {
        Directory.CreateDirectory(_session.Folder.File("src"));
        _session.Store("p/x");
        _session.Write("dst/y");

        Assert.Equal("SourceEmpty", _session.Ends(ToBucket).Id());
        Assert.Equal("SourceEmpty", _session.Ends(ToFolder.Replace("-KeyPrefix p", "-KeyPrefix nothing", StringComparison.Ordinal)).Id());
        Assert.Equal(["p/x"], _session.Keys);
        Assert.Equal("dst/y", _session.Read("dst/y"));

        _session.Run($"{ToBucket} -AllowEmptySource").Good();
        Assert.Empty(_session.Keys);
    }

    [Fact]
    public void What_somebody_changes_meanwhile_stays()
    {
        _session.Write("src/a");
        _session.Store("p/x", "p/y");
        sandbox.Server.Faults.Add(
            request =>
            {
                if (request.Operation == "DeleteObjects")
                {
                    sandbox.Server.Objects.SetBytes(_session.Bucket, "p/x", "somebody else's"u8);
                }

                return false;
            },
            FaultAction.Drop);

        var result = _session.Run(ToBucket);
        sandbox.Server.Faults.Clear();

        Assert.Equal(["ObjectChanged"], result.Ids());
        Assert.Equal(["p/a", "p/x"], _session.Keys);
    }

    [Theory]
    [InlineData("src/x", "p/x")]
    [InlineData("dst/y", "dst/y")]
    public void What_comes_or_changes_in_the_folder_meanwhile_stays(string written, string kept)
    {
        _session.Write("src/a", "dst/y");
        _session.Store("p/b", "p/x");
        sandbox.Server.Faults.Add(
            request =>
            {
                if (request.Operation is "PutObject" or "GetObject")
                {
                    _session.Folder.Write(written, "other content"u8);
                }

                return false;
            },
            FaultAction.Drop);

        var result = _session.Run(kept.StartsWith('p') ? ToBucket : ToFolder);
        sandbox.Server.Faults.Clear();

        Assert.Equal(kept.StartsWith('p') ? [] : ["SourceChanged"], result.Ids());
        Assert.True(kept.StartsWith('p') ? _session.Keys.Contains(kept) : _session.Read(kept) == "other content");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Whichever_request_is_refused_the_next_call_ends_right(bool isToBucket)
    {
        var refused = 0;
        for (var n = 1; refused == n - 1; n++)
        {
            var (source, target) = (isToBucket ? $"src{n}" : $"p{n}", isToBucket ? $"p{n}" : $"dst{n}");
            _session.Store($"p{n}/same", $"p{n}/changed", $"p{n}/{(isToBucket ? "gone" : "new")}");
            var folder = isToBucket ? source : target;
            _session.Write($"{folder}/same", $"{folder}/changed", $"{folder}/{(isToBucket ? "new" : "gone")}");
            _session.Folder.Write($"{folder}/same", System.Text.Encoding.UTF8.GetBytes($"p{n}/same"));
            var script = (isToBucket ? ToBucket : ToFolder)
                .Replace("-KeyPrefix p", $"-KeyPrefix p{n}", StringComparison.Ordinal)
                .Replace(isToBucket ? "src" : "dst", folder, StringComparison.Ordinal);
            var (seen, operation) = (0, "");
            sandbox.Server.Faults.Fail(
                request =>
                {
                    var isIt = Interlocked.Increment(ref seen) == n;
                    (refused, operation) = isIt ? (refused + 1, request.Operation) : (refused, operation);
                    return isIt;
                },
                403,
                "AccessDenied");

            var first = _session.Run(script);
            sandbox.Server.Faults.Clear();

            // Why HEAD is refused is asked once more, and then it is answered.
            Assert.True(refused < n || operation == "HeadObject" || first.Terminating is not null || first.Errors.Count > 0);
            Assert.Equal(["changed", "new", "same"], Names(source, isToBucket).Order(StringComparer.Ordinal));

            _session.Run(script).Good();
            Assert.Equal(["changed", "new", "same"], Names(target, !isToBucket).Order(StringComparer.Ordinal));
            Assert.Equal("0 sent, 0 received, 3 skipped, 0 deleted, 0 failed", $"{_session.Run(script).Good().Output[^1]}");
        }

        Assert.True(refused > 5);
    }

    public void Dispose() => _session.Dispose();

    private IEnumerable<string?> Names(string place, bool isFolder) => isFolder
        ? Directory.GetFiles(_session.Folder.File(place)).Select(Path.GetFileName)
        : sandbox.Server.Objects.Keys(_session.Bucket, place + "/").Select(key => key[(place.Length + 1)..]);

    private static string[] Deleted(EngineResult result) =>
    [
        .. result.Output.Where(item => $"{item.Properties["Action"]?.Value}" == "Deleted").Select(item => $"{item.Properties["Key"].Value}")
            .Order(StringComparer.Ordinal),
    ];
}
