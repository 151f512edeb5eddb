using System.Runtime.Versioning;
using CseKms.Core.Content;
using CseKms.Core.Format;
using Xunit;

namespace CseKms.Core.Tests.Content;

/// <summary>What a received file gets of the properties that are stored beside it. Modes are in octal.</summary>
[UnsupportedOSPlatform("windows")]
public class KeptPropertiesTests
{
    private const string Time = "1516239845.1234567";
    private static readonly DateTime SameTime = new DateTime(2018, 1, 18, 1, 44, 5, DateTimeKind.Utc).AddTicks(1234567);

    private readonly bool _isUnix = !OperatingSystem.IsWindows();

    [Theory]
    [InlineData("400")]
    [InlineData("640")]
    [InlineData("755")]
    public void A_file_gets_what_was_stored(string mode)
    {
        Assert.SkipUnless(_isUnix, "Modes are of Unix.");
        using var folder = new TemporaryFolder();
        var file = folder.File("new");

        Receive(file, KeptProperties.Timestamp | KeptProperties.Mode, mode);

        Assert.Equal(SameTime, File.GetLastWriteTimeUtc(file));
        Assert.Equal(Mode(mode) & Umasked(folder), File.GetUnixFileMode(file));
    }

    [Fact]
    public void Nothing_is_taken_over_unasked()
    {
        Assert.SkipUnless(_isUnix, "Modes are of Unix.");
        using var folder = new TemporaryFolder();
        var file = folder.File("new");

        Receive(file, KeptProperties.None, "700");

        Assert.NotEqual(SameTime, File.GetLastWriteTimeUtc(file));
        Assert.Equal(Mode("666") & Umasked(folder), File.GetUnixFileMode(file));
    }

    [Fact]
    public void Nothing_is_wider_than_a_new_file_can_be_and_nothing_runs_as_somebody_else()
    {
        Assert.SkipUnless(_isUnix, "Modes are of Unix.");
        using var folder = new TemporaryFolder();
        var file = folder.Write("old", "x"u8);

        Receive(file, KeptProperties.Mode, "107777");

        Assert.Equal(Umasked(folder), File.GetUnixFileMode(file));
    }

    [Fact]
    public void A_folder_whose_new_files_somebody_else_may_read_widens_no_stored_mode()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Lists like these are of Linux.");
        using var folder = new TemporaryFolder();
        UnixFile.Grant(folder.Path, UnixFile.Nobody, UnixFile.ListOfNewFiles);
        var file = folder.File("new");

        Receive(file, KeptProperties.Mode, "600");

        Assert.Equal(Mode("600"), File.GetUnixFileMode(file));
    }

    private static void Receive(string path, KeptProperties keep, string mode)
    {
        using var sink = new FileSink(FileDestination.Exactly(path, overwrite: true), new(), keep);
        sink.Describe(new Dictionary<string, string> { ["mtime"] = Time, ["mode"] = mode });
        sink.Open(5);
        sink.Write(0, "plain"u8);
        sink.Commit();
    }

    // What a file gets that asks for all rights.
    private static UnixFileMode Umasked(TemporaryFolder folder)
    {
        var probe = folder.File("probe");
        using (new FileStream(probe, new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, UnixCreateMode = Mode("777") }))
        {
        }

        return File.GetUnixFileMode(probe);
    }

    private static UnixFileMode Mode(string octal) => (UnixFileMode)Convert.ToInt32(octal, 8);
}
