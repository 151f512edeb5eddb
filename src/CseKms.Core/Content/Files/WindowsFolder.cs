using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace CseKms.Core.Content.Files;

/// <summary>
/// A folder of Windows, where files are reached by paths. So that these stay what they are, the folder and those above it, up to the first
/// one below the root, are held open without delete sharing: none can be renamed or deleted meanwhile. Not tried: built on what Windows
/// documents.
/// </summary>
internal sealed partial class WindowsFolder : Folder
{
    private readonly List<SafeFileHandle> _pins = [];
    private readonly List<string> _paths = [];

    private WindowsFolder(string path)
    {
        Path = path;
    }

    public override string Path { get; }

    /// <summary>Opens a folder, as <see cref="Folder.Find"/> or <see cref="Folder.Make"/>.</summary>
    public static WindowsFolder? Open(string root, IEnumerable<string> names, bool make)
    {
        if (make)
        {
            Directory.CreateDirectory(root);
        }
        else if (!Directory.Exists(root))
        {
            return null;
        }

        string[] below = [.. names];
        var folder = new WindowsFolder(System.IO.Path.Combine([root, .. below]));
        try
        {
            var path = root;
            foreach (var name in below)
            {
                path = System.IO.Path.Combine(path, name);
                if (make && Of(path) is null)
                {
                    Directory.CreateDirectory(path);
                }

                if (Of(path) is not { } status)
                {
                    folder.Dispose();
                    return make ? throw new DirectoryNotFoundException() : null;
                }

                if (status.Kind == FileKind.File)
                {
                    throw new BlockedPathException(path, status.Kind);
                }

                folder.Pin(path);
                EnsureNoLink(path);
            }

            return folder;
        }
        catch
        {
            folder.Dispose();
            throw;
        }
    }

    public override FileStatus? StatusOf(string name) => Of(PathOf(name));

    // A folder that is held open stays at its path.
    public override bool IsSameAs(Folder other) => Path == other.Path;

    public override SafeFileHandle OpenFile(string name)
    {
        var path = PathOf(name);
        if (StatusOf(name) is { Kind: not FileKind.File and var kind })
        {
            throw new BlockedPathException(path, kind);
        }

        // Held as it is, it cannot become a link before it is opened to be read.
        using var pin = OpenAsItIs(path);
        EnsureNoLink(path);
        return RegularFile.Open(path);
    }

    public override SafeFileHandle Create(string name)
    {
        var path = PathOf(name);
        var file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write, FileShare.None);
        try
        {
            // Only an empty folder can become a junction, and this one is empty no more.
            _paths.ForEach(EnsureNoLink);
            return file;
        }
        catch
        {
            file.Dispose();
            File.Delete(path);
            throw;
        }
    }

    public override SafeFileHandle? OpenUnlocked(string name) =>
        StatusOf(name) is { Kind: FileKind.File } ? File.OpenHandle(PathOf(name), FileMode.Open, FileAccess.ReadWrite, FileShare.Delete) : null;

    public override UnixFileMode MostMode(string probe) => UnixFileMode.None;

    public override bool Publish(SafeFileHandle file, string name, string newName, FileStatus? replaced, Func<UnixFileMode> newFile, UnixFileMode? mode = null)
    {
        if (!file.IsClosed)
        {
            RandomAccess.FlushToDisk(file);
            file.Dispose();
        }

        if (replaced is null)
        {
            File.Move(PathOf(name), PathOf(newName), overwrite: false);
        }
        else
        {
            // Keeps the access control list of the file that is replaced.
            File.Replace(PathOf(name), PathOf(newName), destinationBackupFileName: null);
        }

        return true;
    }

    public override void Delete(string name) => File.Delete(PathOf(name));

    public override bool DeleteEmptyFolder(string name)
    {
        if (StatusOf(name) is not { Kind: FileKind.Folder })
        {
            return false;
        }

        try
        {
            Directory.Delete(PathOf(name), recursive: false);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    public override void Dispose() => _pins.ForEach(pin => pin.Dispose());

    private static FileStatus? Of(string path)
    {
        var file = new FileInfo(path);
        return file.LinkTarget is not null ? new FileStatus(FileKind.Link)
            : Directory.Exists(path) ? new FileStatus(FileKind.Folder)
            : file.Exists ? new FileStatus(file.Attributes.HasFlag(FileAttributes.Device) ? FileKind.Device : FileKind.File)
            : null;
    }

    private void Pin(string path)
    {
        _pins.Add(OpenAsItIs(path));
        _paths.Add(path);
    }

    private static void EnsureNoLink(string path)
    {
        if (new FileInfo(path).LinkTarget is not null)
        {
            throw new BlockedPathException(path, FileKind.Link);
        }
    }

    private static SafeFileHandle OpenAsItIs(string path)
    {
        // Reading counts as use, which sharing is about; attributes alone would not.
        const uint ReadData = 0x1, ShareReadAndWrite = 0x3, OpenExisting = 3, BackupSemantics = 0x02000000, OpenReparsePoint = 0x00200000;
        var handle = CreateFile(Extended(path), ReadData, ShareReadAndWrite, 0, OpenExisting, BackupSemantics | OpenReparsePoint, 0);
        return handle.IsInvalid ? throw new IOException(new Win32Exception(Marshal.GetLastPInvokeError()).Message) : handle;
    }

    // As the framework does for paths that the system would else take for too long.
    private static string Extended(string path)
    {
        const int MostForFolders = 248;
        return path.Length < MostForFolders || path.StartsWith(@"\\?\", StringComparison.Ordinal) ? path
            : path.StartsWith(@"\\", StringComparison.Ordinal) ? @"\\?\UNC" + path[1..]
            : @"\\?\" + path;
    }

    private string PathOf(string name) => System.IO.Path.Combine(Path, name);

    [LibraryImport("kernel32", EntryPoint = "CreateFileW", SetLastError = true, StringMarshalling = StringMarshalling.Utf16)]
    private static partial SafeFileHandle CreateFile(
        string path, uint access, uint share, nint security, uint disposition, uint flags, nint template);
}
