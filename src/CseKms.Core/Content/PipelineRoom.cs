namespace CseKms.Core.Content;

/// <summary>
/// One object's share of the memory for what goes to the pipeline: its plaintext and its text, until they are written. An object that
/// takes more than there is goes alone. Not thread-safe, but for being given back.
/// </summary>
public sealed class PipelineRoom : IDisposable
{
    // Text takes two bytes a character, beside the plaintext that it is made of.
    private const int BytesPerCharacter = sizeof(char);

    private readonly Task<MemoryLease> _lease;
    private readonly Task _earlier;
    private readonly int _perByte;
    private readonly CancellationToken _cancellationToken;
    private readonly TaskCompletionSource _freed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _length;

    internal PipelineRoom(MemoryBudget budget, long length, bool isText, Task earlier, CancellationToken cancellationToken)
    {
        _length = length;
        _perByte = isText ? 1 + BytesPerCharacter : 1;
        _earlier = earlier;
        _cancellationToken = cancellationToken;
        _lease = budget.TakeAsync(length * _perByte, cancellationToken).AsTask();
        AllFreed = Task.WhenAll(earlier, _freed.Task);
    }

    /// <summary>Ends when this room and all before it were given back.</summary>
    internal Task AllFreed { get; }

    /// <summary>Waits until the memory is free.</summary>
    internal Task EnterAsync() => _lease;

    /// <summary>Whether plaintext of that length fits.</summary>
    internal bool Holds(long length) => length <= _length;

    /// <summary>
    /// Makes room for an object that turned out to be longer, when all before it are written. What later ones hold already does not stop
    /// it: they wait for this one.
    /// </summary>
    internal async Task GrowAsync(long length)
    {
        await _earlier.WaitAsync(_cancellationToken).ConfigureAwait(false);
        (await _lease.ConfigureAwait(false)).Grow((length - _length) * _perByte);
        _length = length;
    }

    /// <summary>Gives back what plaintext of that length does not need.</summary>
    internal void Settle(long length)
    {
        _length = length;
        _lease.Result.Shrink(length * _perByte);
    }

    /// <summary>Gives back what the text does not need, when the plaintext that it was made of is gone.</summary>
    public void BecameText(string text) => _lease.Result.Shrink(text.Length * (long)BytesPerCharacter);

    /// <summary>Gives the memory back, or, where it is still waited for, as soon as it comes. May be called twice.</summary>
    public void Dispose()
    {
        if (_freed.TrySetResult())
        {
            _lease.ContinueWith(
                static lease => lease.Result.Dispose(),
                CancellationToken.None,
                TaskContinuationOptions.OnlyOnRanToCompletion | TaskContinuationOptions.ExecuteSynchronously,
                TaskScheduler.Default);
        }
    }
}
