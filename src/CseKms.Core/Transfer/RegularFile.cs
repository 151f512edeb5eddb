using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace CseKms.Core.Transfer;

/// <summary>Tells files that can be read to their end from pipes and devices.</summary>
internal static class RegularFile
{
    private const int ReadOnly = 0;

    // O_NONBLOCK
    private static readonly int NonBlocking = OperatingSystem.IsMacOS() ? 0x4 : 0x800;

    /// <summary>Refuses a named pipe, whose opening would wait for a writer for ever, and whatever else cannot be sought in.</summary>
    /// <exception cref="IOException">The path cannot be opened or is no regular file.</exception>
    public static void Ensure(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        // The framework opens files in one way only, which waits; and it tells a pipe from a file only after that.
        using var handle = new SafeFileHandle(Open(path, ReadOnly | NonBlocking), ownsHandle: true);
        if (handle.IsInvalid)
        {
            throw new IOException(new Win32Exception(Marshal.GetLastPInvokeError()).Message);
        }

        using var stream = new FileStream(handle, FileAccess.Read, bufferSize: 0);
        if (!stream.CanSeek)
        {
            throw new IOException("it is a pipe or a device");
        }
    }

    [DllImport("libc", EntryPoint = "open", SetLastError = true)]
    private static extern int Open([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);
}
