using System.Collections;
using System.Globalization;
using System.Management.Automation;

namespace CseKms.Binding;

/// <summary>Dictionaries of PowerShell as maps of text.</summary>
internal static class TextMap
{
    /// <summary>All names and values as text, in the invariant culture; <see langword="null"/> for no dictionary.</summary>
    public static IReadOnlyDictionary<string, string>? ToTextMap(this IDictionary? dictionary) =>
        dictionary is null ? null : Pairs(dictionary).ToDictionary(pair => Text(pair.Name), pair => Text(pair.Value), StringComparer.Ordinal);

    /// <summary>The pairs of any dictionary. Those of a generic one are no <see cref="DictionaryEntry"/> unless it is asked as a dictionary.</summary>
    public static IEnumerable<(object Name, object? Value)> Pairs(IDictionary dictionary)
    {
        var pairs = dictionary.GetEnumerator();
        while (pairs.MoveNext())
        {
            yield return (pairs.Key, pairs.Value);
        }
    }

    /// <summary>Why a value is no one text, or <see langword="null"/> when it is.</summary>
    public static string? Problem(object name, object? value)
    {
        var problem = Bare(value) switch
        {
            null => "has no value",
            string => null,
            IEnumerable => "has several values",
            PSCustomObject or ScriptBlock => "has a value that is no text",
            _ => null,
        };
        return problem is null ? null : $"'{CseText.Escape(Text(name))}' {problem}. Give one text for each name.";
    }

    /// <summary>
    /// Tags: dictionaries of names and values, or what AWS.Tools takes, which is objects and dictionaries with the members Key and Value.
    /// </summary>
    public static IReadOnlyDictionary<string, string> FromTags(IEnumerable<PSObject> tags)
    {
        var map = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in tags.SelectMany(PairsOfTag))
        {
            map[Text(name)] = Text(value);
        }

        return map;
    }

    /// <summary>The names and values of what may hold one tag or several.</summary>
    public static IEnumerable<(object Name, object? Value)> PairsOfTag(PSObject tag) => tag.BaseObject switch
    {
        IDictionary { Count: 2 } pair when pair.Contains("Key") && pair.Contains("Value") => [(pair["Key"] ?? "", pair["Value"])],
        IDictionary pairs => Pairs(pairs),
        _ => [(tag.Properties["Key"]?.Value ?? "", tag.Properties["Value"]?.Value)],
    };

    /// <summary>Headers of HTTP: values as text, and dates as HTTP writes them.</summary>
    public static IReadOnlyDictionary<string, string> FromHeaders(IDictionary headers) => Pairs(headers).ToDictionary(
        header => Text(header.Name),
        header => Bare(header.Value) switch
        {
            DateTime date => date.ToUniversalTime().ToString("R", CultureInfo.InvariantCulture),
            DateTimeOffset date => date.ToString("R", CultureInfo.InvariantCulture),
            var value => Text(value),
        },
        StringComparer.OrdinalIgnoreCase);

    /// <summary>A value as text, in the invariant culture.</summary>
    public static string Text(object? value) => Convert.ToString(Bare(value), CultureInfo.InvariantCulture) ?? "";

    /// <summary>A value without what PowerShell wraps it in.</summary>
    public static object? Bare(object? value) => value is PSObject wrapped ? wrapped.BaseObject : value;
}
