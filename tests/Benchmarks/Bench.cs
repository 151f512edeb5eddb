using System.Diagnostics;
using System.Security.Cryptography;
using CseKms.Core;
using CseKms.Core.Session;
using CseKms.Core.Settings;
using CseKms.Core.Transfer;

namespace CseKms.Benchmarks;

/// <summary>What the figures share: how often to run, the sandboxes, and folders for files.</summary>
internal sealed class Bench(int runs, Endpoint[] sandboxes, string folder, string roomyFolder)
{
    private static readonly TimeSpan WarmUpTime = TimeSpan.FromSeconds(3);

    private readonly Dictionary<(string Name, int Count, long Length), string> _files = [];

    /// <summary>A sandbox that answers at once.</summary>
    public Endpoint Plain => sandboxes[0];

    /// <summary>A sandbox that waits before each answer, as a distant one does.</summary>
    public Endpoint Slow => sandboxes[1];

    /// <summary>A sandbox that has room for the largest objects.</summary>
    public Endpoint Roomy => sandboxes[2];

    /// <summary>A folder in memory, for what is timed.</summary>
    public string Folder => folder;

    /// <summary>A folder on the disk, for what is large.</summary>
    public string RoomyFolder => roomyFolder;

    /// <summary>Times two things in turn, after both have warmed up. Which one goes first changes from pair to pair.</summary>
    public async Task<Measured> CompareAsync(Func<Task> ours, Func<Task> theirs)
    {
        await WarmUpAsync(ours);
        await WarmUpAsync(theirs);
        var times = (Ours: new List<double>(), Theirs: new List<double>());
        for (var run = 0; run < runs; run++)
        {
            if (run % 2 == 0)
            {
                times.Ours.Add(await TimeAsync(ours));
                times.Theirs.Add(await TimeAsync(theirs));
            }
            else
            {
                times.Theirs.Add(await TimeAsync(theirs));
                times.Ours.Add(await TimeAsync(ours));
            }
        }

        return Measured.Ratio(times.Ours, times.Theirs, "s");
    }

    /// <inheritdoc cref="CompareAsync"/>
    public Task<Measured> CompareAsync(Action ours, Action theirs) => CompareAsync(
        () =>
        {
            ours();
            return Task.CompletedTask;
        },
        () =>
        {
            theirs();
            return Task.CompletedTask;
        });

    /// <summary>Runs of one thing, timed.</summary>
    public async Task<IReadOnlyList<double>> TimeRunsAsync(Func<Task> ours)
    {
        await WarmUpAsync(ours);
        var times = new List<double>();
        for (var run = 0; run < runs; run++)
        {
            times.Add(await TimeAsync(ours));
        }

        return times;
    }

    /// <summary>Numbers that are measured in turn by something else than this process's clock.</summary>
    public async Task<(IReadOnlyList<double> Ours, IReadOnlyList<double> Theirs)> AlternateAsync(Func<Task<double>> ours, Func<Task<double>> theirs)
    {
        var numbers = (Ours: new List<double>(), Theirs: new List<double>());
        for (var run = 0; run < runs; run++)
        {
            numbers.Ours.Add(await ours());
            numbers.Theirs.Add(await theirs());
        }

        return numbers;
    }

    /// <summary>The product's client, as a cmdlet opens it.</summary>
    public static Task<S3EncryptionClient> OpenAsync(Endpoint endpoint, RewrapSettings? rewrap = null) => new EncryptionSession().OpenAsync(
        new ConnectionSettings
        {
            Region = Endpoint.Region,
            Identity = new() { AccessKey = endpoint.AccessKey, SecretKey = endpoint.SecretKey },
            EndpointUrl = endpoint.Url,
            KmsEndpointUrl = endpoint.Url,
            ForcePathStyleAddressing = true,
        },
        new EncryptionSettings { Key = KeySource.Kms(endpoint.KmsKeyArn), Rewrap = rewrap },
        new TransferSettings(),
        CancellationToken.None);

    /// <summary>A folder of files of random bytes, made when first asked for.</summary>
    public string FolderOf(int count, int length) => Once("files", count, length, path =>
    {
        Directory.CreateDirectory(path);
        for (var i = 0; i < count; i++)
        {
            File.WriteAllBytes(Path.Combine(path, $"{i:D4}"), RandomNumberGenerator.GetBytes(length));
        }
    });

    /// <summary>A file of random bytes, made when first asked for.</summary>
    public string FileOf(long length) => Once("random", 1, length, path =>
    {
        using var file = File.Create(path);
        var buffer = new byte[1 << 20];
        for (long written = 0; written < length; written += buffer.Length)
        {
            RandomNumberGenerator.Fill(buffer);
            file.Write(buffer);
        }
    });

    /// <summary>A file without blocks on the disk.</summary>
    public string SparseFileOf(long length) => Once("sparse", 1, length, path =>
    {
        using var file = File.Create(path);
        file.SetLength(length);
    });

    // Once at least, and until the compiler has seen what is called often.
    private static async Task WarmUpAsync(Func<Task> action)
    {
        var start = Stopwatch.GetTimestamp();
        do
        {
            await action();
        }
        while (Stopwatch.GetElapsedTime(start) < WarmUpTime);
    }

    private static async Task<double> TimeAsync(Func<Task> action)
    {
        // So that no run pays for the garbage of the one before.
        GC.Collect();
        var start = Stopwatch.GetTimestamp();
        await action();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private string Once(string name, int count, long length, Action<string> make)
    {
        if (!_files.TryGetValue((name, count, length), out var path))
        {
            path = Path.Combine(folder, $"{name}-{count}-{length}");
            make(path);
            _files.Add((name, count, length), path);
        }

        return path;
    }
}

/// <summary>Shows nothing.</summary>
internal sealed class NullObserver : ITransferObserver
{
    public static NullObserver Instance { get; } = new();

    public void LengthKnown(long bytes)
    {
    }

    public void TemporaryFileLeft(string path)
    {
    }

    public void MayHaveReplaced(string path)
    {
    }

    public void UploadLeft(ObjectAddress address, string? uploadId)
    {
    }

    public void Transferred(long bytes)
    {
    }
}
