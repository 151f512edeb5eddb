using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace CseKms.Core;

/// <summary>Text that a terminal shows and does not obey. Names and values come from whoever can write to the bucket.</summary>
public static class VisibleText
{
    /// <summary>
    /// The text with its control characters as \u001b: C0, DEL and C1, line separators, and those that turn the direction of writing. Each
    /// is shown, none is obeyed.
    /// </summary>
    [return: NotNullIfNotNull(nameof(text))]
    public static string? Of(string? text)
    {
        if (text is null || !text.Any(IsControl))
        {
            return text;
        }

        var visible = new StringBuilder(text.Length + 16);
        foreach (var character in text)
        {
            if (IsControl(character))
            {
                visible.Append(CultureInfo.InvariantCulture, $"\\u{(int)character:x4}");
            }
            else
            {
                visible.Append(character);
            }
        }

        return visible.ToString();
    }

    private static bool IsControl(char character) =>
        char.IsControl(character) || character is '\u2028' or '\u2029' or (>= '\u202a' and <= '\u202e') or (>= '\u2066' and <= '\u2069');
}
