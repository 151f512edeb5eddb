using CseKms.Core.Aws;

namespace CseKms.Core.Transfer;

/// <summary>Deletes any number of objects of a bucket: many by one request, and those one by one whose keys a request for many cannot carry.</summary>
/// <param name="scheduler">Sends the requests.</param>
/// <param name="cancellationToken">Cancels them.</param>
internal sealed class Deletions(TransferScheduler scheduler, CancellationToken cancellationToken)
{
    /// <summary>What came of each, in the order in which they were given.</summary>
    public async Task<IReadOnlyList<DeletionOutcome>> RunAsync(IReadOnlyList<Deletion> deletions)
    {
        var outcomes = new DeletionOutcome[deletions.Count];
        var places = Enumerable.Range(0, deletions.Count).ToLookup(at => BatchKey.IsExact(deletions[at].Address.Key));
        await Task.WhenAll(places[true].Chunk(S3Gateway.MostDeletions).Select(TogetherAsync).Concat(places[false].Select(AloneAsync))).ConfigureAwait(false);
        return outcomes;

        async Task TogetherAsync(int[] some)
        {
            var answers = await scheduler.RequestAsync(
                s3 => s3.DeleteAsync([.. some.Select(at => deletions[at])], cancellationToken), cancellationToken).ConfigureAwait(false);
            for (var at = 0; at < some.Length; at++)
            {
                outcomes[some[at]] = answers[at];
            }

            // Some stores know no request for many, or ask for a checksum of another kind.
            await Task.WhenAll(some.Where(at => IsRefused(outcomes[at].Failure)).Select(AloneAsync)).ConfigureAwait(false);
        }

        async Task AloneAsync(int at)
        {
            try
            {
                outcomes[at] = new DeletionOutcome(
                    await scheduler.RequestAsync(s3 => s3.DeleteAsync(deletions[at], cancellationToken), cancellationToken).ConfigureAwait(false), null);
            }
            catch (CseException failure)
            {
                outcomes[at] = new DeletionOutcome(null, failure);
            }
        }
    }

    private static bool IsRefused(CseException? failure) =>
        failure is { ErrorId: ErrorId.S3RequestFailed, StatusCode: 400 or 405 or 411 or 501 };
}
