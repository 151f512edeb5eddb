using System.Collections.ObjectModel;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json;

namespace CseKms.Core.Format;

/// <summary>JSON maps of string to string: encryption contexts and material descriptions.</summary>
internal static class StringMap
{
    public static readonly IReadOnlyDictionary<string, string> Empty = ReadOnlyDictionary<string, string>.Empty;

    /// <summary>
    /// The map as ASCII JSON, keys in ordinal order, all other characters escaped; and so is what a reader of metadata would take for
    /// an encoded word of RFC 2047.
    /// </summary>
    public static string ToJson(IReadOnlyDictionary<string, string> map)
    {
        var json = new MemoryStream();
        using (var writer = new Utf8JsonWriter(json))
        {
            writer.WriteStartObject();
            foreach (var (key, value) in map.OrderBy(pair => pair.Key, StringComparer.Ordinal))
            {
                writer.WriteString(key, value);
            }

            writer.WriteEndObject();
        }

        return Encoding.ASCII.GetString(json.GetBuffer(), 0, (int)json.Length).Replace("=?", @"\u003D?", StringComparison.Ordinal);
    }

    /// <summary>Reads a JSON map. Values that are not strings, keys that stand twice, comments and trailing commas are refused.</summary>
    public static bool TryParse(string json, [NotNullWhen(true)] out IReadOnlyDictionary<string, string>? map)
    {
        map = null;
        try
        {
            return TryParse(new UTF8Encoding(false, throwOnInvalidBytes: true).GetBytes(json), out map);
        }
        catch (EncoderFallbackException)
        {
            return false;
        }
    }

    /// <summary>Whether a text is JSON, of whatever kind.</summary>
    public static bool IsJson(string json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            return true;
        }
        catch (Exception e) when (e is JsonException or ArgumentException)
        {
            // The latter for half a character.
            return false;
        }
    }

    /// <inheritdoc cref="TryParse(string, out IReadOnlyDictionary{string, string}?)"/>
    /// <param name="json">UTF-8.</param>
    /// <param name="map">What it holds.</param>
    /// <param name="numbers">Keys whose value may be a number as well; it is taken as it is written.</param>
    public static bool TryParse(
        ReadOnlySpan<byte> json, [NotNullWhen(true)] out IReadOnlyDictionary<string, string>? map, params ReadOnlySpan<string> numbers)
    {
        var result = new Dictionary<string, string>(StringComparer.Ordinal);
        map = null;
        try
        {
            var reader = new Utf8JsonReader(json);
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            {
                return false;
            }

            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var key = reader.GetString()!;
                if (!reader.Read())
                {
                    return false;
                }

                var value = reader.TokenType == JsonTokenType.String ? reader.GetString()
                    : reader.TokenType == JsonTokenType.Number && numbers.Contains(key) ? Encoding.ASCII.GetString(reader.ValueSpan)
                    : null;
                if (value is null || !result.TryAdd(key, value))
                {
                    return false;
                }
            }

            // Throws when anything but white space follows the closing brace.
            reader.Read();
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return false;
        }

        map = result;
        return true;
    }

    public static bool SameAs(this IReadOnlyDictionary<string, string> left, IReadOnlyDictionary<string, string> right) =>
        left.Count == right.Count
        && left.All(pair => right.TryGetValue(pair.Key, out var value) && string.Equals(value, pair.Value, StringComparison.Ordinal));
}
