namespace CseKms.Core.Content;

/// <summary>Where the plaintext of an upload comes from.</summary>
public abstract class UploadSource
{
    /// <summary>A file. It is opened when its turn comes; other processes may go on writing to it.</summary>
    /// <param name="path">Its absolute path.</param>
    /// <param name="below">
    /// The absolute path of a folder above it: neither the file nor a folder between may be a link when it is opened. Links are followed
    /// everywhere when it is <see langword="null"/>.
    /// </param>
    public static UploadSource FromFile(string path, string? below = null) => new FileSource(path, below);

    /// <summary>Bytes in memory, which must not change until the upload has ended.</summary>
    public static UploadSource FromBytes(byte[] content) => new BytesSource(content);

    /// <summary>A stream, read once from where it stands, of any length. The caller disposes it.</summary>
    public static UploadSource FromStream(Stream stream) => new StreamSource(stream);

    /// <summary>Whether it can be read once more from its beginning.</summary>
    internal virtual bool IsRepeatable => true;

    /// <exception cref="CseException"><see cref="ErrorId.SourceUnreadable"/>, <see cref="ErrorId.SourceBlocked"/>.</exception>
    internal abstract UploadContent Open();

    private sealed class FileSource(string path, string? below) : UploadSource
    {
        internal override UploadContent Open() => new FileContent(path, below);
    }

    private sealed class BytesSource(byte[] content) : UploadSource
    {
        internal override UploadContent Open() => new StreamContent(new MemoryStream(content, writable: false), content.Length);
    }

    private sealed class StreamSource(Stream stream) : UploadSource
    {
        internal override bool IsRepeatable => false;

        internal override UploadContent Open() => new StreamContent(stream, length: null);
    }
}
