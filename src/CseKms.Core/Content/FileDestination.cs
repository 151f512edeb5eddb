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

    /// <summary>Whether a file that exists is replaced.</summary>
    public bool Overwrite { get; }

    /// <summary>A file below a folder that the caller trusts. No component below it may be a link.</summary>
    /// <param name="folder">The folder; it need not exist.</param>
    /// <param name="relativePath">Names of the folders and, last, of the file; none empty, <c>.</c>, <c>..</c> or with a separator.</param>
    /// <param name="overwrite">Replace a file that exists.</param>
    /// <exception cref="ArgumentException">A name could lead out of the folder.</exception>
    public static FileDestination Below(string folder, IReadOnlyList<string> relativePath, bool overwrite)
    {
        if (relativePath.Count == 0 || relativePath.Any(IsUnsafe))
        {
            throw new ArgumentException("A relative path is made of plain names.", nameof(relativePath));
        }

        var root = System.IO.Path.GetFullPath(folder);
        return new FileDestination(root, [.. relativePath.SkipLast(1)], System.IO.Path.Combine([root, .. relativePath]), overwrite);
    }

    /// <summary>Exactly this file.</summary>
    /// <param name="path">Its path; its folder need not exist.</param>
    /// <param name="overwrite">Replace a file that exists.</param>
    public static FileDestination Exactly(string path, bool overwrite)
    {
        var full = System.IO.Path.GetFullPath(path);
        return new FileDestination(System.IO.Path.GetDirectoryName(full) ?? full, [], full, overwrite);
    }

    /// <summary>Makes the folders that are missing and checks that nothing is in the way.</summary>
    /// <exception cref="CseException"><see cref="ErrorId.DestinationBlocked"/>, <see cref="ErrorId.FileExists"/>.</exception>
    internal void Prepare()
    {
        Directory.CreateDirectory(_root);
        EnsureClear(createFolders: true);
    }

    /// <summary>Checks, before a rename again, that no link and no other thing stands where folders and file belong.</summary>
    /// <exception cref="CseException"><see cref="ErrorId.DestinationBlocked"/>, <see cref="ErrorId.FileExists"/>.</exception>
    internal void EnsureClear() => EnsureClear(createFolders: false);

    private void EnsureClear(bool createFolders)
    {
        var folder = _root;
        foreach (var name in _folders)
        {
            folder = System.IO.Path.Combine(folder, name);
            var info = new DirectoryInfo(folder);
            if (info.LinkTarget is not null)
            {
                throw new CseException(ErrorId.DestinationBlocked, $"'{folder}' is a link, and links below the destination are not followed.");
            }

            if (File.Exists(folder))
            {
                throw new CseException(ErrorId.DestinationBlocked, $"'{folder}' must be a folder and is a file.");
            }

            if (createFolders)
            {
                info.Create();
            }
        }

        var file = new FileInfo(Path);
        if (file.LinkTarget is not null)
        {
            throw new CseException(ErrorId.DestinationBlocked, $"'{Path}' is a link, and links at the destination are not written through.");
        }

        if (Directory.Exists(Path))
        {
            throw new CseException(ErrorId.DestinationBlocked, $"'{Path}' must be a file and is a folder.");
        }

        EnsureFree();
    }

    /// <summary>Checks that no file is there that must not be replaced.</summary>
    /// <exception cref="CseException"><see cref="ErrorId.FileExists"/>.</exception>
    internal void EnsureFree()
    {
        if (!Overwrite && File.Exists(Path))
        {
            throw Exists();
        }
    }

    /// <summary>The error of a file that must not be replaced.</summary>
    internal CseException Exists(Exception? inner = null) =>
        new(ErrorId.FileExists, $"The file '{Path}' exists.", inner);

    private static bool IsUnsafe(string name) =>
        name is "" or "." or ".." || name.Contains('\0') || name.Contains('/') || name.Contains(System.IO.Path.DirectorySeparatorChar);
}
