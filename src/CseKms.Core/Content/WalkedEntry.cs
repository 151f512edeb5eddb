namespace CseKms.Core.Content;

/// <summary>What a walk through a folder found.</summary>
/// <param name="RelativeKey">Its path below the folder, with slashes; it ends in one for what is below an entry that is not entered.</param>
/// <param name="Kind">What it is.</param>
public sealed record WalkedEntry(string RelativeKey, WalkedKind Kind)
{
    /// <summary>Bytes of a file.</summary>
    public long Length { get; init; }

    /// <summary>When a file was written last, in UTC.</summary>
    public DateTime LastWriteTime { get; init; }

    /// <summary>Why a folder cannot be read.</summary>
    public Exception? Failure { get; init; }

    /// <summary>Whether it stands for everything whose path begins with its own, none of which is known.</summary>
    public bool IsBarrier => RelativeKey.Length == 0 || RelativeKey.EndsWith('/');
}

/// <summary>What a walk tells apart.</summary>
public enum WalkedKind
{
    /// <summary>A file, or what else is neither a folder nor a link.</summary>
    File,

    /// <summary>A symbolic link, which is not followed.</summary>
    Link,

    /// <summary>A folder that cannot be read.</summary>
    UnreadableFolder,
}
