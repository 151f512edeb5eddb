using CseKms.Faults;
using Xunit;

namespace CseKms.Core.Tests.Faults;

/// <summary>A part of what <c>dotnet run --project tests/Faults</c> runs whole.</summary>
public sealed class FaultTests
{
    private const int Parallel = 8;

    // Each run of the tests has the same share of the matrix, spread over its faults, requests and scenarios.
    private const int OneIn = 23;

    [Fact]
    public async Task Faults_leave_the_right_state_or_a_known_error()
    {
        await using var backend = await Backend.StartAsync();
        var cases = new List<Case>();
        foreach (var scenario in Scenario.All)
        {
            await using var world = await World.CreateAsync(backend);
            await scenario.PrepareAsync(world);
            cases.AddRange(await Matrix.CasesAsync(scenario, world));
        }

        await AssertRightAsync(backend, cases.Where((_, i) => i % OneIn == 0), atLeast: 40);
    }

    [Fact]
    public async Task Days_of_several_faults_leave_the_right_state_or_a_known_error()
    {
        await using var backend = await Backend.StartAsync();
        await AssertRightAsync(backend, Enumerable.Range(1, 60).Select(Schedules.Of), atLeast: 60);
    }

    [Fact]
    public async Task Processes_that_are_killed_leave_nothing_wrong_and_can_be_run_again()
    {
        await using var backend = await Backend.StartAsync();
        var wrong = new List<string>();
        await foreach (var text in Kills.RunAsync(backend, count: 4, seed: 1))
        {
            wrong.Add(text);
        }

        Assert.Empty(wrong);
    }

    private static async Task AssertRightAsync(Backend backend, IEnumerable<Case> cases, int atLeast)
    {
        var (ran, wrong) = (0, new List<string>());
        await foreach (var (one, report) in new Runner(backend, Parallel).RunAsync(cases))
        {
            ran++;
            wrong.AddRange(report.Wrong.Select(text => $"{one}: {text}"));
        }

        Assert.Empty(wrong);
        Assert.InRange(ran, atLeast, int.MaxValue);
    }
}
