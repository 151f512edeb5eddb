using CseKms.Core.Format;

namespace CseKms.Core.Transfer;

/// <summary>
/// Which versions of an instruction file may belong to an old version of its object. S3 knows of no bond between the two but the time: a
/// file was stored after its object and before the object's next version, by a clock of seconds. Thread-safe.
/// </summary>
/// <param name="scheduler">Sends the requests.</param>
/// <param name="suffix">What an instruction file's key adds to the object's key.</param>
internal sealed class InstructionFileVersions(TransferScheduler scheduler, string suffix)
{
    private const int MaxCandidates = 3;

    /// <summary>The versions of the file, the likeliest first; none when there is no file.</summary>
    /// <param name="remote">An old version of an object.</param>
    /// <param name="cancellationToken">Cancels the requests.</param>
    /// <exception cref="CseException"><see cref="ErrorId.S3AccessDenied"/> without the right to list versions, and others.</exception>
    public async Task<IReadOnlyList<ObjectAddress>> FindAsync(RemoteObject remote, CancellationToken cancellationToken)
    {
        var address = remote.Address;
        var versions = await ListAsync(address, cancellationToken).ConfigureAwait(false);
        var at = versions.FindIndex(version => version.Address.VersionId == address.VersionId);
        if (at < 0)
        {
            throw remote.Changed();
        }

        var files = await ListAsync(address with { Key = InstructionFile.KeyOf(address.Key, suffix) }, cancellationToken).ConfigureAwait(false);
        files.RemoveAll(file => file.IsDeleteMarker);
        return Candidates(versions, at, files);
    }

    /// <summary>The files that may belong to a version, the likeliest first.</summary>
    /// <param name="versions">All versions of the object, the newest first.</param>
    /// <param name="at">Which of them it is.</param>
    /// <param name="files">All versions of its instruction file, the newest first.</param>
    internal static List<ObjectAddress> Candidates(IReadOnlyList<ListedVersion> versions, int at, IReadOnlyList<ListedVersion> files)
    {
        var best = 0;
        if (at > 0)
        {
            // Of those that came in the same second as the next version, as many are its own and its successors' as there are of these.
            var next = versions[at - 1].LastModified;
            var successors = versions.Take(at).Count(version => version.LastModified == next && !version.IsDeleteMarker);
            best = files.Count(file => file.LastModified > next)
                + Math.Min(successors, files.Count(file => file.LastModified == next));
        }

        best = Math.Min(best, files.Count - 1);
        return [.. Enumerable.Range(0, files.Count)
            .OrderBy(file => Math.Abs(file - best))
            .Take(MaxCandidates)
            .Select(file => files[file].Address)];
    }

    private async Task<List<ListedVersion>> ListAsync(ObjectAddress address, CancellationToken cancellationToken)
    {
        try
        {
            return await ObjectVersions.ListAsync(scheduler, address, cancellationToken).ConfigureAwait(false);
        }
        catch (CseException failure) when (failure.ErrorId == ErrorId.S3AccessDenied)
        {
            throw new CseException(
                ErrorId.S3AccessDenied,
                $"The instruction file of an old version of {address} is found among the file's own versions, which the caller may not list " +
                $"(s3:ListBucketVersions). {failure.Message}",
                failure)
            {
                Operation = failure.Operation,
                RequestId = failure.RequestId,
                StatusCode = failure.StatusCode,
            };
        }
    }
}
