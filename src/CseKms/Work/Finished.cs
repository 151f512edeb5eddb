namespace CseKms.Work;

/// <summary>Work that came to its end.</summary>
/// <param name="Write">Notes and writes what came of it, on the pipeline thread.</param>
internal sealed record Finished(Action Write)
{
    /// <summary>What is kept of it before.</summary>
    public IReadOnlyList<Receipt> Receipts { get; init; } = [];
}
