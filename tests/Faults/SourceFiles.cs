using System.Security.Cryptography;

namespace CseKms.Faults;

/// <summary>Files to send, the same for all cases: bytes that say where they belong.</summary>
public static class SourceFiles
{
    /// <summary>Two full parts of content, so that the tag goes into a part of its own.</summary>
    public const int LargeSize = 24 << 20;

    private static readonly Lazy<string> Folder = new(() =>
    {
        var folder = Directory.CreateTempSubdirectory("csekms-sources-").FullName;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(folder, recursive: true);
        return folder;
    });

    private static readonly Lock Gate = new();
    private static readonly Dictionary<int, byte[]> Contents = [];

    /// <summary>Sizes of small files: empty, within a block, of some packets.</summary>
    public static IReadOnlyList<int> SmallSizes { get; } = [0, 5, 100_000];

    public static byte[] Content(int size)
    {
        lock (Gate)
        {
            if (!Contents.TryGetValue(size, out var content))
            {
                content = new byte[size];
                using var aes = Aes.Create();
                aes.Key = SHA256.HashData(BitConverter.GetBytes(size));
                for (var i = 0; i < size / 16; i++)
                {
                    BitConverter.TryWriteBytes(content.AsSpan(i * 16), (long)i);
                }

                aes.EncryptEcb(content.AsSpan(0, size / 16 * 16), content, PaddingMode.None);
                Contents.Add(size, content);
            }

            return content;
        }
    }

    /// <summary>A file of so many bytes.</summary>
    public static string File(int size)
    {
        var path = Path.Combine(Folder.Value, $"{size}");
        lock (Gate)
        {
            if (!System.IO.File.Exists(path))
            {
                System.IO.File.WriteAllBytes(path, Content(size));
            }
        }

        return path;
    }
}
