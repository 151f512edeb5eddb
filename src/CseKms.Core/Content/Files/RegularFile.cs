using Microsoft.Win32.SafeHandles;

namespace CseKms.Core.Content.Files;

/// <summary>Opens files that can be read to their end, and no pipes or devices.</summary>
internal static class RegularFile
{
    /// <summary>
    /// Opens a file, or what a link leads to, to read it while others may write, rename or delete it. Refuses a named pipe, whose opening
    /// would wait for a writer for ever, and whatever else is no regular file.
    /// </summary>
    /// <exception cref="BlockedPathException">The path is that of something else.</exception>
    /// <exception cref="IOException">The path cannot be opened.</exception>
    /// <exception cref="UnauthorizedAccessException">The caller may not read it, on Windows.</exception>
    public static SafeFileHandle Open(string path) => OperatingSystem.IsWindows()
        ? File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, FileOptions.SequentialScan)
        : Ensure(Libc.OpenFile(path), path);

    /// <summary>Ensures that what was opened, on Linux or macOS, is a regular file, and closes it if it is not.</summary>
    /// <param name="file">What was just opened, or could not be.</param>
    /// <param name="path">Its path.</param>
    public static SafeFileHandle Ensure(SafeFileHandle file, string path)
    {
        try
        {
            return file.IsInvalid ? throw Libc.Error()
                : FileStatus.Of(file).Kind is var kind and not FileKind.File ? throw new BlockedPathException(path, kind)
                : file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }
}
