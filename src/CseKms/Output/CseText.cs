using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace CseKms;

/// <summary>Text for a terminal. Names and values come from whoever can write to the bucket, and a terminal obeys control characters.</summary>
public static class CseText
{
    /// <summary>
    /// The text with its control characters as \u001b: C0, DEL and C1, line separators, and those that turn the direction of writing. Each
    /// is shown, none is obeyed.
    /// </summary>
    [return: NotNullIfNotNull(nameof(text))]
    public static string? Escape(string? text)
    {
        if (text is null || !text.Any(IsControl))
        {
            return text;
        }

        var escaped = new StringBuilder(text.Length + 16);
        foreach (var character in text)
        {
            if (IsControl(character))
            {
                escaped.Append(CultureInfo.InvariantCulture, $"\\u{(int)character:x4}");
            }
            else
            {
                escaped.Append(character);
            }
        }

        return escaped.ToString();
    }

    /// <summary>Pairs as they are shown, one a line.</summary>
    public static string Escape(IReadOnlyDictionary<string, string> pairs) =>
        string.Join('\n', pairs.Select(pair => $"{Escape(pair.Key)} = {Escape(pair.Value)}"));

    private static bool IsControl(char character) =>
        char.IsControl(character) || character is '\u2028' or '\u2029' or (>= '\u202a' and <= '\u202e') or (>= '\u2066' and <= '\u2069');
}
