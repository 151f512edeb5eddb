using System.Runtime.InteropServices;

namespace CseKms.Core.Tests.Content;

/// <summary>What a test does to files of Unix, and the framework has no call for.</summary>
internal static partial class UnixFile
{
    public const uint Nobody = 65534;

    /// <summary>The access control list of a file.</summary>
    public const string List = "system.posix_acl_access";

    /// <summary>The access control list of a folder that its new files get.</summary>
    public const string ListOfNewFiles = "system.posix_acl_default";

    /// <summary>Whether the tests may give files away.</summary>
    public static bool IsRoot => !OperatingSystem.IsWindows() && Environment.UserName == "root";

    public static void MakePipe(string path) => Ensure(MakeFifo(path, 0b110_000_000));

    /// <summary>A device that takes everything and keeps nothing, of the test's own.</summary>
    public static void MakeNullDevice(string path)
    {
        const uint CharacterDevice = 0x2000, Null = (1 << 8) | 3;
        Ensure(MakeNode(path, CharacterDevice | 0b110_110_110, Null));
    }

    public static void Give(string path, uint owner, uint group) => Ensure(ChangeOwner(path, owner, group));

    public static uint GroupOf(string path)
    {
        using var stat = System.Diagnostics.Process.Start(
            new System.Diagnostics.ProcessStartInfo("stat", ["-c", "%g", path]) { RedirectStandardOutput = true })!;
        return uint.Parse(stat.StandardOutput.ReadToEnd(), System.Globalization.CultureInfo.InvariantCulture);
    }

    /// <summary>Lets somebody else, by an access control list, read and write what its group may not.</summary>
    public static void Grant(string path, uint user, string list = List)
    {
        const ushort UserObject = 1, User = 2, GroupObject = 4, Mask = 16, Others = 32;
        const uint Version = 2;
        byte[] entries = [.. BitConverter.GetBytes(Version), .. Entry(UserObject, 6), .. Entry(User, 6, user), .. Entry(GroupObject, 0), .. Entry(Mask, 6), .. Entry(Others, 0)];
        Ensure(SetAttribute(path, list, entries, (nuint)entries.Length, 0));

        static byte[] Entry(ushort tag, ushort rights, uint id = uint.MaxValue) => [.. BitConverter.GetBytes(tag), .. BitConverter.GetBytes(rights), .. BitConverter.GetBytes(id)];
    }

    public static bool HasList(string path) => GetAttribute(path, List, 0, 0) > 0;

    /// <summary>Has each of two names stand for what the other one stood for, all at once.</summary>
    public static void Swap(string path, string other)
    {
        const int Here = -100;
        const uint Exchange = 2;
        Ensure(Rename(Here, path, Here, other, Exchange));
    }

    private static void Ensure(int result)
    {
        if (result != 0)
        {
            throw new IOException(Marshal.GetLastPInvokeErrorMessage());
        }
    }

    [LibraryImport("libc", EntryPoint = "mkfifo", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int MakeFifo(string path, uint mode);

    [LibraryImport("libc", EntryPoint = "mknod", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int MakeNode(string path, uint mode, ulong device);

    [LibraryImport("libc", EntryPoint = "chown", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int ChangeOwner(string path, uint owner, uint group);

    [LibraryImport("libc", EntryPoint = "setxattr", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetAttribute(string path, string name, byte[] value, nuint size, int flags);

    [LibraryImport("libc", EntryPoint = "getxattr", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint GetAttribute(string path, string name, nint value, nuint size);

    [LibraryImport("libc", EntryPoint = "renameat2", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Rename(int folder, string path, int otherFolder, string other, uint flags);
}
