using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace CseKms.Core.Content;

/// <summary>Opens files that can be read to their end, and no pipes or devices.</summary>
internal static partial class RegularFile
{
    // O_RDONLY | O_NONBLOCK | O_CLOEXEC
    private static readonly int Flags = OperatingSystem.IsMacOS() ? 0x4 | 0x1000000 : 0x800 | 0x80000;

    /// <summary>
    /// Opens a file to read it while others may write, rename or delete it. Refuses a named pipe, whose opening would wait for a writer
    /// for ever, and whatever else cannot be sought in.
    /// </summary>
    /// <exception cref="IOException">The path cannot be opened or is no regular file.</exception>
    /// <exception cref="UnauthorizedAccessException">The caller may not read it, on Windows.</exception>
    public static SafeFileHandle Open(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            return File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, FileOptions.SequentialScan);
        }

        // The framework opens files in one way only, which waits; and it tells a pipe from a file only after that.
        var handle = new SafeFileHandle(Open(path, Flags), ownsHandle: true);
        try
        {
            if (handle.IsInvalid)
            {
                throw new IOException(new Win32Exception(Marshal.GetLastPInvokeError()).Message);
            }

            _ = RandomAccess.GetLength(handle);
            return handle;
        }
        catch (NotSupportedException)
        {
            handle.Dispose();
            throw new IOException("it is a pipe or a device");
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);
}
