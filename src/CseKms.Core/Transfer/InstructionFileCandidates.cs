using System.Runtime.CompilerServices;
using CseKms.Core.Format;

namespace CseKms.Core.Transfer;

/// <summary>The older versions of an object's instruction file, which may have been removed or written over.</summary>
/// <param name="scheduler">Sends the requests.</param>
/// <param name="finder">Reads envelopes.</param>
/// <param name="suffix">What the file's key adds to the object's key.</param>
internal sealed class InstructionFileCandidates(TransferScheduler scheduler, EnvelopeFinder finder, string suffix) : IEnvelopeCandidates
{
    /// <inheritdoc/>
    public async IAsyncEnumerable<EnvelopeCandidate> FindAsync(RemoteObject remote, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // Another envelope that stands on the object is damaged, and goes with none.
        if (!ContentMetadataCodec.NeedsInstructionFile(remote.Head.Metadata))
        {
            yield break;
        }

        var place = remote.Address with { VersionId = null };
        var file = place with { Key = InstructionFile.KeyOf(place.Key, suffix) };
        foreach (var version in await ObjectVersions.ListAsync(scheduler, file, cancellationToken).ConfigureAwait(false))
        {
            if (!version.IsDeleteMarker
                && await TryReadAsync(remote, version.Address, cancellationToken).ConfigureAwait(false) is { } envelope)
            {
                yield return EnvelopeCandidate.Of(EnvelopeOrigin.InstructionFile, version.Address, place, remote.Head.Metadata, envelope);
            }
        }
    }

    private async Task<StoredEnvelope?> TryReadAsync(RemoteObject remote, ObjectAddress file, CancellationToken cancellationToken)
    {
        try
        {
            return await finder.ReadStoredAsync(remote, file, cancellationToken).ConfigureAwait(false);
        }
        catch (CseException failure) when (failure.ErrorId == ErrorId.NoSuchKey || ForeignEnvelope.IsOfNoUse(failure.ErrorId))
        {
            return null;
        }
    }
}
