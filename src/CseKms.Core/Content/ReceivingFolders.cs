using System.Collections.Concurrent;
using CseKms.Core.Content.Files;

namespace CseKms.Core.Content;

/// <summary>What a call has found out about the folders that it receives into. Thread-safe.</summary>
internal sealed class ReceivingFolders
{
    private const UnixFileMode Execute = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    private readonly ConcurrentDictionary<string, UnixFileMode> _mostModes = new();
    private readonly ConcurrentDictionary<string, bool> _tidied = new();
    private int _warned;

    /// <summary>The mode that a new file gets in a folder.</summary>
    public UnixFileMode NewFileModeIn(Folder folder) => MostModeIn(folder) & ~Execute;

    /// <summary>The widest mode that a new file can get in a folder.</summary>
    public UnixFileMode MostModeIn(Folder folder) => _mostModes.GetOrAdd(folder.Path, _ => folder.MostMode(TemporaryFile.NewName()));

    /// <summary>Whether a folder has yet to be freed of what killed receives left; it counts as done from then on.</summary>
    public bool IsToBeTidied(Folder folder) => _tidied.TryAdd(folder.Path, true);

    /// <summary>Whether the first file has yet to be named that may have replaced another one unasked; it counts as named from then on.</summary>
    public bool IsToBeWarnedOf() => Interlocked.Exchange(ref _warned, 1) == 0;
}
