using CseKms.Core.Content.Files;
using CseKms.Core.Format;
using Microsoft.Win32.SafeHandles;

namespace CseKms.Core.Content;

/// <summary>
/// Plaintext in a file. It is written into a private temporary file beside the target, which takes the target's name only when the
/// plaintext is verified; only a kill of the process leaves the temporary file behind. The folder is held open meanwhile, so that nobody
/// can lead it elsewhere.
/// </summary>
/// <param name="destination">The target.</param>
/// <param name="folders">What the call has found out about folders.</param>
/// <param name="keep">The stored properties that the file gets.</param>
internal sealed class FileSink(FileDestination destination, ReceivingFolders folders, KeptProperties keep = KeptProperties.None) : IPlaintextSink
{
    private readonly string _temporary = TemporaryFile.NewName();
    private Folder? _folder;
    private SafeFileHandle? _file;
    private FileProperties _properties = FileProperties.None;
    private bool _isPublished;
    private Action<string> _left = static _ => { };

    /// <summary>Whether the file system let it not be told if another file was replaced, after <see cref="Commit"/>.</summary>
    public bool MayHaveReplaced { get; private set; }

    /// <summary>Checks, before anything is fetched, that nothing is in the way, and removes what killed receives left in the folder.</summary>
    /// <param name="name">Is told of temporary files that stay, and may be abandoned.</param>
    /// <exception cref="CseException"><see cref="ErrorId.DestinationBlocked"/>, <see cref="ErrorId.FileExists"/>.</exception>
    public void Prepare(Action<string> name) => Guard(() =>
    {
        _left = name;
        using var folder = destination.FindFolder();
        if (folder is null)
        {
            return;
        }

        destination.EnsureClear(folder);
        if (folders.IsToBeTidied(folder))
        {
            AbandonedFiles.Remove(folder, name);
        }
    });

    /// <inheritdoc/>
    public void Describe(IReadOnlyDictionary<string, string> metadata) => _properties = FileProperties.Of(metadata).Only(keep);

    /// <inheritdoc/>
    public void Open(long length) => Guard(() =>
    {
        _folder = destination.MakeFolder();
        destination.EnsureClear(_folder);
        _file = _folder.Create(_temporary);
    });

    /// <inheritdoc/>
    public void Write(long offset, ReadOnlySpan<byte> bytes)
    {
        try
        {
            RandomAccess.Write(_file!, bytes, offset);
        }
        catch (Exception e) when (IsWriteFailure(e))
        {
            throw Unwritable(e);
        }
    }

    /// <inheritdoc/>
    public void Shorten(long length) => Guard(() => RandomAccess.SetLength(_file!, length));

    /// <inheritdoc/>
    public void Commit() => Guard(() =>
    {
        destination.EnsureInPlace(_folder!);
        if ((destination.LastWriteTime ?? _properties.LastWrite) is { } time)
        {
            File.SetLastWriteTimeUtc(_file!, time);
        }

        while (!TryPublish())
        {
        }

        _isPublished = true;
    });

    /// <summary>
    /// Removes the regular file that stands under the target's name, between <see cref="Open"/> and <see cref="Dispose"/>: one that is to be
    /// replaced, or the one that was published.
    /// </summary>
    /// <exception cref="CseException"><see cref="ErrorId.DestinationBlocked"/>, <see cref="ErrorId.FileExists"/>.</exception>
    public void RemoveTarget() => Guard(() =>
    {
        if (_isPublished || destination.EnsureClear(_folder!) is not null)
        {
            _folder!.Delete(destination.Name);
        }
    });

    /// <inheritdoc/>
    public void Dispose()
    {
        using var folder = _folder;
        _folder = null;
        _file?.Dispose();
        if (folder is not null && _file is not null && !_isPublished)
        {
            Drop(folder);
        }
    }

    // What failed first is what the caller must hear of.
    private void Drop(Folder folder)
    {
        try
        {
            folder.Delete(_temporary);
        }
        catch (Exception e) when (IsWriteFailure(e))
        {
            _left(Path.Combine(Path.GetDirectoryName(destination.Path)!, _temporary));
        }
    }

    // Whether a file of that name came in between decides, so that it is looked at anew.
    private bool TryPublish()
    {
        var folder = _folder!;
        var replaced = destination.EnsureClear(folder);
        try
        {
            var mode = _properties.Mode is { } kept ? kept & folders.MostModeIn(folder) : (UnixFileMode?)null;
            MayHaveReplaced = !folder.Publish(_file!, _temporary, destination.Name, replaced, () => folders.NewFileModeIn(folder), mode);
            return true;
        }
        catch (IOException) when (replaced is null && folder.StatusOf(destination.Name) is not null)
        {
            return false;
        }
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
