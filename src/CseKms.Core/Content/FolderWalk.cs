using System.IO.Enumeration;

namespace CseKms.Core.Content;

/// <summary>
/// What lies below a folder, in the order of <see cref="KeyOrder"/>: a folder is placed as its name and a slash, so that one walk into the
/// depth yields all paths in order. It holds the entries of the folders on its way and no more. Links are named and not followed; temporary
/// files of receives are left out.
/// </summary>
public static class FolderWalk
{
    private static readonly EnumerationOptions All = new() { AttributesToSkip = 0, IgnoreInaccessible = false };

    /// <summary>Walks through a folder as its entries are taken.</summary>
    /// <param name="folder">Its absolute path.</param>
    public static IEnumerable<WalkedEntry> Through(string folder) => Below(folder, "");

    private static IEnumerable<WalkedEntry> Below(string folder, string relativeKey)
    {
        List<Found> entries;
        WalkedEntry? unreadable = null;
        try
        {
            entries = [.. new FileSystemEnumerable<Found>(folder, Found.Of, All)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            entries = [];
            unreadable = new WalkedEntry(relativeKey, WalkedKind.UnreadableFolder) { Failure = e };
        }

        if (unreadable is not null)
        {
            yield return unreadable;
        }

        // Both what a link may stand for, a file or a folder, is not known.
        entries.AddRange(entries.Where(entry => entry.IsLink).Select(link => link with { Name = link.Name + '/' }).ToArray());
        entries.Sort((left, right) => KeyOrder.Compare(left.Name, right.Name));
        foreach (var entry in entries)
        {
            var key = relativeKey + entry.Name;
            if (entry.IsLink)
            {
                yield return new WalkedEntry(key, WalkedKind.Link);
            }
            else if (!entry.Name.EndsWith('/'))
            {
                if (!TemporaryFile.IsName(entry.Name))
                {
                    yield return new WalkedEntry(key, WalkedKind.File) { Length = entry.Length, LastWriteTime = entry.LastWriteTime };
                }
            }
            else
            {
                foreach (var below in Below(Path.Combine(folder, entry.Name[..^1]), key))
                {
                    yield return below;
                }
            }
        }
    }

    /// <summary>An entry of one folder.</summary>
    /// <param name="Name">Its name, and for a folder a slash.</param>
    /// <param name="IsLink">Whether it is a symbolic link.</param>
    /// <param name="Length">Bytes of a file.</param>
    /// <param name="LastWriteTime">When a file was written last, in UTC.</param>
    private readonly record struct Found(string Name, bool IsLink, long Length, DateTime LastWriteTime)
    {
        public static Found Of(ref FileSystemEntry entry)
        {
            var isLink = entry.Attributes.HasFlag(FileAttributes.ReparsePoint) && entry.ToFileSystemInfo().LinkTarget is not null;
            var name = entry.FileName.ToString();
            return isLink || entry.IsDirectory
                ? new Found(isLink ? name : name + '/', isLink, 0, default)
                : new Found(name, false, entry.Length, entry.LastWriteTimeUtc.UtcDateTime);
        }
    }
}
