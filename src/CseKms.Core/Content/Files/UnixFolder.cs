using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;

namespace CseKms.Core.Content.Files;

/// <summary>A folder of Linux or macOS: its handle.</summary>
[UnsupportedOSPlatform("windows")]
internal sealed class UnixFolder : Folder
{
    private readonly SafeFileHandle _handle;

    private UnixFolder(string path, SafeFileHandle handle)
    {
        Path = path;
        _handle = handle;
    }

    public override string Path { get; }

    /// <summary>Opens a folder, as <see cref="Folder.Find"/> or <see cref="Folder.Make"/>.</summary>
    public static UnixFolder? Open(string root, IEnumerable<string> names, bool make)
    {
        var (path, handle) = (root, Libc.OpenFolder(root));
        if (make && IsMissing(handle))
        {
            Directory.CreateDirectory(root);
            handle = Libc.OpenFolder(root);
        }

        if (handle.IsInvalid)
        {
            return !make && IsMissing(handle) ? null : throw Libc.Error();
        }

        foreach (var name in names)
        {
            // Closing it would change the last error, so that is judged before.
            using var above = handle;
            path = System.IO.Path.Combine(path, name);
            handle = Libc.OpenFolder(above, name);
            if (make && IsMissing(handle) && (Libc.MakeFolder(above, name) || Marshal.GetLastPInvokeError() == Libc.Exists))
            {
                handle = Libc.OpenFolder(above, name);
            }

            if (handle.IsInvalid)
            {
                return !make && IsMissing(handle) ? null : throw (Libc.IsBlocked() ? Blocked(above, name, path) : Libc.Error());
            }
        }

        return new UnixFolder(path, handle);
    }

    public override FileStatus? StatusOf(string name) => FileStatus.Of(_handle, name);

    public override bool IsSameAs(Folder other) =>
        other is UnixFolder folder && FileStatus.Of(_handle).IsOfSame(FileStatus.Of(folder._handle));

    public override SafeFileHandle OpenFile(string name)
    {
        var file = Libc.OpenFile(_handle, name);
        return file.IsInvalid && Libc.IsBlocked()
            ? throw new BlockedPathException(PathOf(name), FileKind.Link)
            : RegularFile.Ensure(file, PathOf(name));
    }

    public override SafeFileHandle Create(string name)
    {
        var file = Create(name, UnixFileMode.UserRead | UnixFileMode.UserWrite);

        // Where a file system has no locks, nobody asks for one either.
        Libc.Lock(file);
        return file;
    }

    public override SafeFileHandle? OpenUnlocked(string name)
    {
        var file = OpenFile(name);
        if (FileStatus.Of(file).Owner == Libc.EffectiveUser() && Libc.Lock(file))
        {
            return file;
        }

        file.Dispose();
        return null;
    }

    public override UnixFileMode MostMode(string probe)
    {
        const UnixFileMode Everything = (UnixFileMode)0x1FF;
        using var file = Create(probe, Everything);
        Delete(probe);
        return FileStatus.Of(file).Mode;
    }

    public override bool Publish(SafeFileHandle file, string name, string newName, FileStatus? replaced, Func<UnixFileMode> newFile, UnixFileMode? mode = null)
    {
        if (mode is { } given)
        {
            File.SetUnixFileMode(file, given);
        }
        else if (replaced is { } status)
        {
            FileRights.TakeOver(file, _handle, newName, status, newFile);
        }
        else
        {
            File.SetUnixFileMode(file, newFile());
        }

        RandomAccess.FlushToDisk(file);
        var isSure = TakeName(name, newName, replaced is not null);

        // Not before: under its old name whoever tidies the folder would take it for abandoned when it was given an old time.
        Libc.Unlock(file);
        return isSure;
    }

    public override void Delete(string name)
    {
        if (!Libc.Delete(_handle, name) && Marshal.GetLastPInvokeError() != Libc.NotFound)
        {
            throw Libc.Error();
        }
    }

    public override bool DeleteEmptyFolder(string name) => Libc.DeleteFolder(_handle, name);

    public override void Dispose() => _handle.Dispose();

    /// <summary>Renames unless the new name is taken, all in one.</summary>
    /// <returns>Whether the file system can do that.</returns>
    internal bool RenameExclusively(string name, string newName) => Libc.RenameExclusively(_handle, name, newName) || EnsureUnsupported();

    /// <summary>Gives the file a second name, which is not done where it is taken, and takes the first one away.</summary>
    /// <returns>Whether the file system can do that.</returns>
    internal bool RenameByLink(string name, string newName)
    {
        if (!Libc.Link(_handle, name, newName))
        {
            return EnsureUnsupported();
        }

        Delete(name);
        return true;
    }

    /// <summary>Renames unless the new name was taken a moment ago: all that some file systems, such as exFAT, leave.</summary>
    internal void RenameUnguarded(string name, string newName)
    {
        if (StatusOf(newName) is not null)
        {
            throw new IOException("the name is taken");
        }

        Replace(name, newName);
    }

    private bool TakeName(string name, string newName, bool replaces)
    {
        if (replaces)
        {
            Replace(name, newName);
            return true;
        }

        if (RenameExclusively(name, newName) || RenameByLink(name, newName))
        {
            return true;
        }

        RenameUnguarded(name, newName);
        return false;
    }

    private void Replace(string name, string newName)
    {
        if (!Libc.Rename(_handle, name, newName))
        {
            throw Libc.Error();
        }
    }

    private SafeFileHandle Create(string name, UnixFileMode mode)
    {
        var file = Libc.CreateFile(_handle, name, mode);
        if (file.IsInvalid)
        {
            file.Dispose();
            throw Libc.Error();
        }

        return file;
    }

    private string PathOf(string name) => System.IO.Path.Combine(Path, name);

    private static bool IsMissing(SafeFileHandle handle) => handle.IsInvalid && Marshal.GetLastPInvokeError() == Libc.NotFound;

    // A link that has gone again in the meantime was one all the same.
    private static BlockedPathException Blocked(SafeFileHandle folder, string name, string path) =>
        new(path, FileStatus.Of(folder, name) is { Kind: not FileKind.Folder } status ? status.Kind : FileKind.Link);

    private static bool EnsureUnsupported() => Libc.IsUnsupported() ? false : throw Libc.Error();
}
