using CseKms.Core.Algorithms;
using CseKms.Core.Content;

namespace CseKms.Core.Transfer;

/// <summary>What a folder and a prefix have of one name: both or one of them.</summary>
/// <param name="RelativeKey">The key below the prefix, and the path below the folder.</param>
/// <param name="File">What the folder has.</param>
/// <param name="Stored">What the prefix has.</param>
/// <param name="Barrier">What keeps it from being known whether the folder has a file of that name.</param>
public sealed record SyncPair(string RelativeKey, WalkedEntry? File, ListedObject? Stored, WalkedEntry? Barrier)
{
    /// <summary>
    /// Whether what walk and listing tell allows both to be the same: the size is that of the file's content and a tag, and the file is not
    /// newer than the object, in whole seconds.
    /// </summary>
    public bool LooksSame =>
        File is { Kind: WalkedKind.File } file
        && Stored is { LastModified: { } time } item
        && item.Size == file.Length + AlgorithmSuite.TagLength
        && Seconds(file.LastWriteTime) <= Seconds(time);

    private static long Seconds(DateTime moment) => moment.ToUniversalTime().Ticks / TimeSpan.TicksPerSecond;
}
