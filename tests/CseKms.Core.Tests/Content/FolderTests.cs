using System.Runtime.Versioning;
using System.Text;
using CseKms.Core.Content;
using CseKms.Core.Content.Files;
using Xunit;

namespace CseKms.Core.Tests.Content;

/// <summary>Whoever may write into a folder cannot lead elsewhere what is done in it.</summary>
[UnsupportedOSPlatform("windows")]
public class FolderTests
{
    private readonly bool _isLinux = OperatingSystem.IsLinux();

    [Fact]
    public async Task While_a_folder_and_a_link_are_swapped_no_file_gets_outside()
    {
        Assert.SkipUnless(_isLinux, "Only Linux swaps two names at once.");
        const int Files = 2000;
        using var outside = new TemporaryFolder();
        using var folder = new TemporaryFolder();
        var (place, other) = (folder.File("sub"), folder.File("other"));
        Directory.CreateDirectory(place);
        Directory.CreateSymbolicLink(other, outside.Path);
        using var end = new CancellationTokenSource();
        var swaps = 0;
        var attacker = Task.Run(
            () =>
            {
                for (; !end.IsCancellationRequested; swaps++)
                {
                    UnixFile.Swap(place, other);
                    Thread.SpinWait(swaps % 64 * 100);
                }
            },
            TestContext.Current.CancellationToken);

        var (done, blocked, folders) = (0, 0, new ReceivingFolders());
        for (var i = 0; i < Files || ((done == 0 || blocked == 0) && i < 100 * Files); i++)
        {
            try
            {
                using var sink = new FileSink(FileDestination.Below(folder.Path, ["sub", $"{i}"], overwrite: i % 2 == 0), folders);
                sink.Prepare(_ => { });
                sink.Open(5);
                sink.Write(0, "plain"u8);
                sink.Commit();
                done++;
            }
            catch (CseException e) when (e.ErrorId == ErrorId.DestinationBlocked)
            {
                blocked++;
            }
        }

        await end.CancelAsync();
        await attacker;
        TestContext.Current.SendDiagnosticMessage("{0} files, {1} blocked, {2} swaps", done, blocked, swaps);
        Assert.Empty(outside.Entries);
        Assert.True(done > 0 && blocked > 0 && swaps > 0);
        Assert.Equal(done, Directory.GetFiles(Directory.Exists(place) && new DirectoryInfo(place).LinkTarget is null ? place : other).Length);
    }

    [Fact]
    public async Task While_a_file_and_a_link_are_swapped_nothing_outside_is_read()
    {
        Assert.SkipUnless(_isLinux, "Only Linux swaps two names at once.");
        using var outside = new TemporaryFolder();
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder.File("sub"));
        Directory.CreateDirectory(outside.File("sub"));
        folder.Write("sub/file", "own"u8);
        folder.Write("sub/file2", "own"u8);
        outside.Write("secret", "secret"u8);
        outside.Write("sub/file2", "secret"u8);
        File.CreateSymbolicLink(folder.File("sub/link"), outside.File("secret"));
        Directory.CreateSymbolicLink(folder.File("linked"), outside.File("sub"));
        using var end = new CancellationTokenSource();
        var attacker = Task.Run(
            () =>
            {
                while (!end.IsCancellationRequested)
                {
                    UnixFile.Swap(folder.File("sub"), folder.File("linked"));
                    UnixFile.Swap(folder.File("sub"), folder.File("linked"));
                    UnixFile.Swap(folder.File("sub/file"), folder.File("sub/link"));
                    UnixFile.Swap(folder.File("sub/file"), folder.File("sub/link"));
                }
            },
            TestContext.Current.CancellationToken);

        var (read, blocked) = (0, 0);
        for (var i = 0; i < 4000 || ((read == 0 || blocked == 0) && i < 400_000); i++)
        {
            try
            {
                using var content = UploadSource.FromFile(folder.File(i % 2 == 0 ? "sub/file" : "sub/file2"), folder.Path).Open();
                var buffer = new byte[10];
                var length = await content.ReadAsync(buffer, TestContext.Current.CancellationToken);
                Assert.Equal("own", Encoding.UTF8.GetString(buffer, 0, length));
                read++;
            }
            catch (CseException e) when (e.ErrorId == ErrorId.SourceBlocked)
            {
                blocked++;
            }
        }

