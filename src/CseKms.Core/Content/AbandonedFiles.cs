using CseKms.Core.Content.Files;

namespace CseKms.Core.Content;

/// <summary>Temporary files that receives left behind which were killed.</summary>
internal static class AbandonedFiles
{
    private static readonly TimeSpan Age = TimeSpan.FromHours(24);

    private static readonly string[] NetworkFileSystems = ["nfs", "cifs", "smb", "9p", "ceph", "gluster", "sshfs", "afs", "lustre", "webdav"];

    /// <summary>
    /// Removes those in a folder that are the caller's own, older than 24 hours and locked by nobody. Where a lock tells nothing of other
    /// machines they are only named.
    /// </summary>
    /// <param name="folder">The folder.</param>
    /// <param name="name">Is told of each that stays, and may be abandoned.</param>
    public static void Remove(Folder folder, Action<string> name)
    {
        try
        {
            // The path may have come to mean another folder; then its names are none in this one.
            foreach (var file in new DirectoryInfo(folder.Path).EnumerateFiles(TemporaryFile.Pattern).Where(IsOld))
            {
                if (IsOnNetwork(folder.Path))
                {
                    name(file.FullName);
                }
                else
                {
                    RemoveUnlocked(folder, file.Name);
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Others' files are none of ours.
        }
    }

    private static bool IsOld(FileInfo file) => file.LinkTarget is null && file.LastWriteTimeUtc < DateTime.UtcNow - Age;

    private static void RemoveUnlocked(Folder folder, string name)
    {
        try
        {
            using var file = folder.OpenUnlocked(name);
            if (file is not null && File.GetLastWriteTimeUtc(file) < DateTime.UtcNow - Age)
            {
                folder.Delete(name);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Somebody writes it, or it is not ours.
        }
    }

    private static bool IsOnNetwork(string folder)
    {
        try
        {
            var drive = new DriveInfo(folder);
            return drive.DriveType == DriveType.Network
                || Array.Exists(NetworkFileSystems, system => drive.DriveFormat.Contains(system, StringComparison.OrdinalIgnoreCase));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return true;
        }
    }
}
