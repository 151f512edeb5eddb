using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace CseKms.Core.Content;

/// <summary>Temporary files that receives left behind which were killed.</summary>
internal static partial class AbandonedFiles
{
    private static readonly TimeSpan Age = TimeSpan.FromHours(24);

    private static readonly string[] NetworkFileSystems = ["nfs", "cifs", "smb", "9p", "ceph", "gluster", "sshfs", "afs", "lustre", "webdav"];

    /// <summary>
    /// Removes those in a folder that are the caller's own, older than 24 hours and locked by nobody. Where a lock tells nothing of other
    /// machines they are only named.
    /// </summary>
    /// <param name="folder">The folder, which need not exist.</param>
    /// <param name="name">Is told of each that stays, and may be abandoned.</param>
    public static void Remove(string folder, Action<string> name)
    {
        try
        {
            foreach (var file in new DirectoryInfo(folder).EnumerateFiles(TemporaryFile.Pattern).Where(IsOld))
            {
                if (IsOnNetwork(folder))
                {
                    name(file.FullName);
                }
                else
                {
                    RemoveUnlocked(file.FullName);
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // There is no such folder yet, or others' files in it are none of ours.
        }
    }

    private static bool IsOld(FileInfo file) => file.LinkTarget is null && file.LastWriteTimeUtc < DateTime.UtcNow - Age;

    // Opening for oneself alone takes the lock that a receive holds on its temporary file.
    private static void RemoveUnlocked(string path)
    {
        try
        {
            using var file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, OperatingSystem.IsWindows() ? FileShare.Delete : FileShare.None);
            if (IsOurs(file))
            {
                File.Delete(path);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Somebody writes it, or it is not ours.
        }
    }

    // They are readable for their owner alone, so that only root can open another's.
    private static bool IsOurs(SafeFileHandle file)
    {
        const uint Root = 0;
        if (OperatingSystem.IsWindows() || EffectiveUser() != Root)
        {
            return true;
        }

        // struct statx has one layout on all of Linux.
        const int EmptyPath = 0x1000, BasicStats = 0x7ff, OwnerOffset = 20, Size = 256;
        var status = new byte[Size];
        return OperatingSystem.IsLinux()
            && Status(file, "", EmptyPath, BasicStats, status) == 0
            && BitConverter.ToUInt32(status, OwnerOffset) == Root;
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

    [LibraryImport("libc", EntryPoint = "geteuid")]
    private static partial uint EffectiveUser();

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Status(SafeFileHandle folder, string path, int flags, uint mask, [Out] byte[] status);
}
