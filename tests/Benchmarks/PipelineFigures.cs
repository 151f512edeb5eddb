namespace CseKms.Benchmarks;

/// <summary>What the cmdlets add.</summary>
internal static class PipelineFigures
{
    public const int KeyCount = 100_000;

    private const int MeasuredCount = 10_000;

    private static readonly Figure Listing =
        new($"{KeyCount:N0} keys listed by Get-CseS3Object", "bare SDK listing", Goal.AtMost(1.25), async bench =>
        {
            using var session = new ModuleSession(bench.Plain);
            using var bare = new BareClient(bench.Plain);
            await session.RunAsync($"if (@(Get-CseS3Object -Prefix {Sandboxes.ManyPrefix}).Count -ne {KeyCount}) {{ throw 'Keys are missing.' }}");
            return await bench.CompareAsync(
                () => session.RunAsync($"Get-CseS3Object -Prefix {Sandboxes.ManyPrefix} > $null"),
                () => bare.ListAsync(Sandboxes.ManyPrefix, KeyCount));
        });

    private static readonly Figure Measuring =
        new($"{MeasuredCount:N0} objects measured by Measure-CseS3Object", "bare SDK, listing and HeadObject, same concurrency", Goal.AtMost(1.15), async bench =>
        {
            using var session = new ModuleSession(bench.Plain);
            using var bare = new BareClient(bench.Plain);
            var folder = bench.FolderOf(MeasuredCount, 16);
            await session.RunAsync($"Get-ChildItem '{folder}' | Send-CseS3Object -KeyPrefix measured/ -BasePath '{folder}'");
            await session.RunAsync($"if ((Measure-CseS3Object -Prefix measured/).Encrypted -ne {MeasuredCount}) {{ throw 'Objects are missing.' }}");
            return await bench.CompareAsync(
                () => session.RunAsync("Measure-CseS3Object -Prefix measured/ > $null"),
                () => bare.HeadAllAsync("measured/", SmallObjectFigures.Concurrency));
        });

    public static Figure[] All { get; } =
    [
        Sending(LatencyFigures.Count, LatencyFigures.Length, bench => bench.Slow, $" at {LatencyFigures.Milliseconds} ms a request"),
        Receiving(LatencyFigures.Count, LatencyFigures.Length, bench => bench.Slow, $" at {LatencyFigures.Milliseconds} ms a request"),
        Sending(SmallObjectFigures.Count, SmallObjectFigures.Length, bench => bench.Plain, ""),
        Receiving(SmallObjectFigures.Count, SmallObjectFigures.Length, bench => bench.Plain, ""),
        Listing,
        Measuring,
    ];

    /// <summary>The figures that need a bucket full of keys.</summary>
    public static Figure[] Listings => [Listing, MemoryFigures.Listing];

    private static Figure Sending(int count, int length, Func<Bench, Endpoint> where, string how) =>
        new($"{count:N0} × {length >> 10} KiB sent by Get-ChildItem \\| Send-CseS3Object{how}", "Core called directly", Goal.AtMost(1.1), async bench =>
        {
            var (client, folder) = (await Bench.OpenAsync(where(bench)), bench.FolderOf(count, length));
            using var session = new ModuleSession(where(bench));
            return await bench.CompareAsync(
                () => session.RunAsync($"Get-ChildItem '{folder}' | Send-CseS3Object -KeyPrefix piped/ -BasePath '{folder}'"),
                () => SmallObjectFigures.SendAsync(client, folder));
        });

    private static Figure Receiving(int count, int length, Func<Bench, Endpoint> where, string how) =>
        new($"{count:N0} × {length >> 10} KiB received by Receive-CseS3Object{how}", "Core called directly", Goal.AtMost(1.1), async bench =>
        {
            var (client, folder) = (await Bench.OpenAsync(where(bench)), bench.FolderOf(count, length));
            var prefix = $"piped-{count}/";
            var target = Path.Combine(bench.Folder, "piped");
            using var session = new ModuleSession(where(bench));
            await session.RunAsync($"Get-ChildItem '{folder}' | Send-CseS3Object -KeyPrefix {prefix} -BasePath '{folder}'");
            await SmallObjectFigures.SendAsync(client, folder);
            return await bench.CompareAsync(
                () => session.RunAsync($"Receive-CseS3Object -KeyPrefix {prefix} -Destination '{target}' -Force"),
                () => SmallObjectFigures.ReceiveAsync(client, folder, bench));
        });

    /// <summary>The PowerShell engine with the module imported and its session set.</summary>
    private sealed class ModuleSession : IDisposable
    {
        private readonly PowerShellEngine _engine = new(new EngineHost(TextWriter.Null), BuiltModule.File("CseKms.psd1"));

        public ModuleSession(Endpoint endpoint) => RunAsync(Scripts.SetSession(endpoint)).GetAwaiter().GetResult();

        public Task RunAsync(string script)
        {
            var result = _engine.Invoke(script);
            return result.Terminating is null && result.Errors.Count == 0
                ? Task.CompletedTask
                : throw new InvalidOperationException($"{script}\n{result.Terminating?.ToString() ?? result.Errors[0].ToString()}");
        }

        public void Dispose() => _engine.Dispose();
    }
}
