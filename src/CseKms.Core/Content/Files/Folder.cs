using Microsoft.Win32.SafeHandles;

namespace CseKms.Core.Content.Files;

/// <summary>
/// A folder that is held open, and what lies in it. It is reached by names from one folder to the next, none of which is a link, and goes on
/// to be the same folder whatever its path comes to mean: nobody can lead what is done in it elsewhere. Thread-safe. Failures are
/// <see cref="IOException"/> and, on Windows, <see cref="UnauthorizedAccessException"/>.
/// </summary>
internal abstract class Folder : IDisposable
{
    /// <summary>Opens a folder.</summary>
    /// <param name="root">An absolute path, in which links are followed.</param>
    /// <param name="names">The names of the folders from there on, which must be plain: none empty, <c>.</c>, <c>..</c> or with a separator.</param>
    /// <returns><see langword="null"/> when there is none.</returns>
    /// <exception cref="BlockedPathException">One of the names is a link or no folder.</exception>
    public static Folder? Find(string root, IEnumerable<string> names) => Open(root, names, make: false);

    /// <summary>Opens a folder, and makes it and those above it that are missing.</summary>
    /// <inheritdoc cref="Find"/>
    public static Folder Make(string root, IEnumerable<string> names) => Open(root, names, make: true) ?? throw new DirectoryNotFoundException();

    /// <summary>Opens a file to read it, below a folder that is named by its path.</summary>
    /// <param name="root">The folder's absolute path, in which links are followed.</param>
    /// <param name="names">The names of the folders from there on and, last, of the file.</param>
    /// <exception cref="BlockedPathException">One of the names is a link, or no folder or regular file as it should be.</exception>
    public static SafeFileHandle OpenFile(string root, IReadOnlyList<string> names)
    {
        using var folder = Find(root, names.SkipLast(1)) ?? throw new DirectoryNotFoundException("there is no such folder");
        return folder.OpenFile(names[^1]);
    }

    /// <summary>The path that it was opened by.</summary>
    public abstract string Path { get; }

    /// <summary>What a name stands for; a link, and not what it leads to.</summary>
    /// <returns><see langword="null"/> when there is nothing of that name.</returns>
    public abstract FileStatus? StatusOf(string name);

    /// <summary>Whether another one is the same.</summary>
    public abstract bool IsSameAs(Folder other);

    /// <summary>Opens a regular file to read it while others may write, rename or delete it.</summary>
    /// <exception cref="BlockedPathException">It is a link, or no regular file.</exception>
    public abstract SafeFileHandle OpenFile(string name);

    /// <summary>Makes a new file that its owner alone can read, opens it for writing and locks it against <see cref="OpenUnlocked"/>.</summary>
    public abstract SafeFileHandle Create(string name);

    /// <summary>Opens a regular file of the caller's for as long as nobody else has it locked.</summary>
    /// <returns><see langword="null"/> when somebody has, or it is no such file.</returns>
    public abstract SafeFileHandle? OpenUnlocked(string name);

    /// <summary>The widest mode that a new file can get here, which follows from umask and the folder's default access control list.</summary>
    /// <param name="probe">The name of a file that is made to find it out, and deleted.</param>
    public abstract UnixFileMode MostMode(string probe);

    /// <summary>Gives a file that <see cref="Create"/> opened a name, under which it is seen, and flushes it to disk before.</summary>
    /// <param name="file">The file; it may be closed.</param>
    /// <param name="name">The name that it has.</param>
    /// <param name="newName">The name that it gets.</param>
    /// <param name="replaced">The regular file that it replaces and whose rights it takes over, as far as it may.</param>
    /// <param name="newFile">The mode that a new file gets here.</param>
    /// <param name="mode">The mode that it gets instead of both, if given, on Linux and macOS.</param>
    /// <returns>Whether it is sure that no other file was replaced, as it is but on a few file systems.</returns>
    /// <exception cref="IOException">Among others: the name is taken, and nothing was to be replaced.</exception>
    public abstract bool Publish(SafeFileHandle file, string name, string newName, FileStatus? replaced, Func<UnixFileMode> newFile, UnixFileMode? mode = null);

    /// <summary>Deletes a file, if there is one.</summary>
    public abstract void Delete(string name);

    /// <summary>Deletes a folder in which there is nothing.</summary>
    /// <returns>Whether it was deleted; not where there is something in it, or no folder of that name, or it is not allowed.</returns>
    public abstract bool DeleteEmptyFolder(string name);

    /// <inheritdoc/>
    public abstract void Dispose();

    private static Folder? Open(string root, IEnumerable<string> names, bool make) =>
        OperatingSystem.IsWindows() ? WindowsFolder.Open(root, names, make) : UnixFolder.Open(root, names, make);
}
