namespace CseKms.Benchmarks;

/// <summary>All figures, in the order of the table.</summary>
internal static class Figures
{
    public static Figure[] All { get; } =
    [
        .. EngineFigures.All,
        .. LargeObjectFigures.All,
        .. SmallObjectFigures.All,
        .. RewrapFigures.All,
        .. LatencyFigures.All,
        .. PipelineFigures.All,
        .. MemoryFigures.All,
        .. ImportFigures.All,
    ];
}
