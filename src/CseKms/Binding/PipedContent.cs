using System.Buffers;
using System.Text;
using CseKms.Core.Content;

namespace CseKms.Binding;

/// <summary>What comes through a pipeline as the content of one object: bytes or lines of text, or one stream or file.</summary>
internal sealed class PipedContent
{
    private readonly ArrayBufferWriter<byte> _bytes = new();
    private readonly StringBuilder _text = new();
    private UploadSource? _whole;
    private bool _hasText;
    private bool _hasBytes;

    /// <summary>The file that it is, if it is one.</summary>
    public string? Path { get; private set; }

    /// <summary>The content type of what came.</summary>
    public string ContentType => Path is not null ? ContentTypes.Of(Path) : _hasText ? ContentTypes.OfText : ContentTypes.OfBytes;

    /// <summary>How much came, in bytes or characters.</summary>
    public long Length => _bytes.WrittenCount + _text.Length;

    private bool IsEmpty => _whole is null && !_hasText && !_hasBytes;

    /// <summary>Takes what the pipeline brings.</summary>
    /// <param name="item">It.</param>
    /// <param name="followLink">Whether a file may be a link.</param>
    /// <returns>Whether it is content, and goes with what came before.</returns>
    public bool Add(object item, bool followLink)
    {
        switch (item)
        {
            case byte or byte[] when _whole is null && !_hasText:
                _hasBytes = true;
                _bytes.Write(item is byte one ? [one] : (byte[])item);
                return true;
            case string line when _whole is null && !_hasBytes:
                _text.Append(_hasText ? Environment.NewLine : "").Append(line);
                _hasText = true;
                return true;
            case Stream stream when IsEmpty:
                _whole = UploadSource.FromStream(stream);
                return true;
            case FileInfo file when IsEmpty:
                Path = file.FullName;
                _whole = UploadSource.FromFile(Path, followLink ? null : file.DirectoryName);
                return true;
            default:
                return false;
        }
    }

    /// <summary>All that came, as the content of an object.</summary>
    public UploadSource ToSource(Encoding encoding)
    {
        if (_whole is not null)
        {
            return _whole;
        }

        var content = _hasText ? Bytes(_text.ToString(), encoding) : _bytes.WrittenSpan.ToArray();
        _bytes.Clear();
        return UploadSource.FromBytes(content);
    }

    /// <summary>Text or bytes as bytes.</summary>
    public static byte[] Bytes(object content, Encoding encoding) =>
        content as byte[] ?? [.. encoding.GetPreamble(), .. encoding.GetBytes((string)content)];
}
