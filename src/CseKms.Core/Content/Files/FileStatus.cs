using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace CseKms.Core.Content.Files;

/// <summary>What an entry of a folder is. Windows tells of the kind alone.</summary>
/// <param name="Kind">What it is.</param>
internal readonly record struct FileStatus(FileKind Kind)
{
    /// <summary>Rights, and the bits setuid, setgid and sticky.</summary>
    public UnixFileMode Mode { get; init; }

    /// <summary>The user whose it is.</summary>
    public uint Owner { get; init; }

    /// <summary>The group whose it is.</summary>
    public uint Group { get; init; }

    private (ulong Device, ulong Inode) Identity { get; init; }

    /// <summary>Whether two are of one entry, whatever it is called.</summary>
    public bool IsOfSame(FileStatus other) => Identity == other.Identity;

    /// <summary>The status of an open file or folder, on Linux and macOS.</summary>
    /// <exception cref="IOException">The system does not tell.</exception>
    public static FileStatus Of(SafeFileHandle handle) => Read(handle, "") ?? throw Libc.Error();

    /// <summary>The status of a name in an open folder, and not of what a link leads to, on Linux and macOS.</summary>
    /// <returns><see langword="null"/> when there is none.</returns>
    /// <exception cref="IOException">The system does not tell.</exception>
    public static FileStatus? Of(SafeFileHandle folder, string name) =>
        Read(folder, name) ?? (Marshal.GetLastPInvokeError() == Libc.NotFound ? null : throw Libc.Error());

    private static FileStatus? Read(SafeFileHandle folder, string name)
    {
        Span<byte> status = stackalloc byte[Libc.StatusSize];
        if (!Libc.GetStatus(folder, name, status))
        {
            return null;
        }

        // struct statx has one layout on all of Linux, and struct stat one on macOS.
        var (mode, owner, group, inode, device, deviceLength) = OperatingSystem.IsMacOS() ? (4, 16, 20, 8, 0, 4) : (28, 20, 24, 32, 136, 8);
        var bits = MemoryMarshal.Read<ushort>(status[mode..]);
        return new FileStatus(KindOf(bits))
        {
            Mode = (UnixFileMode)(bits & 0xFFF),
            Owner = MemoryMarshal.Read<uint>(status[owner..]),
            Group = MemoryMarshal.Read<uint>(status[group..]),
            Identity = (
                deviceLength == 4 ? MemoryMarshal.Read<uint>(status[device..]) : MemoryMarshal.Read<ulong>(status[device..]),
                MemoryMarshal.Read<ulong>(status[inode..])),
        };
    }

    private static FileKind KindOf(ushort mode) => (mode >> 12) switch
    {
        1 => FileKind.Pipe,
        2 or 6 => FileKind.Device,
        4 => FileKind.Folder,
        8 => FileKind.File,
        10 => FileKind.Link,
        12 => FileKind.Socket,
        _ => FileKind.Other,
    };
}
