using System.Runtime.Versioning;
using CseKms.Core.Content;
using Xunit;

namespace CseKms.Core.Tests.Content;

/// <summary>What a receive does to the file system.</summary>
public class FileSinkTests
{
    [Fact]
    public void Before_it_is_verified_plaintext_has_a_private_temporary_name()
    {
        using var folder = new TemporaryFolder();
        using var sink = new FileSink(FileDestination.Below(folder.Path, ["sub", "target"], overwrite: false), new());

        sink.Open(5);
        sink.Write(0, "plain"u8);

        var temporary = Assert.Single(Directory.GetFiles(folder.File("sub")));
        Assert.Matches(@"^\.cse-[0-9a-f]{16}\.tmp$", Path.GetFileName(temporary));
        Assert.True(TemporaryFile.IsName(Path.GetFileName(temporary)));
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(temporary));
        }

        sink.Commit();
        Assert.Equal(["sub", Path.Combine("sub", "target")], folder.Entries);
    }

    [Fact]
    public void Without_commit_nothing_stays()
    {
        using var folder = new TemporaryFolder();
        using (var sink = new FileSink(FileDestination.Exactly(folder.File("target"), overwrite: false), new()))
        {
            sink.Open(5);
            Assert.Single(folder.Entries);
        }

        Assert.Empty(folder.Entries);
    }

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public async Task A_new_file_has_the_mode_of_any_new_file_and_a_replaced_one_keeps_its_own()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Modes are of Unix.");
        using var folder = new TemporaryFolder();
        var ordinary = folder.Write("ordinary", "x"u8);
        var shared = folder.Write("shared", "x"u8);
        File.SetUnixFileMode(shared, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.UserExecute);

        Write(FileDestination.Exactly(folder.File("new"), overwrite: false));
        Write(FileDestination.Exactly(shared, overwrite: true));

        Assert.Equal(File.GetUnixFileMode(ordinary), File.GetUnixFileMode(folder.File("new")));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.UserExecute, File.GetUnixFileMode(shared));
        Assert.Equal("plain", await File.ReadAllTextAsync(shared, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_file_that_exists_is_not_replaced_unasked_even_when_it_appears_late()
    {
        using var folder = new TemporaryFolder();
        using var sink = new FileSink(FileDestination.Exactly(folder.File("target"), overwrite: false), new());
        sink.Open(5);
        sink.Write(0, "plain"u8);
        folder.Write("target", "precious"u8);

        Assert.Equal(ErrorId.FileExists, Assert.Throws<CseException>(sink.Commit).ErrorId);
        sink.Dispose();
        Assert.Equal("precious", await File.ReadAllTextAsync(folder.File("target"), TestContext.Current.CancellationToken));
        Assert.Equal(["target"], folder.Entries);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_link_below_the_destination_is_not_followed(bool dangling)
    {
        using var outside = new TemporaryFolder();
        using var folder = new TemporaryFolder();
        Directory.CreateSymbolicLink(folder.File("link"), dangling ? outside.File("nowhere") : outside.Path);

        foreach (var path in (string[][])[["link", "target"], ["link", "deep", "target"], ["link"]])
        {
            using var sink = new FileSink(FileDestination.Below(folder.Path, path, overwrite: true), new());
            Assert.Equal(ErrorId.DestinationBlocked, Assert.Throws<CseException>(() => sink.Open(5)).ErrorId);
        }

        Assert.Empty(outside.Entries);
    }

    [Fact]
    public void A_link_that_appears_while_the_object_is_received_is_not_followed()
    {
        using var outside = new TemporaryFolder();
        using var folder = new TemporaryFolder();
        using var sink = new FileSink(FileDestination.Below(folder.Path, ["sub", "target"], overwrite: true), new());
        sink.Open(5);
        sink.Write(0, "plain"u8);
        Directory.Move(folder.File("sub"), folder.File("moved"));
        Directory.CreateSymbolicLink(folder.File("sub"), outside.Path);

        Assert.Equal(ErrorId.DestinationBlocked, Assert.Throws<CseException>(sink.Commit).ErrorId);

        Assert.Empty(outside.Entries);
    }

    [Fact]
    public void A_file_where_a_folder_must_be_and_the_reverse_are_told()
    {
        using var folder = new TemporaryFolder();
        folder.Write("file", "x"u8);
        Directory.CreateDirectory(folder.File("folder"));

        foreach (var path in (string[][])[["file", "target"], ["folder"]])
        {
            using var sink = new FileSink(FileDestination.Below(folder.Path, path, overwrite: true), new());
            Assert.Equal(ErrorId.DestinationBlocked, Assert.Throws<CseException>(() => sink.Open(5)).ErrorId);
        }

        Assert.Equal(["file", "folder"], folder.Entries);
    }

    [Theory]
    [InlineData("..")]
    [InlineData(".")]
    [InlineData("")]
    [InlineData("a/b")]
    [InlineData("a\0b")]
    public void A_name_that_is_none_is_never_taken(string name) =>
        Assert.Throws<ArgumentException>(() => FileDestination.Below("folder", ["sub", name], overwrite: false));

    private static void Write(FileDestination destination)
    {
        using var sink = new FileSink(destination, new());
        sink.Open(5);
        sink.Write(0, "plain"u8);
        sink.Commit();
    }
}