        await end.CancelAsync();
        await attacker;
        Assert.True(read > 0 && blocked > 0);
    }

    [Fact]
    public void Links_at_and_above_the_folder_are_followed_and_below_it_are_not()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Not every user of Windows may make links.");
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder.File("real/base/sub"));
        folder.Write("real/base/sub/file", "x"u8);
        Directory.CreateSymbolicLink(folder.File("above"), folder.File("real"));
        Directory.CreateSymbolicLink(folder.File("real/at"), folder.File("real/base"));
        Directory.CreateSymbolicLink(folder.File("real/base/link"), folder.File("real/base/sub"));
        File.CreateSymbolicLink(folder.File("real/base/sub/filelink"), folder.File("real/base/sub/file"));

        using (UploadSource.FromFile(folder.File("above/at/sub/file"), folder.File("above/at")).Open())
        {
        }

        foreach (var path in (string[])["above/at/link/file", "above/at/sub/filelink"])
        {
            var error = Assert.Throws<CseException>(UploadSource.FromFile(folder.File(path), folder.File("above/at")).Open);
            Assert.Equal(ErrorId.SourceBlocked, error.ErrorId);
            Assert.Contains(folder.File(path), error.Message, StringComparison.Ordinal);
            using (UploadSource.FromFile(folder.File(path)).Open())
            {
            }
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_pipe_is_told_at_once_and_not_read(bool below)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Pipes of Windows are in no folder.");
        using var folder = new TemporaryFolder();
        UnixFile.MakePipe(folder.File("pipe"));

        var error = Assert.Throws<CseException>(UploadSource.FromFile(folder.File("pipe"), below ? folder.Path : null).Open);

        Assert.Equal(ErrorId.SourceUnreadable, error.ErrorId);
        Assert.Contains("a named pipe", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("exclusively")]
    [InlineData("by a link")]
    [InlineData("unguarded")]
    public void No_way_to_rename_takes_a_name_that_is_taken(string way)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has one way.");
        using var place = new TemporaryFolder();
        using var folder = UnixFolder.Open(place.Path, [], make: false)!;
        place.Write("taken", "precious"u8);
        place.Write("new", "plain"u8);

        Assert.Throws<IOException>(() => Rename("new", "taken"));
        Assert.Equal("precious", File.ReadAllText(place.File("taken")));
        Rename("new", "free");
        Assert.Equal(["free", "taken"], place.Entries);
        Assert.Equal("plain", File.ReadAllText(place.File("free")));

        void Rename(string name, string newName)
        {
            switch (way)
            {
                case "exclusively":
                    Assert.True(folder.RenameExclusively(name, newName));
                    break;
                case "by a link":
                    Assert.True(folder.RenameByLink(name, newName));
                    break;
                default:
                    folder.RenameUnguarded(name, newName);
                    break;
            }
        }
    }

    [Fact]
    public void A_file_is_locked_until_it_has_its_name()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows closes it before.");
        using var place = new TemporaryFolder();
        place.Write("taken", "precious"u8);
        using var folder = UnixFolder.Open(place.Path, [], make: false)!;
        using var file = folder.Create("temporary");

        Assert.Throws<IOException>(() => Publish("taken"));
        Assert.Null(folder.OpenUnlocked("temporary"));
        Publish("free");
        using var seen = folder.OpenUnlocked("free");
        Assert.NotNull(seen);

        void Publish(string name) => folder.Publish(file, "temporary", name, replaced: null, () => UnixFileMode.UserRead);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Of_many_receives_of_one_new_file_one_makes_it_and_the_others_replace_it_only_if_they_may(bool overwrite)
    {
        using var place = new TemporaryFolder();
        for (var round = 0; round < 50; round++)
        {
            var sinks = Enumerable.Range(0, 4).Select(_ => new FileSink(FileDestination.Exactly(place.File($"{round}"), overwrite), new())).ToArray();
            foreach (var (sink, i) in sinks.Select((sink, i) => (sink, i)))
            {
                sink.Open(1);
                sink.Write(0, [(byte)i]);
            }

            var winners = await Task.WhenAll(sinks.Select((sink, i) => Task.Run(() => TryCommit(sink) ? i : -1, TestContext.Current.CancellationToken)));
            Assert.Equal(overwrite ? sinks.Length : 1, winners.Count(winner => winner >= 0));
            Assert.Contains(Assert.Single(await File.ReadAllBytesAsync(place.File($"{round}"), TestContext.Current.CancellationToken)), winners);
            foreach (var sink in sinks)
            {
                sink.Dispose();
            }
        }

        Assert.Equal(50, place.Entries.Count);

        static bool TryCommit(FileSink sink)
        {
            try
            {
                sink.Commit();
                return true;
            }
            catch (CseException e) when (e.ErrorId == ErrorId.FileExists)
            {
                return false;
            }
        }
    }
}
