using Microsoft.Win32.SafeHandles;

namespace CseKms.Core.Content;

/// <summary>Where the plaintext of an upload comes from.</summary>
public abstract class UploadSource
{
    /// <summary>A file. It is opened when its turn comes; other processes may go on writing to it.</summary>
    public static UploadSource FromFile(string path) => new FileSource(path);

    /// <summary>Bytes in memory, which must not change until the upload has ended.</summary>
    public static UploadSource FromBytes(byte[] content) => new BytesSource(content);

    /// <summary>A stream, read once from where it stands, of any length. The caller disposes it.</summary>
    public static UploadSource FromStream(Stream stream) => new StreamSource(stream);

    /// <summary>Whether it can be read once more from its beginning.</summary>
    internal virtual bool IsRepeatable => true;

    /// <exception cref="CseException"><see cref="ErrorId.SourceUnreadable"/>.</exception>
    internal abstract UploadContent Open();

    private sealed class FileSource(string path) : UploadSource
    {
        internal override UploadContent Open() => new FileContent(path);
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

/// <summary>An opened source. Not thread-safe.</summary>
internal abstract class UploadContent : IDisposable
{
    /// <summary>Length in bytes at the time of opening, where it is known.</summary>
    public abstract long? Length { get; }

    /// <summary>Fills the buffer as far as there are bytes left.</summary>
    /// <returns>How many bytes were read: fewer than the buffer holds only at the end.</returns>
    /// <exception cref="CseException"><see cref="ErrorId.SourceUnreadable"/>.</exception>
    public abstract ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken);

    /// <summary>Checks, after the last byte was read, that what was read is one state of the source.</summary>
    /// <exception cref="CseException"><see cref="ErrorId.SourceChanged"/>.</exception>
    public abstract void EnsureUnchanged();

    /// <inheritdoc/>
    public virtual void Dispose()
    {
    }

    /// <summary>Whether an exception says that the source cannot be read.</summary>
    protected static bool IsReadFailure(Exception e) =>
        e is IOException or UnauthorizedAccessException or NotSupportedException or ObjectDisposedException;
}

/// <summary>A stream of the caller.</summary>
internal sealed class StreamContent(Stream stream, long? length) : UploadContent
{
    public override long? Length => length;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        try
        {
            return await stream.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (IsReadFailure(e))
        {
            throw new CseException(ErrorId.SourceUnreadable, $"The stream cannot be read: {e.Message}", e);
        }
    }

    public override void EnsureUnchanged()
    {
    }
}

/// <summary>An open file whose length and write time are watched.</summary>
internal sealed class FileContent : UploadContent
{
    private readonly string _path;
    private readonly SafeFileHandle _file;
    private readonly long _length;
    private readonly DateTime _lastWrite;
    private long _position;

    public FileContent(string path)
    {
        _path = path;
        try
        {
            _file = RegularFile.Open(path);
            _length = RandomAccess.GetLength(_file);
            _lastWrite = File.GetLastWriteTimeUtc(_file);
        }
        catch (Exception e) when (IsReadFailure(e))
        {
            _file?.Dispose();
            throw Unreadable(e);
        }
    }

    public override long? Length => _length;

    // Synchronous: elsewhere than on Windows the framework only hands the read to another thread of the pool.
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        try
        {
            var filled = 0;
            while (filled < buffer.Length)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var read = RandomAccess.Read(_file, buffer.Span[filled..], _position);
                if (read == 0)
                {
                    break;
                }

                filled += read;
                _position += read;
            }

            return new ValueTask<int>(filled);
        }
        catch (Exception e) when (IsReadFailure(e))
        {
            throw Unreadable(e);
        }
    }

    public override void EnsureUnchanged()
    {
        if (_position != _length || RandomAccess.GetLength(_file) != _length || File.GetLastWriteTimeUtc(_file) != _lastWrite)
        {
            throw Changed(_path);
        }
    }

    public override void Dispose() => _file.Dispose();

    private static CseException Changed(string path) => new(
        ErrorId.SourceChanged, $"The file '{path}' changed while it was sent, so nothing was stored. Send it again when it is at rest.");

    private CseException Unreadable(Exception e) => new(ErrorId.SourceUnreadable, $"The file '{_path}' cannot be read: {e.Message}", e);
}
