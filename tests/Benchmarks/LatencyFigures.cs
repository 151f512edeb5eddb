namespace CseKms.Benchmarks;

/// <summary>Small objects where each request takes its time.</summary>
internal static class LatencyFigures
{
    public const int Milliseconds = 20;
    public const int Count = 300;
    public const int Length = 4 << 10;
    private const int RequestsAnObject = 2;
    private const double LatencyAlone = (double)Count * RequestsAnObject * Milliseconds / SmallObjectFigures.Concurrency / 1000;

    public static TimeSpan Latency { get; } = TimeSpan.FromMilliseconds(Milliseconds);

    public static Figure[] All { get; } =
    [
        new(Name("sent"), "the latency alone", Goal.AtMost(1.3), async bench =>
        {
            var (client, folder) = (await Bench.OpenAsync(bench.Slow), bench.FolderOf(Count, Length));
            return AgainstLatency(await bench.TimeRunsAsync(() => SmallObjectFigures.SendAsync(client, folder)));
        }),
        new(Name("received"), "the latency alone", Goal.AtMost(1.3), async bench =>
        {
            var (client, folder) = (await Bench.OpenAsync(bench.Slow), bench.FolderOf(Count, Length));
            await SmallObjectFigures.SendAsync(client, folder);
            return AgainstLatency(await bench.TimeRunsAsync(() => SmallObjectFigures.ReceiveAsync(client, folder, bench)));
        }),
    ];

    private static string Name(string what) => $"{Count} × {Length >> 10} KiB {what} at {Milliseconds} ms a request, {SmallObjectFigures.Concurrency} in flight";

    private static Measured AgainstLatency(IReadOnlyList<double> times) =>
        Measured.Ratio(times, [.. times.Select(_ => LatencyAlone)], "s");
}
