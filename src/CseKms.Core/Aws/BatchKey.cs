using System.Text;

namespace CseKms.Core.Aws;

/// <summary>Keys in the body of a request. Thread-safe.</summary>
internal static class BatchKey
{
    /// <summary>
    /// Whether XML 1.0 carries a key unchanged, whoever writes and reads it. Some characters it cannot carry at all; line ends, blanks at the
    /// ends and control characters go lost in some readers, and what is then removed is another object.
    /// </summary>
    public static bool IsExact(string key) =>
        !char.IsWhiteSpace(key[0]) && !char.IsWhiteSpace(key[^1])
        && !key.Any(unit => char.IsControl(unit) || unit is '\u2028' or '\ufffe' or '\uffff')
        && IsUnicode(key);

    /// <summary>Whether a key is one that S3 can have: it has no half of a surrogate pair, which UTF-8 does not carry.</summary>
    public static bool IsUnicode(string key)
    {
        for (var rest = key.AsSpan(); rest.Length > 0;)
        {
            if (Rune.DecodeFromUtf16(rest, out _, out var length) != System.Buffers.OperationStatus.Done)
            {
                return false;
            }

            rest = rest[length..];
        }

        return true;
    }
}
