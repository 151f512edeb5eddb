using CseKms.Core.Content.Files;

namespace CseKms.Core.Content;

/// <summary>Deletes files by the handle of their folder, and only what was looked at before.</summary>
public static class FileRemoval
{
    /// <summary>Deletes a regular file, and the folders above it that hold nothing any more. One that is gone already is no failure.</summary>
    /// <param name="root">The absolute path of a folder that stays. No component below it may be a link.</param>
    /// <param name="names">Names of the folders from there on and, last, of the file.</param>
    /// <param name="length">Bytes that it had.</param>
    /// <param name="lastWriteTime">When it had been written last, in UTC.</param>
    /// <exception cref="CseException">
    /// It was not deleted: <see cref="ErrorId.SourceChanged"/>, <see cref="ErrorId.DestinationBlocked"/>,
    /// <see cref="ErrorId.DestinationUnwritable"/>.
    /// </exception>
    public static void Run(string root, IReadOnlyList<string> names, long length, DateTime lastWriteTime)
    {
        var file = FileDestination.Below(root, names, overwrite: true);
        try
        {
            if (!TryDelete(file, length, lastWriteTime))
            {
                return;
            }

            for (var depth = names.Count - 1; depth > 0; depth--)
            {
                using var above = Folder.Find(root, names.Take(depth - 1));
                if (above?.DeleteEmptyFolder(names[depth - 1]) != true)
                {
                    break;
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CseException(ErrorId.DestinationUnwritable, $"The file '{file.Path}' cannot be deleted: {e.Message}", e);
        }
    }

    private static bool TryDelete(FileDestination file, long length, DateTime lastWriteTime)
    {
        using var folder = file.FindFolder();
        if (folder is null || file.EnsureClear(folder) is null)
        {
            return false;
        }

        using (var content = folder.OpenFile(file.Name))
        {
            if (RandomAccess.GetLength(content) != length || File.GetLastWriteTimeUtc(content) != lastWriteTime)
            {
                throw new CseException(ErrorId.SourceChanged, $"The file '{file.Path}' changed since it was looked at, and was not deleted.");
            }
        }

        folder.Delete(file.Name);
        return true;
    }
}
