using System.Diagnostics.CodeAnalysis;
using CseKms.Core.Aws;
using CseKms.Core.Content;
using CseKms.Core.Settings;

namespace CseKms.Core.Transfer;

/// <summary>What all objects of a call share: S3, so many requests in flight and so much memory. Thread-safe.</summary>
[SuppressMessage("Design", "CA1001", Justification = "A SemaphoreSlim whose wait handle nobody asks for holds nothing.")]
internal sealed class TransferScheduler
{
    private readonly S3Gateway? _s3;
    private readonly SemaphoreSlim _requests;
    private readonly MemoryBudget _memory;

    /// <param name="s3">S3; <see langword="null"/> for calls that do not need it.</param>
    /// <param name="settings">Requests and memory.</param>
    public TransferScheduler(S3Gateway? s3, TransferSettings settings)
    {
        _s3 = s3;
        _requests = new SemaphoreSlim(settings.ThrottleLimit);
        ThrottleLimit = settings.ThrottleLimit;
        Limits = settings.Limits;

        // More than a part for each request would only be read earlier; but a single request must not wait for the reading.
        var useful = Math.Max(settings.ThrottleLimit, 2) * (long)Part.BufferSize;
        _memory = new MemoryBudget(Math.Max(Math.Min(settings.MemoryLimit, useful), Part.BufferSize));
    }

    /// <summary>S3, for calls that wait for no turn.</summary>
    public S3Gateway S3 => _s3 ?? throw new InvalidOperationException("This call goes without S3.");

    /// <summary>Requests in flight at most.</summary>
    public int ThrottleLimit { get; }

    /// <summary>How long the call waits.</summary>
    public TimeLimits Limits { get; }

    /// <summary>Runs a request when one more may be in flight.</summary>
    public async Task<T> RequestAsync<T>(Func<S3Gateway, Task<T>> request, CancellationToken cancellationToken)
    {
        await _requests.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return await request(S3).ConfigureAwait(false);
        }
        finally
        {
            _requests.Release();
        }
    }

    /// <summary>Takes memory for <paramref name="capacity"/> bytes from the budget.</summary>
    /// <param name="capacity">Bytes, at most <see cref="Part.BufferSize"/>.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async ValueTask<TransferBuffer> RentAsync(int capacity, CancellationToken cancellationToken) =>
        new(await _memory.TakeAsync(capacity, cancellationToken).ConfigureAwait(false), capacity);
}
