namespace CseKms.Core.Session;

/// <summary>
/// Something that is opened, which may mean to sign in, when it is needed first. All who need it meanwhile wait for one opening and are
/// told its failure alike; whoever comes later tries again. Thread-safe.
/// </summary>
/// <param name="open">Opens it.</param>
internal sealed class SharedOpening<T>(Func<CancellationToken, Task<T>> open)
{
    private readonly object _gate = new();
    private Task<T>? _opening;

    /// <summary>Opens it, unless it is open.</summary>
    public async Task<T> OpenAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            Task<T> opening;
            bool isMine;
            lock (_gate)
            {
                isMine = _opening is null || _opening.IsFaulted || _opening.IsCanceled;
                opening = isMine ? _opening = Task.Run(() => open(cancellationToken), CancellationToken.None) : _opening!;
            }

            try
            {
                // Whoever opens waits for the end of it, so that nothing runs on when the call has ended.
                return await (isMine ? opening : opening.WaitAsync(cancellationToken)).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (!isMine && !cancellationToken.IsCancellationRequested)
            {
                // It was the opener who was cancelled.
            }
        }
    }
}
