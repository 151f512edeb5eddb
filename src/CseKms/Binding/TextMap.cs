using System.Collections;
using System.Globalization;
using System.Management.Automation;

namespace CseKms.Binding;

/// <summary>Dictionaries of PowerShell as maps of text.</summary>
internal static class TextMap
{
    /// <summary>All names and values as text, in the invariant culture; <see langword="null"/> for no dictionary.</summary>
    public static IReadOnlyDictionary<string, string>? ToTextMap(this IDictionary? dictionary) =>
        dictionary?.Cast<DictionaryEntry>().ToDictionary(entry => Text(entry.Key), entry => Text(entry.Value), StringComparer.Ordinal);

    private static string Text(object? value) =>
        Convert.ToString(value is PSObject wrapped ? wrapped.BaseObject : value, CultureInfo.InvariantCulture) ?? "";
}
