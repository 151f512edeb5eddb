using Microsoft.Win32.SafeHandles;

namespace CseKms.Sandbox.S3;

/// <summary>
/// One stored body on disk. Objects, parts and copies share it by reference, so that neither completing an
/// upload nor copying moves bytes; the file goes with its last reference.
/// </summary>
internal sealed class BlobFile(string path)
{
    private int _references = 1;

    public SafeFileHandle OpenRead() =>
        File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, FileOptions.None);

    public SafeFileHandle Create() =>
        File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read | FileShare.Delete, FileOptions.None);

    public void AddReference() => Interlocked.Increment(ref _references);

    public void Release()
    {
        if (Interlocked.Decrement(ref _references) == 0)
        {
            File.Delete(path);
        }
    }
}

/// <summary>A run of bytes within a stored body.</summary>
internal readonly record struct Extent(BlobFile File, long Offset, long Length);
