using System.Diagnostics;

namespace CseKms.Core.Aws.Http;

/// <summary>Sends requests to one service at its pace, again where that is safe and of use. Thread-safe.</summary>
/// <param name="pace">The service's.</param>
/// <param name="maxAttempts">The user's bound of attempts of one request, throttled ones too, if there is any.</param>
/// <param name="usualAttempts">Attempts of a request that fails otherwise; 5 unless given.</param>
internal sealed class RequestRunner(Pace pace, int? maxAttempts, int? usualAttempts)
{
    private const int UsualAttempts = 5;

    // Both together, and the question what became of it, end within the call's patience.
    private const int MostSilences = 2;

    private const int AttemptsAtOnce = 3;

    private static readonly TimeSpan LongestBackoff = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan LongestThrottledBackoff = TimeSpan.FromSeconds(1);

    /// <summary>Runs a request.</summary>
    /// <param name="request">Sends it; called again for each attempt.</param>
    /// <param name="cancellationToken">Ends the request, and every wait for the next attempt.</param>
    /// <exception cref="CseException">What came of the last attempt.</exception>
    public async Task<T> RunAsync<T>(Func<Task<T>> request, CancellationToken cancellationToken)
    {
        var watch = CallWatch.Current;
        var began = Stopwatch.GetTimestamp();
        IDisposable? repeating = null;
        CseException? skew = null;
        long? failing = null;
        try
        {
            for (var (attempts, silences) = (1, 0); ; attempts++)
            {
                var generation = await pace.EnterAsync(cancellationToken).ConfigureAwait(false);
                CseException failure;
                var signal = PaceSignal.None;
                try
                {
                    var result = await request().ConfigureAwait(false);
                    signal = PaceSignal.Accepted;
                    watch.Progressed();
                    return result;
                }
                catch (CseException e)
                {
                    // By how much the clocks differ, only the first answer tells: the SDK corrects its own by it.
                    failure = e.Repeat == RepeatReason.ClockSkew ? skew ??= e : e;
                    signal = SignalOf(e);
                }
                finally
                {
                    pace.Leave(signal, generation);
                }

                cancellationToken.ThrowIfCancellationRequested();
                failing ??= Stopwatch.GetTimestamp();
                silences += failure.Repeat == RepeatReason.Silent ? 1 : 0;

                // From the first failure on: over a slow line a request may take longer than that before it fails. One that was silent so long
                // is not sent again.
                var since = failure.Repeat == RepeatReason.Silent ? began : failing.Value;
                var isPatient = watch.SinceProgress < watch.Limits.Patience || Stopwatch.GetElapsedTime(since) < watch.Limits.Patience;
                if (!isPatient && failure.Repeat is RepeatReason.Throttled or RepeatReason.Unreachable)
                {
                    throw Unavailable(failure, watch.Limits.Patience);
                }

                if (!isPatient || !MayRepeat(failure.Repeat, attempts, silences))
                {
                    throw silences > 0 && watch.SinceProgress >= Stopwatch.GetElapsedTime(began) ? Unreachable(failure) : failure;
                }

                repeating ??= watch.Repeating();
                await Task.Delay(Backoff(failure.Repeat, attempts), cancellationToken).ConfigureAwait(false);
            }
        }
        finally
        {
            repeating?.Dispose();
        }
    }

    /// <summary>
    /// Runs a request that must not wait until the service takes more of them: one that cleans up, of which there are few. It is sent a few
    /// times at most.
    /// </summary>
    /// <inheritdoc cref="RunAsync"/>
    public static async Task<T> RunAtOnceAsync<T>(Func<Task<T>> request, CancellationToken cancellationToken)
    {
        for (var attempts = 1; ; attempts++)
        {
            try
            {
                return await request().ConfigureAwait(false);
            }
            catch (CseException failure) when (failure.Repeat != RepeatReason.None && attempts < AttemptsAtOnce)
            {
                await Task.Delay(Backoff(RepeatReason.Broken, attempts), cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private PaceSignal SignalOf(CseException failure)
    {
        if (failure.StatusCode is not null)
        {
            pace.Reached();
        }

        return failure.Repeat switch
        {
            RepeatReason.Throttled => PaceSignal.Throttled,
            RepeatReason.Unreachable when pace.WasReached => PaceSignal.Throttled,
            RepeatReason.Unreachable or RepeatReason.Broken or RepeatReason.Silent => PaceSignal.None,
            _ => PaceSignal.Accepted,
        };
    }

    private bool MayRepeat(RepeatReason reason, int attempts, int silences) => reason switch
    {
        RepeatReason.None => false,
        RepeatReason.ClockSkew => attempts == 1,

        // Nothing was ever reached there: a typing error, most likely.
        RepeatReason.Unreachable when !pace.WasReached => attempts == 1,
        RepeatReason.Throttled or RepeatReason.Unreachable => attempts < (maxAttempts ?? int.MaxValue),
        _ => attempts < (maxAttempts ?? usualAttempts ?? UsualAttempts) && silences < MostSilences,
    };

    private static CseException Unavailable(CseException failure, TimeSpan patience) =>
        Instead(ErrorId.ServiceUnavailable, $"{failure.Message} Nothing else came of it for {patience.TotalMinutes:0.#} minutes.", failure);

    // No other request of the call got anywhere meanwhile.
    private static CseException Unreachable(CseException failure) => Instead(ErrorId.EndpointUnreachable, failure.Message, failure);

    private static CseException Instead(ErrorId errorId, string message, CseException failure) => new(errorId, message, failure)
    {
        Operation = failure.Operation,
        RequestId = failure.RequestId,
        StatusCode = failure.StatusCode,
        Repeat = failure.Repeat,
    };

    private static TimeSpan Backoff(RepeatReason reason, int attempts)
    {
        var (first, longest) = reason == RepeatReason.Throttled
            ? (TimeSpan.FromMilliseconds(5), LongestThrottledBackoff)
            : (TimeSpan.FromMilliseconds(100), LongestBackoff);
        var most = first * Math.Pow(2, Math.Min(attempts, 20));
        return Random.Shared.NextDouble() * (most < longest ? most : longest);
    }
}
