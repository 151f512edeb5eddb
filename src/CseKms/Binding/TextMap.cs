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

    /// <summary>
    /// Tags: dictionaries of names and values, or what AWS.Tools takes, which is objects and dictionaries with the members Key and Value.
    /// </summary>
    public static IReadOnlyDictionary<string, string> FromTags(IEnumerable<PSObject> tags)
    {
        var map = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var tag in tags)
        {
            if (tag.BaseObject is IDictionary dictionary && !(dictionary.Count == 2 && dictionary.Contains("Key") && dictionary.Contains("Value")))
            {
                foreach (DictionaryEntry entry in dictionary)
                {
                    map[Text(entry.Key)] = Text(entry.Value);
                }
            }
            else
            {
                map[Text(Member(tag, "Key"))] = Text(Member(tag, "Value"));
            }
        }

        return map;
    }

    /// <summary>Headers of HTTP: values as text, and dates as HTTP writes them.</summary>
    public static IReadOnlyDictionary<string, string> FromHeaders(IDictionary headers) => headers.Cast<DictionaryEntry>().ToDictionary(
        header => Text(header.Key),
        header => Bare(header.Value) switch
        {
            DateTime date => date.ToUniversalTime().ToString("R", CultureInfo.InvariantCulture),
            DateTimeOffset date => date.ToString("R", CultureInfo.InvariantCulture),
            var value => Text(value),
        },
        StringComparer.OrdinalIgnoreCase);

    private static object? Member(PSObject tag, string name) =>
        tag.BaseObject is IDictionary dictionary ? dictionary[name] : tag.Properties[name]?.Value;

    private static string Text(object? value) => Convert.ToString(Bare(value), CultureInfo.InvariantCulture) ?? "";

    private static object? Bare(object? value) => value is PSObject wrapped ? wrapped.BaseObject : value;
}
