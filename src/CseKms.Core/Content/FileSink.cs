using System.Collections.Concurrent;

namespace CseKms.Core.Content;

/// <summary>
/// Plaintext in a file. It is written into a private temporary file beside the target, which takes the target's name only when the
/// plaintext is verified; only a kill of the process leaves the temporary file behind.
/// </summary>
/// <param name="destination">The target.</param>
/// <param name="defaultModes">What a new file gets in each folder, as far as the call has found out.</param>
internal sealed class FileSink(FileDestination destination, ConcurrentDictionary<string, UnixFileMode> defaultModes) : IPlaintextSink
{
    private readonly string _folder = Path.GetDirectoryName(destination.Path)!;
    private FileStream? _temporary;

    /// <inheritdoc/>
    public void Open(long length) => Guard(() =>
    {
        destination.Prepare();
        _temporary = NewFile(UnixFileMode.UserRead | UnixFileMode.UserWrite);
    });

    /// <inheritdoc/>
    public void Write(long offset, ReadOnlySpan<byte> bytes)
    {
        try
        {
            RandomAccess.Write(_temporary!.SafeFileHandle, bytes, offset);
        }
        catch (Exception e) when (IsWriteFailure(e))
        {
            throw Unwritable(e);
        }
    }

    /// <inheritdoc/>
    public void Shorten(long length) => Guard(() => RandomAccess.SetLength(_temporary!.SafeFileHandle, length));

    /// <inheritdoc/>
    public void Commit() => Guard(() =>
    {
        var temporary = _temporary!;
        destination.EnsureClear();
        var replaces = File.Exists(destination.Path);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(temporary.SafeFileHandle, replaces ? File.GetUnixFileMode(destination.Path) : defaultModes.GetOrAdd(_folder, _ => DefaultMode()));
        }

        RandomAccess.FlushToDisk(temporary.SafeFileHandle);
        temporary.Dispose();
        if (replaces && OperatingSystem.IsWindows())
        {
            // Keeps the access control list of the file that is replaced.
            File.Replace(temporary.Name, destination.Path, destinationBackupFileName: null);
        }
        else
        {
            Rename(temporary.Name);
        }

        _temporary = null;
    });

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_temporary is { } temporary)
        {
            temporary.Dispose();
            try
            {
                File.Delete(temporary.Name);
            }
            catch (DirectoryNotFoundException)
            {
                // It went with its folder.
            }
        }
    }

    private void Rename(string temporary)
    {
        try
        {
            File.Move(temporary, destination.Path, destination.Overwrite);
        }
        catch (IOException e) when (!destination.Overwrite && File.Exists(destination.Path))
        {
            throw destination.Exists(e);
        }
    }

    // What a new file in that folder gets follows from umask and the folder's default ACL; only making one tells.
    private UnixFileMode DefaultMode()
    {
        const UnixFileMode Everything =
            UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;
        using var probe = NewFile(Everything, FileOptions.DeleteOnClose);
        return OperatingSystem.IsWindows() ? Everything : File.GetUnixFileMode(probe.SafeFileHandle);
    }

    private FileStream NewFile(UnixFileMode mode, FileOptions fileOptions = FileOptions.None)
    {
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            Share = FileShare.None,
            Options = fileOptions,
            BufferSize = 0,
        };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = mode;
        }

        return new FileStream(Path.Combine(_folder, TemporaryFile.NewName()), options);
    }

    private void Guard(Action action)
    {
        try
        {
            action();
        }
        catch (Exception e) when (IsWriteFailure(e))
        {
            throw Unwritable(e);
        }
    }

    private static bool IsWriteFailure(Exception e) => e is IOException or UnauthorizedAccessException;

    private CseException Unwritable(Exception e) =>
        new(ErrorId.DestinationUnwritable, $"The file '{destination.Path}' cannot be written: {e.Message}", e);
}
