using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace CseKms.Core.Content.Files;

/// <summary>
/// The calls of Linux and macOS that reach files by the handle of their folder. Tried on Linux (x64, glibc); what differs elsewhere is
/// taken from the systems' headers. Names of calls that a C library may lack go by number.
/// </summary>
internal static partial class Libc
{
    /// <summary>The last error of a name that is not there, and of one that is.</summary>
    public const int NotFound = 2, Exists = 17;

    private const int NotAFolder = 20;

    /// <summary>Bytes that <see cref="GetStatus"/> needs.</summary>
    public const int StatusSize = 256;

    private static readonly bool IsMacOS = OperatingSystem.IsMacOS();

    // ARM and POWER have values of their own for O_DIRECTORY and O_NOFOLLOW.
    private static readonly bool HasOldFlags = RuntimeInformation.ProcessArchitecture
        is Architecture.Arm or Architecture.Armv6 or Architecture.Arm64 or Architecture.Ppc64le;

    private static readonly int CloseOnExec = IsMacOS ? 0x1000000 : 0x80000;
    private static readonly int DirectoryOnly = IsMacOS ? 0x100000 : HasOldFlags ? 0x4000 : 0x10000;
    private static readonly int NoFollow = IsMacOS ? 0x100 : HasOldFlags ? 0x8000 : 0x20000;
    private static readonly int NonBlocking = IsMacOS ? 0x4 : 0x800;
    private static readonly int CreateNew = IsMacOS ? 0x200 | 0x800 : 0x40 | 0x80;

    // O_PATH, which needs no right to list the folder; macOS has nothing that is known to be like it.
    private static readonly int HandleOnly = IsMacOS ? 0 : 0x200000;

    private static readonly int TooManySymlinks = IsMacOS ? 62 : 40;
    private static readonly int NotImplemented = IsMacOS ? 78 : 38;
    private static readonly int NotSupported = IsMacOS ? 45 : 95;

    /// <summary>Whether the last error says that a link, or what is no folder, was not opened.</summary>
    public static bool IsBlocked() => Marshal.GetLastPInvokeError() is var error && (error == NotAFolder || error == TooManySymlinks);

    /// <summary>The last error.</summary>
    public static IOException Error() => new(Marshal.GetLastPInvokeErrorMessage());

    /// <summary>Whether the last error says that the system or the file system has no such call.</summary>
    public static bool IsUnsupported()
    {
        const int NotPermitted = 1, Invalid = 22, TooManyLinks = 31;
        var error = Marshal.GetLastPInvokeError();
        return error is NotPermitted or Invalid or TooManyLinks || error == NotImplemented || error == NotSupported;
    }

    public static SafeFileHandle OpenFolder(string path) => Open(path, HandleOnly | DirectoryOnly | CloseOnExec);

    public static SafeFileHandle OpenFolder(SafeFileHandle folder, string name) =>
        Open(folder, name, HandleOnly | DirectoryOnly | NoFollow | CloseOnExec, default);

    /// <summary>Opens a file to read it; of a pipe it does not wait for the writer.</summary>
    public static SafeFileHandle OpenFile(string path) => Open(path, NonBlocking | CloseOnExec);

    /// <inheritdoc cref="OpenFile(string)"/>
    public static SafeFileHandle OpenFile(SafeFileHandle folder, string name) => Open(folder, name, NonBlocking | NoFollow | CloseOnExec, default);

    /// <summary>Makes a file, open for writing.</summary>
    public static SafeFileHandle CreateFile(SafeFileHandle folder, string name, UnixFileMode mode)
    {
        const int WriteOnly = 1;
        return Open(folder, name, WriteOnly | CreateNew | NoFollow | CloseOnExec, mode);
    }

    public static bool MakeFolder(SafeFileHandle folder, string name)
    {
        const uint Everything = 0b111_111_111;
        return MakeDirectoryAt(folder, name, Everything) == 0;
    }

    public static bool Delete(SafeFileHandle folder, string name) => UnlinkAt(folder, name, 0) == 0;

    public static bool DeleteFolder(SafeFileHandle folder, string name)
    {
        const int FolderOnLinux = 0x200, FolderOnMacOS = 0x80;
        return UnlinkAt(folder, name, IsMacOS ? FolderOnMacOS : FolderOnLinux) == 0;
    }

    public static bool Rename(SafeFileHandle folder, string name, string newName) => RenameAt(folder, name, folder, newName) == 0;

    /// <summary>Renames unless the new name is taken.</summary>
    public static bool RenameExclusively(SafeFileHandle folder, string name, string newName)
    {
        const uint RenameNoReplace = 1, RenameExclusive = 4;
        return IsMacOS
            ? RenameAtExclusively(folder, name, folder, newName, RenameExclusive) == 0
            : RenameAt2(SystemCall.RenameAt2, folder, name, folder, newName, RenameNoReplace) == 0;
    }

    public static bool Link(SafeFileHandle folder, string name, string newName) => LinkAt(folder, name, folder, newName, 0) == 0;

