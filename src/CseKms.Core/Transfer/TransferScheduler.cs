using System.Collections.Concurrent;
using CseKms.Core.Algorithms;

namespace CseKms.Core.Transfer;

/// <summary>What all objects of a call share: requests in flight, memory, and part buffers to use again. Thread-safe.</summary>
internal sealed class TransferScheduler
{
    /// <summary>Plaintext bytes of a part, 16 MiB.</summary>
    public const int PartSize = 16 << 20;

    /// <summary>Bytes of a buffer that can hold any part: its content and the tag.</summary>
    public const int PartBufferSize = PartSize + AlgorithmSuite.TagLength;

    private readonly SemaphoreSlim _requests;
    private readonly MemoryBudget _memory;
    private readonly ConcurrentBag<byte[]> _partBuffers = [];

    public TransferScheduler(TransferSettings settings)
    {
        _requests = new SemaphoreSlim(settings.ThrottleLimit);
        _memory = new MemoryBudget(Math.Max(settings.MemoryLimit, PartSize));
    }

    /// <summary>Runs a request when one more may be in flight.</summary>
    public async Task<T> RequestAsync<T>(Func<Task<T>> request, CancellationToken cancellationToken)
    {
        await _requests.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return await request().ConfigureAwait(false);
        }
        finally
        {
            _requests.Release();
        }
    }

    /// <summary>
    /// Takes memory for at most <paramref name="capacity"/> bytes from the budget. The tag of a whole part does not count, so that a
    /// budget of sixteen parts serves sixteen.
    /// </summary>
    public async ValueTask<TransferBuffer> RentAsync(int capacity, CancellationToken cancellationToken) =>
        new(await _memory.TakeAsync(Math.Min(capacity, PartSize), cancellationToken).ConfigureAwait(false), _partBuffers, capacity);
}

/// <summary>
/// Memory out of the budget. The bytes come with the first use and are zeroed when they are given back, since they may have held
/// plaintext. Not thread-safe.
/// </summary>
internal sealed class TransferBuffer(MemoryLease lease, ConcurrentBag<byte[]> partBuffers, int capacity) : IDisposable
{
    private byte[]? _bytes;

    /// <summary>The bytes, exactly as many as the capacity.</summary>
    public byte[] Bytes => _bytes ??=
        capacity == TransferScheduler.PartBufferSize && partBuffers.TryTake(out var bytes)
            ? bytes
            : GC.AllocateUninitializedArray<byte>(capacity);

    /// <summary>Gives back what is not needed, before the first use of <see cref="Bytes"/>.</summary>
    public void Shrink(int newCapacity)
    {
        capacity = newCapacity;
        lease.Shrink(newCapacity);
    }

    /// <summary>
    /// Lends the first bytes, ciphertext, to a request. When it fails they are not used again: the connection that failed may still be
    /// looking at them, and the next to come would be another part's plaintext.
    /// </summary>
    public async Task<T> LendAsync<T>(int length, Func<ArraySegment<byte>, Task<T>> request)
    {
        try
        {
            return await request(new ArraySegment<byte>(Bytes, 0, length)).ConfigureAwait(false);
        }
        catch
        {
            _bytes = null;
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_bytes is { } bytes)
        {
            _bytes = null;
            bytes.AsSpan().Clear();
            if (bytes.Length == TransferScheduler.PartBufferSize)
            {
                partBuffers.Add(bytes);
            }
        }

        lease.Dispose();
    }
}
