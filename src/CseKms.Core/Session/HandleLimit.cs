using System.Runtime.InteropServices;

namespace CseKms.Core.Session;

/// <summary>How many files and connections the process may have open.</summary>
public static partial class HandleLimit
{
    // Its file and the folder of it, a connection to S3 and one to KMS.
    private const int HandlesPerObject = 4;

    // For whatever else the process does meanwhile.
    private const int Reserve = 32;

    /// <summary>How many objects can be worked on at once, <paramref name="wanted"/> at most and one at least.</summary>
    public static int ObjectsAtOnce(int wanted) =>
        OperatingSystem.IsWindows() ? wanted : (int)Math.Clamp((Limit() - Open() - Reserve) / HandlesPerObject, 1, wanted);

    private static long Limit()
    {
        var resource = OperatingSystem.IsMacOS() ? 8 : 7;
        return GetLimit(resource, out var limit) == 0 ? (long)Math.Min(limit.Current, int.MaxValue) : int.MaxValue;
    }

    private static int Open()
    {
        try
        {
            return Directory.EnumerateFileSystemEntries(OperatingSystem.IsMacOS() ? "/dev/fd" : "/proc/self/fd").Count();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return 0;
        }
    }

    [LibraryImport("libc", EntryPoint = "getrlimit")]
    private static partial int GetLimit(int resource, out ResourceLimit limit);

    [StructLayout(LayoutKind.Sequential)]
    private struct ResourceLimit
    {
        public nuint Current;
        public nuint Most;
    }
}
