using System.Runtime.CompilerServices;

namespace CseKms.Core.Transfer;

/// <summary>The envelopes of an object's older versions that are as long as it is.</summary>
/// <param name="scheduler">Sends the requests.</param>
/// <param name="finder">Reads envelopes.</param>
internal sealed class VersionCandidates(TransferScheduler scheduler, EnvelopeFinder finder) : IEnvelopeCandidates
{
    /// <inheritdoc/>
    public async IAsyncEnumerable<EnvelopeCandidate> FindAsync(RemoteObject remote, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var version in await ObjectVersions.ListAsync(scheduler, remote.Address, cancellationToken).ConfigureAwait(false))
        {
            if (!version.IsLatest
                && version.Size == remote.Head.Size
                && await TryReadAsync(version.Address, cancellationToken).ConfigureAwait(false) is var (found, envelope))
            {
                yield return EnvelopeCandidate.Of(
                    EnvelopeOrigin.Version, version.Address, remote.Address with { VersionId = null }, found.Head.Metadata, envelope);
            }
        }
    }

    private async Task<(RemoteObject Found, StoredEnvelope Envelope)?> TryReadAsync(ObjectAddress version, CancellationToken cancellationToken)
    {
        try
        {
            var found = await RemoteObject.FindAsync(scheduler, version, cancellationToken).ConfigureAwait(false);
            return (found, await finder.FindStoredAsync(found, cancellationToken).ConfigureAwait(false));
        }
        catch (CseException failure) when (failure.ErrorId == ErrorId.NoSuchKey || ForeignEnvelope.IsOfNoUse(failure.ErrorId))
        {
            return null;
        }
    }
}
