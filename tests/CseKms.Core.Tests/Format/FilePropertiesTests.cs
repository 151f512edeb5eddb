using CseKms.Core.Format;
using Xunit;

namespace CseKms.Core.Tests.Format;

/// <summary>Times and modes of files as rclone writes them into user metadata.</summary>
public class FilePropertiesTests
{
    private static readonly Dictionary<string, string> Nothing = [];

    [Theory]
    [InlineData("2018-01-18T01:44:05.1234567Z", "1516239845.1234567")]
    [InlineData("2018-01-18T01:44:05.1200000Z", "1516239845.12")]
    [InlineData("2018-01-18T01:44:05.0000000Z", "1516239845")]
    [InlineData("1969-12-31T23:59:59.5000000Z", "-0.5")]
    [InlineData("1970-01-01T00:00:00.0000000Z", "0")]
    public void A_time_is_seconds_with_their_fraction_and_comes_back(string time, string text)
    {
        var written = new FileProperties(Time(time), null).AddTo(Nothing);

        Assert.Equal([new("mtime", text)], written);
        Assert.Equal(Time(time), FileProperties.Of(written).LastWrite);
    }

    [Theory]
    // Finer than a file's time can be.
    [InlineData("1516239845.123456789", "2018-01-18T01:44:05.1234567Z")]
    [InlineData("1516239845.", "2018-01-18T01:44:05.0000000Z")]
    public void What_others_write_is_read(string text, string time) =>
        Assert.Equal(Time(time), FileProperties.Of(new Dictionary<string, string> { ["mtime"] = text }).LastWrite);

    [Theory]
    [InlineData("")]
    [InlineData("yesterday")]
    [InlineData("1e9")]
    [InlineData("1,516,239,845")]
    [InlineData("NaN")]
    [InlineData("79228162514264337593543950335")]
    [InlineData("922337203685")]
    [InlineData("253402300800")]
    [InlineData("-62135596800")]
    public void What_is_no_time_of_a_file_counts_as_none(string text) =>
        Assert.Null(FileProperties.Of(new Dictionary<string, string> { ["mtime"] = text }).LastWrite);

    [Theory]
    [InlineData("644", "644")]
    [InlineData("0600", "600")]
    [InlineData("100755", "755")]
    [InlineData("0100640", "640")]
    // Nothing runs as somebody else.
    [InlineData("104755", "755")]
    [InlineData("7777", "777")]
    public void Of_a_mode_nine_bits_are_read(string text, string mode) =>
        Assert.Equal((UnixFileMode)Convert.ToInt32(mode, 8), FileProperties.Of(new Dictionary<string, string> { ["mode"] = text }).Mode);

    [Theory]
    // A link, a folder, and the decimal of s3fs.
    [InlineData("120777")]
    [InlineData("40755")]
    [InlineData("33206")]
    [InlineData("rw-r--r--")]
    [InlineData("-644")]
    [InlineData("68")]
    [InlineData("777777777777777777777")]
    public void What_is_no_mode_of_a_file_counts_as_none(string text) =>
        Assert.Null(FileProperties.Of(new Dictionary<string, string> { ["mode"] = text }).Mode);

    [Fact]
    public void What_the_caller_names_so_stays()
    {
        var written = new FileProperties(DateTime.UnixEpoch, UnixFileMode.UserRead).AddTo(new Dictionary<string, string> { ["MTime"] = "mine" });

        Assert.Equal([new("MTime", "mine"), new("mode", "400")], written);
    }

    [Fact]
    public void No_time_or_mode_takes_more_room_than_was_kept_free()
    {
        FileProperties[] some =
        [
            new(new DateTime(1601, 1, 2, 3, 4, 5, DateTimeKind.Utc).AddTicks(1234567), (UnixFileMode)0x1FF),
            new(DateTime.MaxValue, UnixFileMode.None),
        ];

        Assert.All(some, one => Assert.True(Size(one) <= Size(FileProperties.Largest)));

        static int Size(FileProperties properties) => MetadataText.SizeInS3(properties.AddTo(Nothing));
    }

    private static DateTime Time(string text) =>
        DateTime.Parse(text, System.Globalization.CultureInfo.InvariantCulture, System.Globalization.DateTimeStyles.RoundtripKind);
}
