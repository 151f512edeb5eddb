namespace CseKms.Benchmarks;

/// <summary>A row of the table.</summary>
/// <param name="Name">What is measured.</param>
/// <param name="Against">What it is compared with.</param>
/// <param name="Goal">What the result must reach.</param>
/// <param name="MeasureAsync">Takes the figure.</param>
internal sealed record Figure(string Name, string Against, Goal Goal, Func<Bench, Task<Measured>> MeasureAsync)
{
    public string ToReach => Goal.ToString();
}

/// <summary>A bound of a result.</summary>
internal sealed record Goal(double Bound, bool IsUpper, string Unit)
{
    public static Goal AtMost(double bound) => new(bound, IsUpper: true, "×");

    public static Goal AtLeast(double bound) => new(bound, IsUpper: false, "×");

    public static Goal AtMostMilliseconds(double bound) => new(bound, IsUpper: true, " ms more");

    /// <summary>For a figure that is shown beside others and has no bound of its own.</summary>
    public static Goal None { get; } = new(double.NaN, IsUpper: true, "×");

    public bool IsReachedBy(double value) => double.IsNaN(Bound) || (IsUpper ? value <= Bound : value >= Bound);

    public string Format(double value) => Unit == "×" ? $"{value:0.00}{Unit}" : $"{value:0}{Unit}";

    public override string ToString() => double.IsNaN(Bound) ? "–" : $"{(IsUpper ? "≤" : "≥")} {Format(Bound)}";
}

/// <summary>What a figure came to.</summary>
/// <param name="Result">The ratio or difference, the median over the pairs of runs that followed each other.</param>
/// <param name="Ours">Each run of what is measured, in <paramref name="Unit"/>.</param>
/// <param name="Theirs">Each run of what it is compared with.</param>
/// <param name="Unit">s, ms or MiB.</param>
internal sealed record Measured(double Result, IReadOnlyList<double> Ours, IReadOnlyList<double> Theirs, string Unit)
{
    /// <summary>Why the goal is missed although the result reaches it, such as a bound on the absolute value.</summary>
    public string? Shortfall { get; init; }

    /// <summary>The quotient of each pair.</summary>
    public static Measured Ratio(IReadOnlyList<double> ours, IReadOnlyList<double> theirs, string unit) =>
        new(Median(ours.Zip(theirs, (a, b) => a / b)), ours, theirs, unit);

    /// <summary>The difference of each pair.</summary>
    public static Measured Difference(IReadOnlyList<double> ours, IReadOnlyList<double> theirs, string unit) =>
        new(Median(ours.Zip(theirs, (a, b) => a - b)), ours, theirs, unit);

    /// <summary>How many times as fast, where the runs are times.</summary>
    public Measured AsSpeed() => this with { Result = Median(Ours.Zip(Theirs, (a, b) => b / a)) };

    public static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return sorted.Length % 2 == 1 ? sorted[sorted.Length / 2] : (sorted[(sorted.Length / 2) - 1] + sorted[sorted.Length / 2]) / 2;
    }
}
