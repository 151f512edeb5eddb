using System.Collections.Concurrent;
using System.Threading.Channels;

namespace CseKms.Faults;

/// <summary>Runs many cases at once, each in a world that no other one uses meanwhile.</summary>
public sealed class Runner(Backend backend, int parallel)
{
    private readonly ConcurrentDictionary<Scenario, ConcurrentBag<World>> _idle = new();

    /// <summary>Runs all cases and gives each with its report, in the order in which they end.</summary>
    public async IAsyncEnumerable<(Case Case, Report Report)> RunAsync(IEnumerable<Case> cases)
    {
        var results = Channel.CreateUnbounded<(Case Case, Report Report)>();
        var running = Parallel.ForEachAsync(
            cases,
            new ParallelOptions { MaxDegreeOfParallelism = parallel },
            async (one, cancellationToken) => await results.Writer.WriteAsync((one, await RunAsync(one)), cancellationToken))
            .ContinueWith(done => results.Writer.Complete(done.Exception), TaskScheduler.Default);
        var again = new List<Case>();
        await foreach (var result in results.Reader.ReadAllAsync())
        {
            if (result.Report.MayBeLoad && parallel > 1)
            {
                again.Add(result.Case);
            }
            else
            {
                yield return result;
            }
        }

        await running;
        foreach (var one in again)
        {
            yield return (one, await RunAsync(one));
        }

        foreach (var world in _idle.Values.SelectMany(worlds => worlds))
        {
            await world.DisposeAsync();
        }

        _idle.Clear();
    }

    private async Task<Report> RunAsync(Case one)
    {
        var world = await TakeAsync(one.Scenario);
        var report = await one.RunAsync(world);
        if (report.Wrong.Count > 0)
        {
            // What still runs there must not strike the next case.
            await world.DisposeAsync();
        }
        else
        {
            _idle.GetOrAdd(one.Scenario, _ => []).Add(world);
        }

        return report;
    }

    private async Task<World> TakeAsync(Scenario scenario)
    {
        if (_idle.TryGetValue(scenario, out var worlds) && worlds.TryTake(out var idle))
        {
            return idle;
        }

        // The log of a long run would take all memory.
        backend.Sandbox.Requests.Clear();
        var world = await World.CreateAsync(backend);
        await scenario.PrepareAsync(world);
        return world;
    }
}
