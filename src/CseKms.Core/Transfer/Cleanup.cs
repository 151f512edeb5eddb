using CseKms.Core.Settings;

namespace CseKms.Core.Transfer;

/// <summary>
/// The time in which what a failed or stopped transfer leaves in S3 is dropped. It runs from the stop on, or else from the failure. Not
/// thread-safe but for its tokens.
/// </summary>
internal sealed class Cleanup : IDisposable
{
    private readonly TimeLimits _limits;
    private readonly CancellationToken _caller;
    private readonly CancellationTokenSource _answer = new();
    private readonly CancellationTokenSource _end = new();
    private readonly CancellationTokenRegistration _stop;

    /// <param name="limits">Say how long.</param>
    /// <param name="cancellationToken">The caller's.</param>
    public Cleanup(TimeLimits limits, CancellationToken cancellationToken)
    {
        (_limits, _caller) = (limits, cancellationToken);
        _stop = cancellationToken.Register(() =>
        {
            // What an answer tells must still be undone in the rest.
            _answer.CancelAfter(limits.Cleanup / 3);
            _end.CancelAfter(limits.Cleanup);
        });
    }

    /// <summary>
    /// Cancelled a moment after the caller's: for a request by which something may come to be in S3 that only its answer names.
    /// </summary>
    public CancellationToken AnswerToken => _answer.Token;

    /// <summary>Cancelled when the time that follows the caller's stop is over: for what must not be left half done.</summary>
    public CancellationToken EndToken => _end.Token;

    /// <summary>Begins to clean up, unless the caller's stop has begun it.</summary>
    /// <returns>Cancelled when the time is over.</returns>
    public CancellationToken Begin()
    {
        if (!_caller.IsCancellationRequested)
        {
            _end.CancelAfter(_limits.Cleanup);
        }

        return _end.Token;
    }

    public void Dispose()
    {
        _stop.Dispose();
        _answer.Dispose();
        _end.Dispose();
    }
}
