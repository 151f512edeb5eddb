namespace CseKms.Faults;

/// <summary>What a call of the engine does, and how one sees afterwards whether it did right. One small class each.</summary>
public abstract class Scenario
{
    public static IReadOnlyList<Scenario> All { get; } =
    [
        new Scenarios.SendSmall(), new Scenarios.SendLarge(), new Scenarios.SendWithoutChecksums(), new Scenarios.Receive(), new Scenarios.List(),
        new Scenarios.Describe(), new Scenarios.Uploads(),
    ];

    /// <summary>As the table names it.</summary>
    public abstract string Name { get; }

    /// <summary>Whether it moves megabytes.</summary>
    public virtual bool IsLarge => false;

    /// <summary>Puts there what all cases need, once a world and without faults.</summary>
    public virtual Task PrepareAsync(World world) => Task.CompletedTask;

    /// <summary>Puts there what one case uses up, without faults.</summary>
    public virtual Task BeginAsync(World world) => Task.CompletedTask;

    /// <summary>Does it, each item by <see cref="Report.TryAsync"/>.</summary>
    public abstract Task RunAsync(World world, Report report, CancellationToken cancellationToken);

    /// <summary>Looks, when all is over and without faults, whether each item's state is what was reported.</summary>
    public abstract Task JudgeAsync(World world, Report report);
}
