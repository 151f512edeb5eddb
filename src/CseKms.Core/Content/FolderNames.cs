using CseKms.Core.Content.Files;

namespace CseKms.Core.Content;

/// <summary>How a file system takes names.</summary>
public static class FolderNames
{
    /// <summary>Whether names in a folder that differ in case alone are one, as the folder itself shows by a file that is made and deleted.</summary>
    /// <returns><see langword="false"/> also where there is no such folder, or nothing can be made in it.</returns>
    public static bool IgnoreCase(string path)
    {
        try
        {
            using var folder = Folder.Find(path, []);
            if (folder is null)
            {
                return false;
            }

            var probe = TemporaryFile.NewName();
            using var file = folder.Create(probe);
            try
            {
                return folder.StatusOf(probe.ToUpperInvariant()) is not null;
            }
            finally
            {
                folder.Delete(probe);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