    public static bool SetGroup(SafeFileHandle file, uint group)
    {
        const uint Unchanged = uint.MaxValue;
        return ChangeOwner(file, Unchanged, group) == 0;
    }

    /// <summary>Takes the lock that <see cref="FileShare.None"/> takes, unless somebody has it.</summary>
    public static bool Lock(SafeFileHandle file)
    {
        const int Exclusively = 2, AtOnce = 4;
        return FileLock(file, Exclusively | AtOnce) == 0;
    }

    public static bool Unlock(SafeFileHandle file)
    {
        const int Nobody = 8;
        return FileLock(file, Nobody) == 0;
    }

    /// <summary>Reads <c>struct statx</c>, on macOS <c>struct stat</c>, of a name in a folder or, without a name, of the handle.</summary>
    public static bool GetStatus(SafeFileHandle folder, string name, Span<byte> status)
    {
        if (IsMacOS)
        {
            const int NoFollowOnMacOS = 0x20;
            return (name, RuntimeInformation.ProcessArchitecture) switch
            {
                ("", Architecture.X64) => StatusOnX64(folder, status),
                ("", _) => Status(folder, status),
                (_, Architecture.X64) => StatusAtOnX64(folder, name, status, NoFollowOnMacOS),
                _ => StatusAt(folder, name, status, NoFollowOnMacOS),
            } == 0;
        }

        const int NoFollowOnLinux = 0x100, EmptyPath = 0x1000;
        const uint BasicStatus = 0x7ff;
        return StatusX(SystemCall.StatusX, folder, name, NoFollowOnLinux | EmptyPath, BasicStatus, status) == 0;
    }

    // openat takes its mode as a variable argument, which Apple passes on the stack on ARM, behind eight registers.
    private static SafeFileHandle Open(SafeFileHandle folder, string name, int flags, UnixFileMode mode) => IsMacOS
        ? OpenAtOnMacOS(folder, name, flags, (nint)mode, 0, 0, 0, 0, (nint)mode)
        : OpenAt(folder, name, flags, (uint)mode);

    [LibraryImport("libc", EntryPoint = "geteuid")]
    public static partial uint EffectiveUser();

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial SafeFileHandle Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "openat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial SafeFileHandle OpenAt(SafeFileHandle folder, string name, int flags, uint mode);

    [LibraryImport("libc", EntryPoint = "openat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial SafeFileHandle OpenAtOnMacOS(
        SafeFileHandle folder, string name, int flags, nint modeOnX64, nint unused4, nint unused5, nint unused6, nint unused7, nint modeOnArm);

    [LibraryImport("libc", EntryPoint = "mkdirat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int MakeDirectoryAt(SafeFileHandle folder, string name, uint mode);

    [LibraryImport("libc", EntryPoint = "unlinkat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int UnlinkAt(SafeFileHandle folder, string name, int flags);

    [LibraryImport("libc", EntryPoint = "renameat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int RenameAt(SafeFileHandle folder, string name, SafeFileHandle newFolder, string newName);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint RenameAt2(nint number, SafeFileHandle folder, string name, SafeFileHandle newFolder, string newName, uint flags);

    [LibraryImport("libc", EntryPoint = "renameatx_np", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int RenameAtExclusively(SafeFileHandle folder, string name, SafeFileHandle newFolder, string newName, uint flags);

    [LibraryImport("libc", EntryPoint = "linkat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int LinkAt(SafeFileHandle folder, string name, SafeFileHandle newFolder, string newName, int flags);

    [LibraryImport("libc", EntryPoint = "fchown", SetLastError = true)]
    private static partial int ChangeOwner(SafeFileHandle file, uint owner, uint group);

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    private static partial int FileLock(SafeFileHandle file, int operation);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint StatusX(nint number, SafeFileHandle folder, string name, int flags, uint mask, Span<byte> status);

    [LibraryImport("libc", EntryPoint = "fstat", SetLastError = true)]
    private static partial int Status(SafeFileHandle file, Span<byte> status);

    [LibraryImport("libc", EntryPoint = "fstat$INODE64", SetLastError = true)]
    private static partial int StatusOnX64(SafeFileHandle file, Span<byte> status);

    [LibraryImport("libc", EntryPoint = "fstatat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int StatusAt(SafeFileHandle folder, string name, Span<byte> status, int flags);

    [LibraryImport("libc", EntryPoint = "fstatat$INODE64", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int StatusAtOnX64(SafeFileHandle folder, string name, Span<byte> status, int flags);

    // Numbers of system calls of Linux.
    private static class SystemCall
    {
        public static readonly nint RenameAt2, StatusX;

        // What is not named here, ARM's 64 bits among it, has the numbers of all newer architectures.
        static SystemCall() => (RenameAt2, StatusX) = RuntimeInformation.ProcessArchitecture switch
        {
            Architecture.X64 => (316, 332),
            Architecture.X86 => (353, 383),
            Architecture.Arm or Architecture.Armv6 => (382, 397),
            Architecture.S390x => (347, 379),
            Architecture.Ppc64le => (357, 383),
            _ => (276, 291),
        };
    }
}
