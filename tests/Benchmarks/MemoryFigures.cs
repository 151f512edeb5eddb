namespace CseKms.Benchmarks;

/// <summary>Peak memory of a whole process that sends, receives or lists.</summary>
internal static class MemoryFigures
{
    private const long Small = 1L << 30;
    private const long Large = 8L << 30;
    private const double LimitInMiB = 400;
    private const string Peak = "\n[Diagnostics.Process]::GetCurrentProcess().PeakWorkingSet64 / 1MB";

    public static Figure Listing { get; } =
        new($"peak memory, {PipelineFigures.KeyCount:N0} keys listed by {Scripts.Host}", "10,000 keys", Goal.AtMost(1.1), async bench => Measured.Ratio(
            [await PeakAsync(bench, bench.Plain, $"Get-CseS3Object -Prefix '{Sandboxes.ManyPrefix}' > $null")],
            [await PeakAsync(bench, bench.Plain, $"Get-CseS3Object -Prefix '{Sandboxes.ManyPrefix}0' > $null")],
            "MiB"));

    public static Figure[] All { get; } =
    [
        new($"peak memory, 8 GiB sparse file sent by {Scripts.Host}", "1 GiB file", Goal.AtMost(1.1), bench => CompareAsync(
            length => PeakAsync(bench, bench.Roomy, $"$null = Send-CseS3Object -LiteralPath '{bench.SparseFileOf(length)}' -Key {Key(length)}"))),
        new($"peak memory, 8 GiB object received by {Scripts.Host}", "1 GiB object", Goal.AtMost(1.1), async bench =>
        {
            foreach (var length in new[] { Small, Large })
            {
                await PeakAsync(bench, bench.Roomy, $"$null = Send-CseS3Object -LiteralPath '{bench.SparseFileOf(length)}' -Key {Key(length)}");
            }

            var target = Path.Combine(bench.RoomyFolder, "received");
            var measured = await CompareAsync(
                length => PeakAsync(bench, bench.Roomy, $"$null = Receive-CseS3Object -Key {Key(length)} -File '{target}' -Force"));
            File.Delete(target);
            return measured;
        }),
        Listing,
    ];

    // One run each: a peak does not hang on what else the machine does.
    private static async Task<Measured> CompareAsync(Func<long, Task<double>> peakOf)
    {
        var (small, large) = (await peakOf(Small), await peakOf(Large));
        return Measured.Ratio([large], [small], "MiB") with { Shortfall = large > LimitInMiB ? $"over {LimitInMiB} MiB" : null };
    }

    private static Task<double> PeakAsync(Bench bench, Endpoint endpoint, string script) =>
        Scripts.NumberAsync(bench, Scripts.SetSession(endpoint) + script + Peak);

    private static string Key(long length) => $"peak-{length >> 30}";
}
