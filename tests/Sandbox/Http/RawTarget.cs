using System.Globalization;
using System.Text;

namespace CseKms.Sandbox.Http;

/// <summary>
/// The request target as it came over the wire. Kestrel's Request.Path resolves <c>..</c> and decodes,
/// so <c>a/../b</c> would name another object than the one the client signed.
/// </summary>
internal sealed class RawTarget
{
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private RawTarget(string text, string path, List<KeyValuePair<string, string>> query)
    {
        Text = text;
        Path = path;
        Query = query;
    }

    public string Text { get; }

    /// <summary>The path, decoded once, with its leading slash.</summary>
    public string Path { get; }

    /// <summary>Decoded names and values, in order.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Query { get; }

    public string? this[string name]
    {
        get
        {
            foreach (var pair in Query)
            {
                if (pair.Key == name)
                {
                    return pair.Value;
                }
            }
            return null;
        }
    }

    public bool Has(string name) => this[name] is not null;

    public static RawTarget Parse(string text)
    {
        var target = Origin(text);
        var mark = target.IndexOf('?');
        var path = mark < 0 ? target : target[..mark];
        var query = new List<KeyValuePair<string, string>>();
        if (mark >= 0)
        {
            foreach (var part in target[(mark + 1)..].Split('&', StringSplitOptions.RemoveEmptyEntries))
            {
                var equals = part.IndexOf('=');
                var name = equals < 0 ? part : part[..equals];
                var value = equals < 0 ? "" : part[(equals + 1)..];
                query.Add(new(Decode(name.Replace('+', ' ')), Decode(value.Replace('+', ' '))));
            }
        }
        return new RawTarget(text, Decode(path), query);
    }

    /// <summary>Percent-decodes; what is not UTF-8 cannot be a key.</summary>
    public static string Decode(string text)
    {
        if (!text.Contains('%') && Ascii.IsValid(text))
        {
            return text;
        }
        var bytes = new byte[Encoding.UTF8.GetMaxByteCount(text.Length)];
        var length = 0;
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '%' && i + 2 < text.Length && char.IsAsciiHexDigit(text[i + 1]) && char.IsAsciiHexDigit(text[i + 2]))
            {
                bytes[length++] = Convert.ToByte(text.Substring(i + 1, 2), 16);
                i += 2;
            }
            else if (text[i] == '%')
            {
                throw BadUri();
            }
            else
            {
                // Kestrel hands over bytes above ASCII as one char each.
                bytes[length++] = (byte)text[i];
            }
        }
        try
        {
            return StrictUtf8.GetString(bytes, 0, length);
        }
        catch (DecoderFallbackException)
        {
            throw BadUri();
        }
    }

    /// <summary>Encodes as SigV4 asks: everything but the unreserved characters, and the slash only where told.</summary>
    public static string Encode(string text, bool keepSlash = false)
    {
        var encoded = new StringBuilder(text.Length + 16);
        Span<byte> utf8 = stackalloc byte[4];
        foreach (var rune in text.EnumerateRunes())
        {
            if (rune.IsAscii && (char.IsAsciiLetterOrDigit((char)rune.Value) || rune.Value is '-' or '.' or '_' or '~'
                || (keepSlash && rune.Value == '/')))
            {
                encoded.Append((char)rune.Value);
                continue;
            }
            foreach (var b in utf8[..rune.EncodeToUtf8(utf8)])
            {
                encoded.Append('%').Append(b.ToString("X2", CultureInfo.InvariantCulture));
            }
        }
        return encoded.ToString();
    }

    /// <summary>Path and query as they were sent, also out of the absolute form that goes to a proxy.</summary>
    public static string Origin(string text)
    {
        if (text.StartsWith('/'))
        {
            return text;
        }
        var authority = text.IndexOf("://", StringComparison.Ordinal);
        var slash = authority < 0 ? -1 : text.IndexOf('/', authority + 3);
        return slash < 0 ? "/" : text[slash..];
    }

    private static AwsException BadUri() => new(400, "InvalidURI", "Couldn't parse the specified URI.");
}
