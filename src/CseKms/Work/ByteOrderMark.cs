using System.Text;

namespace CseKms.Work;

/// <summary>The byte order mark at the beginning of text, which tells its encoding, as Get-Content finds it.</summary>
internal static class ByteOrderMark
{
    // UTF-32 before UTF-16, whose mark it begins with.
    private static readonly Encoding[] Marked =
        [new UTF32Encoding(bigEndian: false, true), new UTF32Encoding(bigEndian: true, true), new UTF8Encoding(true), Encoding.Unicode, Encoding.BigEndianUnicode];

    /// <summary>The encoding that the mark tells, or <see langword="null"/> without one.</summary>
    /// <param name="bytes">The text.</param>
    /// <param name="length">Bytes of the mark.</param>
    public static Encoding? Find(ReadOnlySpan<byte> bytes, out int length)
    {
        foreach (var encoding in Marked)
        {
            if (bytes.StartsWith(encoding.Preamble))
            {
                length = encoding.Preamble.Length;
                return encoding;
            }
        }

        length = 0;
        return null;
    }
}
