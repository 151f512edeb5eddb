using CseKms.Core.Content.Files;
using CseKms.Core.Format;
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
        _file = OpenFile(path, below);
        try
        {
            _length = RandomAccess.GetLength(_file);
            _lastWrite = File.GetLastWriteTimeUtc(_file);
        }
        catch (Exception e) when (IsReadFailure(e))
        {
            _file.Dispose();
            throw Unreadable(_path, e);
        }
    }

    /// <summary>Opens a file to read it.</summary>
    /// <inheritdoc cref="FileContent(string, string)"/>
    /// <exception cref="CseException"><see cref="ErrorId.SourceUnreadable"/>, <see cref="ErrorId.SourceBlocked"/>.</exception>
    public static SafeFileHandle OpenFile(string path, string? below)
    {
        try
        {
            return below is null
                ? RegularFile.Open(path)
                : Folder.OpenFile(below, Path.GetRelativePath(below, path).Split(Path.DirectorySeparatorChar));
        }
        catch (BlockedPathException e) when (e.Kind == FileKind.Link)
        {
            throw new CseException(ErrorId.SourceBlocked, $"The file '{path}' was not read: '{e.Path}' is a link.", e);
        }
        catch (Exception e) when (IsReadFailure(e))
        {
            throw Unreadable(path, e);
        }
    }

    /// <summary>Tells that a file cannot be read.</summary>
    public static CseException Unreadable(string path, Exception e) =>
        new(ErrorId.SourceUnreadable, $"The file '{path}' cannot be read: {e.Message}", e);

    public override long? Length => _length;

    public override FileProperties Properties =>
        new(_lastWrite, OperatingSystem.IsWindows() ? null : FileStatus.Of(_file).Mode & FileProperties.Permissions);

    // Synchronous: elsewhere than on Windows the framework only hands the read to another thread of the pool.
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var filled = Read(_position, buffer.Span);
        _position += filled;
        return new ValueTask<int>(filled);
    }

    /// <summary>Fills the buffer from an offset on, as far as there are bytes. Thread-safe.</summary>
    /// <returns>How many bytes were read: fewer than the buffer holds only at the end.</returns>
    /// <exception cref="CseException"><see cref="ErrorId.SourceUnreadable"/>.</exception>
    public int Read(long offset, Span<byte> buffer)
    {
        try
        {
            var filled = 0;
            while (filled < buffer.Length && RandomAccess.Read(_file, buffer[filled..], offset + filled) is > 0 and var read)
            {
                filled += read;
            }

            return filled;
        }
        catch (Exception e) when (IsReadFailure(e))
        {
            throw Unreadable(_path, e);
        }
    }

    public override void EnsureUnchanged()
    {
        if (_position != _length)
        {
            throw Changed();
        }

        EnsureSame();
    }

    /// <summary>Checks that the file is what it was when it was opened, however much of it was read.</summary>
    /// <exception cref="CseException"><see cref="ErrorId.SourceChanged"/>.</exception>
    public void EnsureSame()
    {
        if (RandomAccess.GetLength(_file) != _length || File.GetLastWriteTimeUtc(_file) != _lastWrite)
        {
            throw Changed();
        }
    }

    public override void Dispose()
    {
        _file.Dispose();
        base.Dispose();
    }

    private CseException Changed() => new(ErrorId.SourceChanged, $"The file '{_path}' changed while it was read.");
}
