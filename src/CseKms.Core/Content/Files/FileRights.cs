using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;

namespace CseKms.Core.Content.Files;

/// <summary>
/// The rights of a file that takes another's place, on Linux and macOS. The file is the caller's, and nobody gets a right by it that he had
/// not: the setuid, setgid and sticky bits are never taken over; the group's rights only with the group itself; and what an access
/// control list says is not known, so that of a file with one the owner's rights alone are. A file of somebody else says who may read
/// what he wrote, and not what the caller does: its rights count only as far as a new file would have them.
/// </summary>
[UnsupportedOSPlatform("windows")]
internal static partial class FileRights
{
    private const UnixFileMode User = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const UnixFileMode Group = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute;
    private const UnixFileMode Others = UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    private const string AccessControlList = "system.posix_acl_access";

    /// <summary>Gives a file the rights that it may have in another's place.</summary>
    /// <param name="file">The file, open.</param>
    /// <param name="folder">The folder of the other file, open.</param>
    /// <param name="name">The other file.</param>
    /// <param name="replaced">What it is.</param>
    /// <param name="newFile">The mode that a new file gets there.</param>
    public static void TakeOver(SafeFileHandle file, SafeFileHandle folder, string name, FileStatus replaced, Func<UnixFileMode> newFile)
    {
        var isOwn = replaced.Owner == Libc.EffectiveUser();
        var keepsGroup = FileStatus.Of(file).Group == replaced.Group || (isOwn && Libc.SetGroup(file, replaced.Group));
        var isPlain = !HasList(folder, name) && DropList(file);
        var mode = Kept(replaced.Mode, keepsGroup, isPlain);
        File.SetUnixFileMode(file, isOwn ? mode : mode & WithExecute(newFile()));
    }

    /// <summary>What is kept of a mode.</summary>
    /// <param name="mode">The mode.</param>
    /// <param name="keepsGroup">Whether the new file is of the same group.</param>
    /// <param name="isPlain">Whether neither file has an access control list. The group's bits are the most that a list allows anybody.</param>
    internal static UnixFileMode Kept(UnixFileMode mode, bool keepsGroup, bool isPlain)
    {
        if (!isPlain)
        {
            return mode & User;
        }

        if (keepsGroup)
        {
            return mode & (User | Group | Others);
        }

        // Who was of the group is now one of the others.
        var group = (UnixFileMode)((int)(mode & Group) >> 3);
        return mode & (User | group);
    }

    // No new file can be executed, but who may read it may copy and execute it.
    private static UnixFileMode WithExecute(UnixFileMode mode) =>
        mode | (UnixFileMode)((int)(mode & (UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead)) >> 2);

    private static bool HasList(SafeFileHandle folder, string name)
    {
        if (OperatingSystem.IsMacOS())
        {
            using var file = Libc.OpenFile(folder, name);
            return file.IsInvalid || HasListOnMacOS(file);
        }

        return GetAttribute($"/proc/self/fd/{folder.DangerousGetHandle()}/{name}", AccessControlList, 0, 0) >= 0 || !SaysNone();
    }

    // One that it has from its folder, by which a mode would mean more than it says.
    private static bool DropList(SafeFileHandle file) =>
        OperatingSystem.IsMacOS() ? !HasListOnMacOS(file) : RemoveAttribute(file, AccessControlList) == 0 || SaysNone();

    private static bool SaysNone()
    {
        const int NoData = 61, NotSupported = 95;
        return Marshal.GetLastPInvokeError() is NoData or NotSupported;
    }

    private static bool HasListOnMacOS(SafeFileHandle file)
    {
        const int Extended = 0x100;
        var list = GetList(file, Extended);
        return list != 0 && FreeList(list) == 0;
    }

    [LibraryImport("libc", EntryPoint = "lgetxattr", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint GetAttribute(string path, string name, nint value, nuint size);

    [LibraryImport("libc", EntryPoint = "fremovexattr", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int RemoveAttribute(SafeFileHandle file, string name);

    [LibraryImport("libc", EntryPoint = "acl_get_fd_np")]
    private static partial nint GetList(SafeFileHandle file, int type);

    [LibraryImport("libc", EntryPoint = "acl_free")]
    private static partial int FreeList(nint list);
}
