namespace CseKms.Core.Content;

/// <summary>Hands out shares of a fixed amount of memory, first come, first served. Thread-safe.</summary>
internal sealed class MemoryBudget
{
    private readonly object _lock = new();
    private readonly Queue<Waiter> _waiters = new();
    private readonly long _limit;
    private long _free;

    /// <param name="limit">Bytes in all.</param>
    public MemoryBudget(long limit)
    {
        _limit = limit;
        _free = limit;
    }

    /// <summary>Waits until so many bytes are free and takes them; a wish beyond the limit is cut to it.</summary>
    public async ValueTask<MemoryLease> TakeAsync(long bytes, CancellationToken cancellationToken)
    {
        var waiter = new Waiter(Math.Min(bytes, _limit));
        lock (_lock)
        {
            _waiters.Enqueue(waiter);
        }

        Serve();
        using (cancellationToken.UnsafeRegister(
            _ =>
            {
                if (waiter.Served.TrySetCanceled(cancellationToken))
                {
                    Serve();
                }
            },
            null))
        {
            await waiter.Served.Task.ConfigureAwait(false);
        }

        return new MemoryLease(this, waiter.Bytes);
    }

    /// <summary>Takes so many bytes at once, which may be more than are free: others wait the longer.</summary>
    internal void TakeNow(long bytes)
    {
        lock (_lock)
        {
            _free -= bytes;
        }
    }

    internal void Return(long bytes)
    {
        lock (_lock)
        {
            _free += bytes;
        }

        Serve();
    }

    private void Serve()
    {
        lock (_lock)
        {
            while (_waiters.TryPeek(out var next))
            {
                if (!next.Served.Task.IsCanceled)
                {
                    if (next.Bytes > _free)
                    {
                        return;
                    }

                    if (next.Served.TrySetResult())
                    {
                        _free -= next.Bytes;
                    }
                }

                _waiters.Dequeue();
            }
        }
    }

    private sealed class Waiter(long bytes)
    {
        public long Bytes { get; } = bytes;

        public TaskCompletionSource Served { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
