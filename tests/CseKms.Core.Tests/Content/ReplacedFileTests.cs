using System.Runtime.Versioning;
using CseKms.Core.Content;
using CseKms.Core.Content.Files;
using Xunit;

namespace CseKms.Core.Tests.Content;

/// <summary>What a receive replaces, and whom it gives which rights. Modes are in octal, as chmod writes them.</summary>
[UnsupportedOSPlatform("windows")]
public class ReplacedFileTests
{
    private readonly bool _isUnix = !OperatingSystem.IsWindows();

    [Theory]
    // The group's rights go with the group.
    [InlineData("660", true, true, "660")]
    [InlineData("660", false, true, "600")]
    [InlineData("755", false, true, "705")]
    [InlineData("674", false, true, "604")]
    // Who was of the group and had less than the others has no more now.
    [InlineData("604", true, true, "604")]
    [InlineData("604", false, true, "600")]
    [InlineData("647", false, true, "604")]
    // The group's bits may be the most that a list allows anybody.
    [InlineData("660", true, false, "600")]
    [InlineData("775", true, false, "700")]
    // Nothing runs as somebody else for having been replaced.
    [InlineData("7755", true, true, "755")]
    [InlineData("4711", false, true, "701")]
    [InlineData("2755", true, false, "700")]
    public void Nobody_gets_a_right_that_he_had_not(string mode, bool keepsGroup, bool isPlain, string kept)
    {
        Assert.SkipUnless(_isUnix, "Modes are of Unix.");
        Assert.Equal(Mode(kept), FileRights.Kept(Mode(mode), keepsGroup, isPlain));
    }

    [Theory]
    [InlineData("6755", "755")]
    [InlineData("640", "640")]
    [InlineData("666", "666")]
    public void One_s_own_file_keeps_its_rights_and_its_group(string mode, string kept)
    {
        Assert.SkipUnless(UnixFile.IsRoot, "Only root may give a file to any group.");
        using var folder = new TemporaryFolder();
        var file = folder.Write("file", "old"u8);
        UnixFile.Give(file, owner: 0, UnixFile.Nobody);
        File.SetUnixFileMode(file, Mode(mode));

        Replace(file);

        Assert.Equal(Mode(kept), File.GetUnixFileMode(file));
        Assert.Equal(UnixFile.Nobody, UnixFile.GroupOf(file));
    }

    [Theory]
    [InlineData("6755")]
    [InlineData("666")]
    [InlineData("660")]
    public void The_file_of_somebody_else_gives_nobody_more_than_a_new_file_would(string mode)
    {
        Assert.SkipUnless(UnixFile.IsRoot, "Only root has files of somebody else.");
        using var folder = new TemporaryFolder();
        var file = folder.Write("file", "old"u8);
        UnixFile.Give(file, UnixFile.Nobody, UnixFile.Nobody);
        File.SetUnixFileMode(file, Mode(mode));
        var ordinary = File.GetUnixFileMode(folder.Write("ordinary", "x"u8));

        Replace(file);

        var given = File.GetUnixFileMode(file);
        Assert.NotEqual(UnixFile.Nobody, UnixFile.GroupOf(file));
        Assert.Equal(UnixFileMode.None, given & ~Mode("707"));
        Assert.Equal(UnixFileMode.None, given & Mode("666") & ~ordinary);
    }

    [Fact]
    public void What_a_list_allows_somebody_does_not_become_the_group_s()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Lists like these are of Linux.");
        using var folder = new TemporaryFolder();
        var file = folder.Write("file", "old"u8);
        File.SetUnixFileMode(file, Mode("600"));
        UnixFile.Grant(file, UnixFile.Nobody);
        Assert.Equal(Mode("660"), File.GetUnixFileMode(file));

        Replace(file);

        Assert.Equal(Mode("600"), File.GetUnixFileMode(file));
    }

    [Fact]
    public void What_the_folder_s_list_allows_somebody_adds_nothing_to_the_rights_of_a_file_without_one()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Lists like these are of Linux.");
        using var folder = new TemporaryFolder();
        var file = folder.Write("file", "old"u8);
        File.SetUnixFileMode(file, Mode("640"));
        UnixFile.Grant(folder.Path, UnixFile.Nobody, UnixFile.ListOfNewFiles);
        Assert.True(UnixFile.HasList(folder.Write("new", "x"u8)));

        Replace(file);

        Assert.False(UnixFile.HasList(file));
        Assert.Equal(Mode("640"), File.GetUnixFileMode(file));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_is_no_regular_file_is_never_replaced(bool overwrite)
    {
        Assert.SkipUnless(_isUnix, "Windows has other such names.");
        using var folder = new TemporaryFolder();
        UnixFile.MakePipe(folder.File("pipe"));
        using var socket = new System.Net.Sockets.Socket(System.Net.Sockets.AddressFamily.Unix, System.Net.Sockets.SocketType.Stream, default);
        socket.Bind(new System.Net.Sockets.UnixDomainSocketEndPoint(folder.File("socket")));
        File.CreateSymbolicLink(folder.File("link"), folder.Write("linked", "x"u8));
        List<(string Name, string Kind)> others = [("pipe", "a named pipe"), ("socket", "a socket"), ("link", "a link")];
        if (UnixFile.IsRoot)
        {
            UnixFile.MakeNullDevice(folder.File("device"));
            others.Add(("device", "a device"));
        }

        var before = folder.Entries;
        foreach (var (name, kind) in others)
        {
            using var sink = new FileSink(FileDestination.Exactly(folder.File(name), overwrite), new());
            Assert.Contains($"'{folder.File(name)}' is {kind}", Blocked(() => sink.Prepare(_ => { })), StringComparison.Ordinal);
            Blocked(() => sink.Open(5));
        }

        Assert.Equal(before, folder.Entries);
        Assert.Equal("x", File.ReadAllText(folder.File("linked")));

        static string Blocked(Action action)
        {
            var error = Assert.Throws<CseException>(action);
            Assert.Equal(ErrorId.DestinationBlocked, error.ErrorId);
            return error.Message;
        }
    }

    [Fact]
    public void A_pipe_that_appears_late_is_not_replaced_either()
    {
        Assert.SkipUnless(_isUnix, "Windows has other such names.");
        using var folder = new TemporaryFolder();
        using (var sink = new FileSink(FileDestination.Exactly(folder.File("target"), overwrite: true), new()))
        {
            sink.Open(5);
            sink.Write(0, "plain"u8);
            UnixFile.MakePipe(folder.File("target"));
            Assert.Equal(ErrorId.DestinationBlocked, Assert.Throws<CseException>(sink.Commit).ErrorId);
        }

        Assert.Equal(["target"], folder.Entries);
    }

    private static UnixFileMode Mode(string octal) => (UnixFileMode)Convert.ToInt32(octal, 8);

    private static void Replace(string file)
    {
        using var sink = new FileSink(FileDestination.Exactly(file, overwrite: true), new());
        sink.Open(5);
        sink.Write(0, "plain"u8);
        sink.Commit();
        Assert.Equal("plain", File.ReadAllText(file));
    }
}
