using System.Globalization;
using CseKms.Sandbox;

namespace CseKms.Faults;

/// <summary>Days on which several things go wrong at once, drawn by a seed: the same seed, the same day.</summary>
public static class Schedules
{
    /// <summary>The case of a seed.</summary>
    public static Case Of(int seed)
    {
        var random = new Random(seed);
        // What is sent or received in parts takes most of the time.
        var scenario = random.NextDouble() < 0.25 ? Pick(random, Scenario.All) : Pick(random, Scenario.All.Where(one => !one.IsLarge).ToList());
        var faults = Enumerable.Range(0, random.Next(1, 4)).Select(_ => Draw(random, seed)).ToList();
        return new Case(
            scenario,
            string.Join(", ", faults.Select(fault => $"{fault.Fault.Name} {fault.Text}")),
            string.Create(CultureInfo.InvariantCulture, $"seed {seed}"),
            world => [.. faults.Select(fault => world.Strike(request => fault.Fault.Hits(request.Operation), fault.Fault.Action(), fault.Limit()))])
        {
            MayAppearLate = true,
        };
    }

    private static (NamedFault Fault, string Text, Func<FaultLimit> Limit) Draw(Random random, int seed)
    {
        var fault = Pick(random, NamedFault.All);
        var (number, share, time) = (random.Next(1, 7), random.NextDouble() * 0.5, TimeSpan.FromSeconds(random.NextDouble() * 1.5));
        return random.Next(20) switch
        {
            < 4 => (fault, $"first={number}", () => FaultLimit.First(number)),
            < 8 => (fault, $"only={number}", () => FaultLimit.Only(number)),
            < 10 => (fault, "each=1", () => FaultLimit.FirstOfEachKey(1)),
            < 16 => (fault, $"{share:P0}", () => FaultLimit.Chance(share, seed)),
            < 19 => (fault, $"{time.TotalSeconds:0.0}s", () => FaultLimit.For(time)),
            _ => (fault, $"from={number}", () => FaultLimit.From(number)),
        };
    }

    private static T Pick<T>(Random random, IReadOnlyList<T> list) => list[random.Next(list.Count)];
}
