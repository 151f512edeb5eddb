using System.Text;
using System.Text.RegularExpressions;

namespace CseKms.Core.Format;

/// <summary>Text as it comes through S3's user metadata (specification: content-metadata, "Non-ASCII values").</summary>
internal static partial class MetadataText
{
    /// <summary>Bytes that S3 stores for user metadata, names and values together.</summary>
    public const int MaxSize = 2048;

    /// <summary>What S3 counts against <see cref="MaxSize"/>: the UTF-8 bytes of every name and value, without the prefix.</summary>
    public static int SizeInS3(IEnumerable<KeyValuePair<string, string>> values) =>
        values.Sum(pair => Encoding.UTF8.GetByteCount(pair.Key) + Encoding.UTF8.GetByteCount(pair.Value));

    /// <summary>
    /// Undoes what S3 and HTTP do to text beyond ASCII: RFC 2047 encoded words are decoded, white space between adjacent ones
    /// dropped; then each run of U+0080 to U+00FF that is valid UTF-8 when taken as bytes is decoded.
    /// </summary>
    public static string Decode(string value)
    {
        if (value.Contains("=?", StringComparison.Ordinal))
        {
            value = BetweenEncodedWords().Replace(value, "?==?");
            value = EncodedWord().Replace(value, DecodeWord);
        }

        return HighRun().Replace(value, DecodeRun);
    }

    private static string DecodeWord(Match word)
    {
        try
        {
            var text = word.Groups["text"].Value;
            var bytes = word.Groups["encoding"].ValueSpan is "B" or "b" ? Convert.FromBase64String(text) : DecodeQ(text);
            return Encoding.GetEncoding(word.Groups["charset"].Value).GetString(bytes);
        }
        catch (Exception e) when (e is FormatException or ArgumentException or NotSupportedException)
        {
            // UTF-7 is a name that .NET knows and does not support.
            return word.Value;
        }
    }

    private static byte[] DecodeQ(string text)
    {
        var bytes = new List<byte>(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '=')
            {
                bytes.AddRange(Convert.FromHexString(text.AsSpan(i + 1, 2)));
                i += 2;
            }
            else
            {
                bytes.Add(text[i] == '_' ? (byte)' ' : (byte)text[i]);
            }
        }

        return [.. bytes];
    }

    private static string DecodeRun(Match run)
    {
        try
        {
            return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(Encoding.Latin1.GetBytes(run.Value));
        }
        catch (DecoderFallbackException)
        {
            return run.Value;
        }
    }

    [GeneratedRegex(@"=\?(?<charset>[^?\s]+)\?(?<encoding>[BbQq])\?(?<text>[^?\s]*)\?=")]
    private static partial Regex EncodedWord();

    [GeneratedRegex(@"\?=\s+=\?")]
    private static partial Regex BetweenEncodedWords();

    [GeneratedRegex(@"[\u0080-\u00FF]+")]
    private static partial Regex HighRun();
}
