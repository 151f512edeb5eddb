using System.Text.Json;
using CseKms.Core;

namespace CseKms.Work;

/// <summary>What a file of receipts tells to be done: of several lines of one object the last one counts. Lines that are torn are passed over.</summary>
internal sealed class DoneBefore
{
    private readonly Dictionary<(string Bucket, string Key, string? Version), (bool IsDone, string? Path)> _last = [];

    /// <param name="path">The file of receipts, absolute.</param>
    /// <param name="operation">The verb of the cmdlet; receipts of others tell nothing.</param>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file cannot be read.</exception>
    public DoneBefore(string path, string operation)
    {
        using var file = new StreamReader(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete));
        while (file.ReadLine() is { } line)
        {
            Read(line, operation);
        }
    }

    /// <summary>Lines that were passed over.</summary>
    public int UnreadLines { get; private set; }

    /// <summary>Whether an object was done, with the same file.</summary>
    public bool Contains(ObjectAddress address, string? path) =>
        _last.TryGetValue((address.BucketName, address.Key, address.VersionId), out var last) && last.IsDone && last.Path == path;

    private void Read(string line, string operation)
    {
        try
        {
            using var json = JsonDocument.Parse(line);
            if (Text("Operation") != operation)
            {
                return;
            }

            var (bucket, key) = (Text("BucketName")!, Text("Key")!);
            var last = (Text("Status") == Receipt.Done, Text("Path"));
            _last[(bucket, key, null)] = last;
            if (Text("VersionId") is { } version)
            {
                _last[(bucket, key, version)] = last;
            }

            string? Text(string name) => json.RootElement.GetProperty(name).GetString();
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            UnreadLines++;
        }
    }
}
