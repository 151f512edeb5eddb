namespace CseKms.Core.Content;

/// <summary>
/// The memory for what goes to the pipeline. It is given out in the order in which the objects were named, which is the one in which they
/// are written: so no object waits for the memory of a later one. Thread-safe.
/// </summary>
/// <param name="limit">Bytes in all.</param>
internal sealed class PipelineMemory(long limit)
{
    private readonly object _gate = new();
    private readonly MemoryBudget _budget = new(limit);
    private Task _earlier = Task.CompletedTask;

    /// <summary>An object's place in the order.</summary>
    /// <param name="length">Bytes of plaintext that are expected.</param>
    /// <param name="isText">Whether they become text.</param>
    /// <param name="cancellationToken">Ends every wait.</param>
    public PipelineRoom Reserve(long length, bool isText, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            var room = new PipelineRoom(_budget, length, isText, _earlier, cancellationToken);
            _earlier = room.AllFreed;
            return room;
        }
    }
}
