namespace CseKms.Faults;

/// <summary>One scenario on one bad day.</summary>
/// <param name="Scenario">What is done.</param>
/// <param name="Fault">The bad day, as the table names it.</param>
/// <param name="When">Which requests are struck, in words.</param>
/// <param name="Strike">Orders the faults.</param>
public sealed record Case(Scenario Scenario, string Fault, string When, Func<World, IReadOnlyList<IDisposable>> Strike)
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan StopBound = TimeSpan.FromSeconds(10);

    /// <summary>Whether nothing may come of it but success.</summary>
    public bool MustSucceed { get; init; }

    /// <inheritdoc cref="Report.MayAppearLate"/>
    public bool MayAppearLate { get; init; }

    public override string ToString() => $"{Scenario.Name} · {Fault} · {When}";

    /// <summary>Runs it in a world where its scenario is prepared.</summary>
    public async Task<Report> RunAsync(World world)
    {
        await world.BeginAsync();
        await Scenario.BeginAsync(world);
        world.Forget();
        var report = new Report { MayAppearLate = MayAppearLate };
        var faults = Strike(world);
        using var stop = new CancellationTokenSource();
        var running = Scenario.RunAsync(world, report, stop.Token);
        if (!await EndsAsync(running, Bound))
        {
            report.Is($"did not end within {Bound.TotalSeconds} s");
            report.IsStopped = true;
            await stop.CancelAsync();
            if (!await EndsAsync(running, StopBound))
            {
                report.Is($"did not end within {StopBound.TotalSeconds} s when it was stopped");
            }
        }

        foreach (var fault in faults)
        {
            fault.Dispose();
        }

        await running;
        await Traces.SettleAsync(world);
        report.Requests = [.. world.Requests];
        await Scenario.JudgeAsync(world, report);
        await Traces.JudgeAsync(world, report);
        if (MustSucceed && !report.Succeeded)
        {
            report.Is($"a fault that passes made it fail: {report.Outcome}");
            report.MayBeLoad = report.Wrong.Count == 1;
        }

        return report;
    }

    private static async Task<bool> EndsAsync(Task task, TimeSpan within) => await Task.WhenAny(task, Task.Delay(within)) == task;
}
