using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using CseKms.Core;

namespace CseKms;

/// <summary>Text for views and messages, with no control character that a terminal would obey.</summary>
public static class CseText
{
    /// <summary>The text, in which a control character is shown as \u001b.</summary>
    [return: NotNullIfNotNull(nameof(text))]
    public static string? Escape(string? text) => VisibleText.Of(text);

    /// <summary>A time as it is shown: local, to the second, and by the calendar of S3 whatever the user's is.</summary>
    public static string? Time(DateTime? time) => time?.ToLocalTime().ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);

    /// <summary>Bytes as they are shown to people, such as 12.3 MiB.</summary>
    public static string? Size(long? bytes) => bytes switch
    {
        null => null,
        < 1L << 10 => string.Create(CultureInfo.CurrentCulture, $"{bytes} B"),
        < 1L << 20 => Of(bytes.Value, 10, "KiB"),
        < 1L << 30 => Of(bytes.Value, 20, "MiB"),
        < 1L << 40 => Of(bytes.Value, 30, "GiB"),
        _ => Of(bytes.Value, 40, "TiB"),
    };

    /// <summary>Pairs as they are shown, one a line.</summary>
    public static string Escape(IReadOnlyDictionary<string, string> pairs) =>
        string.Join('\n', pairs.Select(pair => $"{Escape(pair.Key)} = {Escape(pair.Value)}"));

    private static string Of(long bytes, int power, string unit) =>
        string.Create(CultureInfo.CurrentCulture, $"{bytes / (double)(1L << power):N1} {unit}");
}
