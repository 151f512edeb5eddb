namespace CseKms.Core.Content.Files;

/// <summary>What stands at a path is not what must stand there, and was not opened.</summary>
/// <param name="path">The path.</param>
/// <param name="kind">What it is.</param>
internal sealed class BlockedPathException(string path, FileKind kind) : IOException($"it is {kind.Name()}")
{
    /// <summary>The path.</summary>
    public string Path { get; } = path;

    /// <summary>What it is.</summary>
    public FileKind Kind { get; } = kind;
}
