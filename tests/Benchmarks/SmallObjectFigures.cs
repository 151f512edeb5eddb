using CseKms.Core;
using CseKms.Core.Content;
using CseKms.Core.Session;
using CseKms.Core.Transfer;


namespace CseKms.Benchmarks;

/// <summary>Many small objects.</summary>
internal static class SmallObjectFigures
{
    public const int Count = 2000;
    public const int Length = 16 << 10;

    /// <summary>Objects at once, as a cmdlet has them.</summary>
    public const int Concurrency = 16;

    public static Figure[] All { get; } =
    [
        new($"{Count:N0} × {Length >> 10} KiB sent", "bare SDK, PutObject and GenerateDataKey, same concurrency", Goal.AtMost(1.15), async bench =>
        {
            var (client, folder) = (await Bench.OpenAsync(bench.Plain), bench.FolderOf(Count, Length));
            using var bare = new BareClient(bench.Plain);
            return await bench.CompareAsync(() => SendAsync(client, folder), () => ForEachAsync(folder, file => bare.SendSmallAsync(file, BareKey(file))));
        }),
        new($"{Count:N0} × {Length >> 10} KiB received", "bare SDK, GetObject and Decrypt, same concurrency", Goal.AtMost(1.15), async bench =>
        {
            var (client, folder) = (await Bench.OpenAsync(bench.Plain), bench.FolderOf(Count, Length));
            using var bare = new BareClient(bench.Plain);
            await SendAsync(client, folder);
            await ForEachAsync(folder, file => bare.SendSmallAsync(file, BareKey(file)));
            return await bench.CompareAsync(
                () => ReceiveAsync(client, folder, bench),
                () => ForEachAsync(folder, file => bare.ReceiveSmallAsync(BareKey(file), Target(bench, "bare", file))));
        }),
        new($"{Count:N0} × {Length >> 10} KiB tested by their tags", "bare SDK, GetObject of 16 bytes and Decrypt, same concurrency", Goal.AtMost(1.2), async bench =>
        {
            var (client, folder) = (await Bench.OpenAsync(bench.Plain), bench.FolderOf(Count, Length));
            using var bare = new BareClient(bench.Plain);
            await SendAsync(client, folder);
            return await bench.CompareAsync(() => CompareAsync(client, folder), () => ForEachAsync(folder, file => bare.ReceiveTagAsync(Key(file))));
        }),
    ];

    public static Task SendAsync(S3EncryptionClient client, string folder) => ForEachAsync(folder, file => client.UploadAsync(
        new UploadRequest(new ObjectAddress(Endpoint.Bucket, Key(file)), UploadSource.FromFile(file)), NullObserver.Instance, CancellationToken.None));

    public static Task ReceiveAsync(S3EncryptionClient client, string folder, Bench bench)
    {
        return ForEachAsync(folder, file => client.DownloadAsync(
            new DownloadRequest(new ObjectAddress(Endpoint.Bucket, Key(file))) { SizeHint = new FileInfo(file).Length + 16 },
            FileDestination.Exactly(Target(bench, "small", file), overwrite: true),
            NullObserver.Instance,
            CancellationToken.None));
    }

    private static Task CompareAsync(S3EncryptionClient client, string folder) => ForEachAsync(folder, async file =>
    {
        var finding = await client.CompareTagAsync(
            new DownloadRequest(new ObjectAddress(Endpoint.Bucket, Key(file))), UploadSource.FromFile(file), NullObserver.Instance, CancellationToken.None);
        if (finding.TagMatches != true)
        {
            throw new InvalidOperationException($"{file} does not match its object.");
        }
    });

    public static Task ForEachAsync(string folder, Func<string, Task> action) => Parallel.ForEachAsync(
        Directory.EnumerateFiles(folder),
        new ParallelOptions { MaxDegreeOfParallelism = Concurrency },
        (file, _) => new ValueTask(action(file)));

    public static string Key(string file) => $"small/{Path.GetFileName(file)}";

    private static string BareKey(string file) => $"bare/{Path.GetFileName(file)}";

    private static string Target(Bench bench, string folder, string file) =>
        Path.Combine(Directory.CreateDirectory(Path.Combine(bench.Folder, folder)).FullName, Path.GetFileName(file));
}
