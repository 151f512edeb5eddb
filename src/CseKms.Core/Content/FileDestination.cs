using CseKms.Core.Content.Files;

namespace CseKms.Core.Content;

/// <summary>The file that an object is received into. Immutable.</summary>
public sealed class FileDestination
{
    private readonly string _root;
    private readonly IReadOnlyList<string> _folders;

    private FileDestination(string root, IReadOnlyList<string> folders, string path, bool overwrite)
    {
        _root = root;
        _folders = folders;
        Path = path;
        Overwrite = overwrite;
    }

    /// <summary>The absolute path.</summary>
    public string Path { get; }

    /// <summary>Whether a file that exists is replaced. What is no regular file never is.</summary>
    public bool Overwrite { get; }

    /// <summary>When it is said to have been written last, in UTC; the time of its making unless given.</summary>
    public DateTime? LastWriteTime { get; private init; }

    /// <summary>Its name in its folder; that of a folder for a path that names none.</summary>
    internal string Name => System.IO.Path.GetFileName(Path) is { Length: > 0 } name ? name : ".";

    /// <summary>A file below a folder that the caller trusts. No component below it may be a link.</summary>
    /// <param name="folder">The folder; it need not exist.</param>
    /// <param name="relativePath">Names of the folders and, last, of the file; none empty, <c>.</c>, <c>..</c> or with a separator.</param>
    /// <param name="overwrite">Replace a file that exists.</param>
    /// <param name="lastWriteTime">When it is said to have been written last; the time of its making unless given.</param>
    /// <exception cref="ArgumentException">A name could lead out of the folder.</exception>
    public static FileDestination Below(string folder, IReadOnlyList<string> relativePath, bool overwrite, DateTime? lastWriteTime = null)
    {
        if (relativePath.Count == 0 || relativePath.Any(IsUnsafe))
        {
            throw new ArgumentException("A relative path is made of plain names.", nameof(relativePath));
        }

        var root = System.IO.Path.GetFullPath(folder);
        return new FileDestination(root, [.. relativePath.SkipLast(1)], System.IO.Path.Combine([root, .. relativePath]), overwrite)
        {
            LastWriteTime = lastWriteTime?.ToUniversalTime(),
        };
    }

    /// <summary>Exactly this file.</summary>
    /// <param name="path">Its path; its folder need not exist.</param>
    /// <param name="overwrite">Replace a file that exists.</param>
    public static FileDestination Exactly(string path, bool overwrite)
    {
        var full = System.IO.Path.GetFullPath(path);
        return new FileDestination(System.IO.Path.GetDirectoryName(full) ?? full, [], full, overwrite);
    }

    /// <summary>Opens its folder.</summary>
    /// <returns><see langword="null"/> when there is none.</returns>
    /// <exception cref="CseException"><see cref="ErrorId.DestinationBlocked"/>.</exception>
    internal Folder? FindFolder() => Open(() => Folder.Find(_root, _folders));

    /// <summary>Opens its folder, and makes it and those above it that are missing.</summary>
    /// <inheritdoc cref="FindFolder"/>
    internal Folder MakeFolder() => Open(() => Folder.Make(_root, _folders));

    /// <summary>Checks that an open folder is still the one of the path.</summary>
    /// <exception cref="CseException"><see cref="ErrorId.DestinationBlocked"/>.</exception>
    internal void EnsureInPlace(Folder folder)
    {
        using var found = FindFolder() ?? throw new DirectoryNotFoundException($"the folder '{folder.Path}' is gone");
        if (!found.IsSameAs(folder))
        {
            throw new CseException(ErrorId.DestinationBlocked, $"'{folder.Path}' became another folder while the object was received.");
        }
    }

    /// <summary>Checks that nothing is in the file's place that must not be replaced.</summary>
    /// <param name="folder">Its folder.</param>
    /// <returns>The file that is replaced, if there is one.</returns>
    /// <exception cref="CseException"><see cref="ErrorId.DestinationBlocked"/>, <see cref="ErrorId.FileExists"/>.</exception>
    internal FileStatus? EnsureClear(Folder folder) => folder.StatusOf(Name) switch
    {
        null => null,
        { Kind: FileKind.File } file => Overwrite ? file : throw new CseException(ErrorId.FileExists, $"The file '{Path}' exists."),
        { Kind: FileKind.Folder } => throw new CseException(ErrorId.DestinationBlocked, $"'{Path}' must be a file and is a folder."),
        { Kind: var kind } => throw new CseException(
            ErrorId.DestinationBlocked, $"'{Path}' is {kind.Name()}, and nothing but a regular file is ever replaced."),
    };

    private static T Open<T>(Func<T> open)
    {
        try
        {
            return open();
        }
        catch (BlockedPathException e) when (e.Kind == FileKind.Link)
        {
            throw new CseException(ErrorId.DestinationBlocked, $"'{e.Path}' is a link, and links below the destination are not followed.", e);
        }
        catch (BlockedPathException e)
        {
            throw new CseException(ErrorId.DestinationBlocked, $"'{e.Path}' must be a folder and is {e.Kind.Name()}.", e);
        }
    }

    private static bool IsUnsafe(string name) =>
        name is "" or "." or ".." || name.Contains('\0') || name.Contains('/') || name.Contains(System.IO.Path.DirectorySeparatorChar);
}
