using System.Runtime.CompilerServices;

namespace CseKms.Core.Transfer;

/// <summary>The envelope of the object that an object was copied from, by something that lost it on the way.</summary>
/// <param name="scheduler">Sends the requests.</param>
/// <param name="finder">Reads envelopes.</param>
/// <param name="source">The object that was copied.</param>
internal sealed class CopySourceCandidates(TransferScheduler scheduler, EnvelopeFinder finder, ObjectAddress source) : IEnvelopeCandidates
{
    /// <inheritdoc/>
    public async IAsyncEnumerable<EnvelopeCandidate> FindAsync(RemoteObject remote, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var (found, envelope) = await ReadAsync(remote, cancellationToken).ConfigureAwait(false);
        yield return EnvelopeCandidate.Of(EnvelopeOrigin.CopySource, found.ExactAddress, source with { VersionId = null }, found.Head.Metadata, envelope);
    }

    private async Task<(RemoteObject Found, StoredEnvelope Envelope)> ReadAsync(RemoteObject remote, CancellationToken cancellationToken)
    {
        try
        {
            var found = await RemoteObject.FindAsync(scheduler, source, cancellationToken).ConfigureAwait(false);
            return found.Head.Size == remote.Head.Size
                ? (found, await finder.FindStoredAsync(found, cancellationToken).ConfigureAwait(false))
                : throw new CseException(
                    ErrorId.EnvelopeNotFound, $"{source} is another object: it has {found.Head.Size:N0} bytes in S3, and not {remote.Head.Size:N0}.");
        }
        catch (CseException failure) when (failure.ErrorId == ErrorId.NoSuchKey || ForeignEnvelope.IsOfNoUse(failure.ErrorId))
        {
            throw new CseException(ErrorId.EnvelopeNotFound, $"Of {source}: {failure.Message}", failure);
        }
    }
}
