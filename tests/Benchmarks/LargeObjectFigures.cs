using CseKms.Core;
using CseKms.Core.Content;
using CseKms.Core.Session;
using CseKms.Core.Transfer;


namespace CseKms.Benchmarks;

/// <summary>One object of 1 GiB.</summary>
internal static class LargeObjectFigures
{
    public const long Length = 1L << 30;
    public const string Key = "large";
    private const string OtherKey = "large-other";

    public static Figure[] All { get; } =
    [
        new("1 GiB file sent", "in the clear by the AWS SDK, multipart, same concurrency and checksum", Goal.AtMost(1.2), async bench =>
        {
            var (client, file) = (await Bench.OpenAsync(bench.Plain), bench.FileOf(Length));
            using var bare = new BareClient(bench.Plain);
            return await bench.CompareAsync(() => SendAsync(client, file), () => bare.SendLargeAsync(file, OtherKey));
        }),
        new("1 GiB object received, verified", "in the clear by the AWS SDK, parallel ranges", Goal.AtMost(1.2), async bench =>
        {
            var (client, file) = (await Bench.OpenAsync(bench.Plain), bench.FileOf(Length));
            using var bare = new BareClient(bench.Plain);
            await SendAsync(client, file);
            await bare.SendLargeAsync(file, OtherKey);
            return await bench.CompareAsync(() => ReceiveAsync(client, bench), () => bare.ReceiveLargeAsync(OtherKey, Target(bench)));
        }),
        new("1 GiB object tested", "the same received", Goal.AtMost(0.9), async bench =>
        {
            var (client, file) = (await Bench.OpenAsync(bench.Plain), bench.FileOf(Length));
            await SendAsync(client, file);
            return await bench.CompareAsync(() => TestAsync(client), () => ReceiveAsync(client, bench));
        }),
        new($"1 GiB file sent at {LatencyFigures.Milliseconds} ms a request", "a sequential encryptor, one part after another", Goal.AtLeast(2), async bench =>
        {
            var (client, file) = (await Bench.OpenAsync(bench.Slow), bench.FileOf(Length));
            using var sequential = new SequentialClient(bench.Slow);
            return (await bench.CompareAsync(() => SendAsync(client, file), () => sequential.SendAsync(file, OtherKey))).AsSpeed();
        }),
        new($"1 GiB object received at {LatencyFigures.Milliseconds} ms a request", "a sequential decryptor, one GET", Goal.AtLeast(2), async bench =>
        {
            var (client, file) = (await Bench.OpenAsync(bench.Slow), bench.FileOf(Length));
            using var sequential = new SequentialClient(bench.Slow);
            await SendAsync(client, file);
            await sequential.SendAsync(file, OtherKey);
            return (await bench.CompareAsync(() => ReceiveAsync(client, bench), () => sequential.ReceiveAsync(OtherKey, Target(bench)))).AsSpeed();
        }),
    ];

    public static Task SendAsync(S3EncryptionClient client, string file) => client.UploadAsync(
        new UploadRequest(new ObjectAddress(Endpoint.Bucket, Key), UploadSource.FromFile(file)), NullObserver.Instance, CancellationToken.None);

    public static Task ReceiveAsync(S3EncryptionClient client, Bench bench) => client.DownloadAsync(
        new DownloadRequest(new ObjectAddress(Endpoint.Bucket, Key)),
        FileDestination.Exactly(Target(bench), overwrite: true),
        NullObserver.Instance,
        CancellationToken.None);

    private static async Task TestAsync(S3EncryptionClient client)
    {
        var finding = await client.VerifyAsync(
            new DownloadRequest(new ObjectAddress(Endpoint.Bucket, Key)), NullObserver.Instance, CancellationToken.None);
        if (finding.Failure is { } failure)
        {
            throw failure;
        }
    }

    private static string Target(Bench bench) => Path.Combine(bench.Folder, "received");
}
