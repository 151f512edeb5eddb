using CseKms.Core.Content.Files;
using Microsoft.Win32.SafeHandles;

namespace CseKms.Core.Content;

/// <summary>An open file whose length and write time are watched.</summary>
internal sealed class FileContent : UploadContent
{
    private readonly string _path;
    private readonly SafeFileHandle _file;
    private readonly long _length;
    private readonly DateTime _lastWrite;
    private long _position;

    /// <param name="path">Its absolute path.</param>
    /// <param name="below">A folder above it below which no link is followed; links are followed everywhere when it is <see langword="null"/>.</param>
    public FileContent(string path, string? below)
    {
        _path = path;
        try
        {
            _file = below is null
                ? RegularFile.Open(path)
                : Folder.OpenFile(below, Path.GetRelativePath(below, path).Split(Path.DirectorySeparatorChar));
            _length = RandomAccess.GetLength(_file);
            _lastWrite = File.GetLastWriteTimeUtc(_file);
        }
        catch (BlockedPathException e) when (e.Kind == FileKind.Link)
        {
            throw new CseException(ErrorId.SourceBlocked, $"The file '{_path}' was not read: '{e.Path}' is a link.", e);
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
            throw new CseException(
                ErrorId.SourceChanged, $"The file '{_path}' changed while it was sent, so nothing was stored.");
        }
    }

    public override void Dispose()
    {
        _file.Dispose();
        base.Dispose();
    }

    private CseException Unreadable(Exception e) => new(ErrorId.SourceUnreadable, $"The file '{_path}' cannot be read: {e.Message}", e);
}
