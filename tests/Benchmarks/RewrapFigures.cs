using CseKms.Core;
using CseKms.Core.Session;
using CseKms.Core.Settings;
using CseKms.Core.Transfer;

namespace CseKms.Benchmarks;

/// <summary>Data keys wrapped anew, the content untouched.</summary>
internal static class RewrapFigures
{
    private const int Count = SmallObjectFigures.Count;

    public static Figure[] All { get; } =
    [
        new("1 GiB object wrapped anew", "received and sent again", Goal.AtLeast(50), async bench =>
        {
            var (client, file) = (await Bench.OpenAsync(bench.Plain, new RewrapSettings()), bench.FileOf(LargeObjectFigures.Length));
            await LargeObjectFigures.SendAsync(client, file);
            return (await bench.CompareAsync(
                () => RewrapAsync(client, LargeObjectFigures.Key),
                async () =>
                {
                    await LargeObjectFigures.ReceiveAsync(client, bench);
                    await LargeObjectFigures.SendAsync(client, file);
                })).AsSpeed();
        }),
        new($"{Count:N0} × {SmallObjectFigures.Length >> 10} KiB wrapped anew", "bare SDK, HEAD, ReEncrypt and CopyObject, same concurrency", Goal.AtMost(1.15), async bench =>
        {
            var client = await Bench.OpenAsync(bench.Plain, new RewrapSettings());
            var folder = bench.FolderOf(Count, SmallObjectFigures.Length);
            using var bare = new BareClient(bench.Plain);
            await SmallObjectFigures.SendAsync(client, folder);
            await SmallObjectFigures.ForEachAsync(folder, file => bare.SendSmallAsync(file, $"bare/{Path.GetFileName(file)}"));
            return await bench.CompareAsync(
                () => SmallObjectFigures.ForEachAsync(folder, file => RewrapAsync(client, SmallObjectFigures.Key(file))),
                () => SmallObjectFigures.ForEachAsync(folder, file => bare.RewrapSmallAsync($"bare/{Path.GetFileName(file)}")));
        }),
    ];

    private static Task RewrapAsync(S3EncryptionClient client, string key) => client.RewrapAsync(
        new RewrapRequest(new ObjectAddress(Endpoint.Bucket, key)), NullObserver.Instance, CancellationToken.None);
}
