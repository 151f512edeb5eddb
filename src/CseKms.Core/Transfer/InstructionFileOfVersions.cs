using CseKms.Core.Aws;

namespace CseKms.Core.Transfer;

/// <summary>
/// What becomes of an object's instruction file when versions of the object were removed. It stays while one is left, goes for good with the
/// last one, and comes back with an object whose delete marker was removed.
/// </summary>
/// <param name="scheduler">Sends the requests.</param>
/// <param name="deletions">Deletes.</param>
/// <param name="address">The object.</param>
/// <param name="file">Its instruction file.</param>
/// <param name="cancellationToken">Cancels the requests.</param>
internal sealed class InstructionFileOfVersions(
    TransferScheduler scheduler, Deletions deletions, ObjectAddress address, ObjectAddress file, CancellationToken cancellationToken)
{
    /// <summary>Removes the file, or brings it back.</summary>
    /// <param name="hasUndeleted">Whether a delete marker was among what was removed.</param>
    /// <returns>Whether the file was removed.</returns>
    /// <exception cref="CseException">It is not known what is left, or the file could not be removed or brought back.</exception>
    public async Task<bool> RunAsync(bool hasUndeleted)
    {
        var left = await ObjectVersions.ListAsync(scheduler, address, cancellationToken).ConfigureAwait(false);
        var isGone = left.TrueForAll(version => version.IsDeleteMarker);
        var isBack = hasUndeleted && !isGone && !left[0].IsDeleteMarker;
        if (!isGone && !isBack)
        {
            return false;
        }

        var files = await ObjectVersions.ListAsync(scheduler, file, cancellationToken).ConfigureAwait(false);
        var newest = files.FindIndex(version => !version.IsDeleteMarker);
        if (newest < 0 || await ExistingInstructionFile.TryFindAsync(scheduler, files[newest].Address, cancellationToken).ConfigureAwait(false) is null)
        {
            return false;
        }

        // Markers stand above the version that they hide.
        var removed = isGone ? files : files[..newest];
        var outcomes = await deletions.RunAsync([.. removed.Select(version => new Deletion(version.Address))]).ConfigureAwait(false);
        return outcomes.FirstOrDefault(outcome => outcome.Failure is not null) is { } failed ? throw failed.Failure! : isGone;
    }
}
