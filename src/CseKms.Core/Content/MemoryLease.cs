namespace CseKms.Core.Content;

/// <summary>A share of a <see cref="MemoryBudget"/>; disposing gives it back. Not thread-safe.</summary>
internal sealed class MemoryLease(MemoryBudget budget, long bytes) : IDisposable
{
    private long _bytes = bytes;

    /// <summary>Gives back all but <paramref name="bytes"/>.</summary>
    public void Shrink(long bytes)
    {
        if (bytes < _bytes)
        {
            budget.Return(_bytes - bytes);
            _bytes = bytes;
        }
    }

    /// <summary>Takes <paramref name="bytes"/> more, without waiting for them.</summary>
    public void Grow(long bytes)
    {
        budget.TakeNow(bytes);
        _bytes += bytes;
    }

    /// <inheritdoc/>
    public void Dispose() => Shrink(0);
}
