namespace CseKms.Core.Content;

/// <summary>
/// Memory out of the budget. The bytes come with the first use and are zeroed when they are given back, unless they are ciphertext.
/// Not thread-safe.
/// </summary>
internal sealed class TransferBuffer(MemoryLease lease, int capacity) : IDisposable
{
    private byte[]? _bytes;
    private bool _isCiphertext;

    /// <summary>The bytes, exactly as many as the capacity. What stands in them at first means nothing.</summary>
    public byte[] Bytes => _bytes ??= capacity == Part.BufferSize ? PartBuffers.Take() : GC.AllocateUninitializedArray<byte>(capacity);

    /// <summary>Gives back what is not needed, before the first use of <see cref="Bytes"/>.</summary>
    public void Shrink(int newCapacity)
    {
        capacity = newCapacity;
        lease.Shrink(newCapacity);
    }

    /// <summary>
    /// Lends the first bytes to a request; the whole buffer holds ciphertext from now on. When the request fails the bytes are not used
    /// again: the connection that failed may still be looking at them, and the next to come would be another part's plaintext.
    /// </summary>
    public async Task<T> LendAsync<T>(int length, Func<ArraySegment<byte>, Task<T>> request)
    {
        _isCiphertext = true;
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

    /// <summary>Gives the memory back. May be called twice.</summary>
    public void Dispose()
    {
        if (_bytes is { } bytes)
        {
            _bytes = null;
            if (!_isCiphertext)
            {
                bytes.AsSpan().Clear();
            }

            if (bytes.Length == Part.BufferSize)
            {
                PartBuffers.Return(bytes);
            }
        }

        lease.Dispose();
    }
}
