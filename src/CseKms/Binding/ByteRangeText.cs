using System.Globalization;
using System.Text.RegularExpressions;
using CseKms.Core.Transfer;

namespace CseKms.Binding;

/// <summary>Ranges of bytes as a user writes them.</summary>
internal static partial class ByteRangeText
{
    /// <summary>Reads <c>first-last</c>, both included, or <c>first-</c> for all from there on.</summary>
    public static PlaintextRange? Parse(string text) =>
        Pattern().Match(text) is { Success: true } match
        && Number(match.Groups["first"].Value) is { } first
        && (match.Groups["last"].Length == 0 ? long.MaxValue : Number(match.Groups["last"].Value)) is { } last
        && first <= last
            ? new PlaintextRange(first, last)
            : null;

    private static long? Number(string digits) =>
        long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    [GeneratedRegex(@"^(?<first>[0-9]+)-(?<last>[0-9]*)$")]
    private static partial Regex Pattern();
}
