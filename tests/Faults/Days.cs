using CseKms.Sandbox;

namespace CseKms.Faults;

/// <summary>Bad days of a whole service, on which no other case may run: nobody listens, or its clock is another.</summary>
internal static class Days
{
    private static readonly string[] Movers = ["PutObject", "UploadPart", "GetObject", "ListObjectsV2"];

    private static readonly TimeSpan Behind = TimeSpan.FromHours(-3);

    /// <summary>Runs a scenario on each of them.</summary>
    public static async IAsyncEnumerable<(Case Case, Report Report)> RunAsync(Scenario scenario)
    {
        await using (var backend = await Backend.StartAsync(new Clock(Behind)))
        {
            yield return await RunAsync(backend, new Case(scenario, "day: S3's clock is 3 hours behind", "always", _ => []) { MustSucceed = true });
        }

        await using (var backend = await Backend.StartAsync())
        {
            yield return await RunAsync(backend, new Case(scenario, "day: refused for a second", "always", world =>
            {
                // Both services have answered by then: one that was never reached is not waited for.
                var drop = world.Strike(request => Movers.Contains(request.Operation), FaultAction.Drop, FaultLimit.Only(3));
                return [drop, new Outage(backend, drop.Struck, TimeSpan.FromSeconds(1))];
            })
            { MustSucceed = true });
            yield return await RunAsync(backend, new Case(
                scenario, "day: refused from the first request on", "always", _ => [new Outage(backend, Task.CompletedTask, Timeout.InfiniteTimeSpan)]));
        }
    }

    private static async Task<(Case Case, Report Report)> RunAsync(Backend backend, Case one)
    {
        await using var world = await World.CreateAsync(backend);
        world.Settings = World.Impatient with { ThrottleLimit = 1 };
        await one.Scenario.PrepareAsync(world);
        return (one, await one.RunAsync(world));
    }

    private sealed class Clock(TimeSpan offset) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + offset;
    }
}
