using CseKms.Core.Aws;
using CseKms.Core.Content;
using CseKms.Core.Format;
using CseKms.Core.Materials;

namespace CseKms.Core.Transfer;

/// <summary>
/// Puts a lost envelope back. An envelope is written only when the whole object was decrypted by it to its tag. Serves once.
/// </summary>
/// <param name="scheduler">Sends the requests.</param>
/// <param name="materialsManager">Unwraps data keys.</param>
/// <param name="rewrapping">Wraps a data key anew that is bound to another place.</param>
/// <param name="storedAttributes">Reads what stands beside the object.</param>
/// <param name="request">The object.</param>
/// <param name="observer">Is told how it goes on.</param>
/// <param name="cancellationToken">Cancels the requests.</param>
internal sealed class Repair(
    TransferScheduler scheduler,
    CryptographicMaterialsManager materialsManager,
    CryptographicMaterialsManager rewrapping,
    StoredAttributes storedAttributes,
    RepairRequest request,
    ITransferObserver observer,
    CancellationToken cancellationToken)
{
    private readonly EnvelopeFinder _finder = new(scheduler, request.InstructionFileSuffix);

    /// <returns>What was done; <see langword="null"/> when that was not approved.</returns>
    /// <exception cref="CseException">
    /// The object is as it was: <see cref="ErrorId.AlreadyReadable"/>, <see cref="ErrorId.InTheClear"/>, <see cref="ErrorId.EnvelopeNotFound"/>,
    /// <see cref="ErrorId.EnvelopeUnproved"/>, and others.
    /// </exception>
    public async Task<RepairResult?> RunAsync()
    {
        var remote = await CurrentObject.FindAsync(scheduler, request.Address, cancellationToken).ConfigureAwait(false);
        var defect = await FindDefectAsync(remote).ConfigureAwait(false);
        var refusals = new List<CseException>();
        foreach (var place in Places())
        {
            try
            {
                await foreach (var candidate in place.FindAsync(remote, cancellationToken).ConfigureAwait(false))
                {
                    if (await TryProveAsync(remote, candidate, refusals).ConfigureAwait(false) is { } proved)
                    {
                        return request.Approve is { } approve && !await approve(proved).ConfigureAwait(false)
                            ? null
                            : await PutBackAsync(remote, candidate, proved).ConfigureAwait(false);
                    }
                }
            }
            catch (CseException failure) when (failure.ErrorId == ErrorId.EnvelopeNotFound)
            {
                refusals.Add(failure);
            }
        }

        throw await NotFoundAsync(remote, defect, refusals).ConfigureAwait(false);
    }

    private IEnumerable<IEnvelopeCandidates> Places() => request.Source is { } source
        ? [new CopySourceCandidates(scheduler, _finder, source)]
        : [new VersionCandidates(scheduler, _finder), new InstructionFileCandidates(scheduler, _finder, request.InstructionFileSuffix)];

    // What is wrong with the object's own envelope. What the caller gave is not.
    private async Task<CseException> FindDefectAsync(RemoteObject remote)
    {
        try
        {
            var metadata = await _finder.FindAsync(remote, cancellationToken).ConfigureAwait(false);
            if (request.DistrustsOwnEnvelope)
            {
                await DecryptAsync(remote, remote.Address, metadata).ConfigureAwait(false);
            }
            else
            {
                (await OpenedObject.OpenAsync(materialsManager, remote, remote.Address, metadata, cancellationToken).ConfigureAwait(false)).Dispose();
            }
        }
        catch (CseException failure) when (failure.ErrorId == ErrorId.LocationMismatch || ForeignEnvelope.IsOfNoUse(failure.ErrorId))
        {
            return failure;
        }

        throw new CseException(ErrorId.AlreadyReadable, $"The object {remote.Address} has an envelope that opens, and was left as it is.");
    }

    private async Task<RepairResult?> TryProveAsync(RemoteObject remote, EnvelopeCandidate candidate, List<CseException> refusals)
    {
        var metadata = candidate.Envelope.Metadata;
        if (!metadata.Suite.IsAuthenticated && !request.MayBeUnproved)
        {
            throw new CseException(
                ErrorId.EnvelopeUnproved,
                $"The envelope of {candidate.Address} may be the one of {remote.Address}, and nothing can prove it: {metadata.Suite.Name} has no tag.");
        }

        try
        {
            var result = await DecryptAsync(remote, candidate.Place, metadata).ConfigureAwait(false);
            return new RepairResult(candidate.Origin, candidate.Address, metadata.FormatName, remote.Head.Size, result.KmsKeyId, result.IsAuthenticated);
        }
        catch (CseException failure) when (
            ForeignEnvelope.MayBeOne(failure.ErrorId)
            || failure.ErrorId is ErrorId.DecryptionFailed or ErrorId.CommitmentRequired or ErrorId.LegacyNotAllowed)
        {
            refusals.Add(failure);
            return null;
        }
    }

    // Reads and decrypts all of it to its tag, and keeps nothing.
    private async Task<TransferResult> DecryptAsync(RemoteObject remote, ObjectAddress place, ContentMetadata metadata)
    {
        var length = (int)Math.Min(remote.Head.Size, Part.BufferSize);
        using var first = await scheduler.RentAsync(Math.Max(length, 1), cancellationToken).ConfigureAwait(false);
        await remote.ReadAsync(0, first.Bytes.AsMemory(0, length), cancellationToken).ConfigureAwait(false);
        using var nowhere = new NullSink();
        return await new ContentDownload(scheduler, materialsManager, nowhere, observer, cancellationToken)
            .RunAsync(remote, place, metadata, first, length).ConfigureAwait(false);
    }

    private async Task<RepairResult> PutBackAsync(RemoteObject remote, EnvelopeCandidate candidate, RepairResult proved)
    {
        var metadata = candidate.Envelope.Metadata;
        var here = remote.Address with { VersionId = null };
        var values = candidate.Values;
        if (metadata.EncryptionContext.Keys.Any(LocationBinding.IsPair) && !IsSamePlace(candidate.Place, here))
        {
            var wrapped = await materialsManager
                .RewrapAsync(metadata, candidate.Place, rewrapping.InPlaceOf(metadata, pairs: null), here, cancellationToken).ConfigureAwait(false);
            values = ContentMetadataCodec.Rewrap(values, wrapped.Renew(metadata));
        }

        var attributes = await storedAttributes.ReadAsync(
            remote, isForItsPlace: true, withTags: remote.Head.Size > ObjectCopy.LongestWhole, request.MayLoseAttributes, cancellationToken).ConfigureAwait(false);
        var own = ObjectMetadata.WithoutEnvelope(attributes.Metadata);

        // All on the object, in one write, where there is room.
        var isInFile = candidate.Envelope.Instructions is not null && !ObjectMetadata.HasRoom(Joined(own, values));
        var onObject = Joined(own, values.Where(pair => !isInFile || !InstructionFile.Holds(pair.Key)));
        ObjectMetadata.EnsureSize(onObject);
        var stored = await new ObjectCopy(
            scheduler, remote, here, onObject, attributes, WriteCondition.Unchanged(remote.Head.ETag), observer, cancellationToken)
            .RunAsync().ConfigureAwait(false);
        if (isInFile)
        {
            await new InstructionFileStore(scheduler, here, request.InstructionFileSuffix, attributes with { Tags = new Dictionary<string, string>() }, cancellationToken)
                .PutAsync(values.Where(pair => InstructionFile.Holds(pair.Key)).ToDictionary(), signsPayload: false).ConfigureAwait(false);
        }

        return proved with { ETag = stored.ETag, VersionId = stored.VersionId };
    }

    private async Task<CseException> NotFoundAsync(RemoteObject remote, CseException defect, List<CseException> refusals)
    {
        if (refusals.Find(refusal => refusal.ErrorId != ErrorId.EnvelopeNotFound && !ForeignEnvelope.IsOfNoUse(refusal.ErrorId)) is { } callers)
        {
            return callers;
        }

        if (defect.ErrorId == ErrorId.NotEncrypted
            && await new ObjectSurvey(scheduler, request.InstructionFileSuffix).KindOfClearAsync(remote, cancellationToken).ConfigureAwait(false)
                != ObjectKind.MayHaveLostEnvelope)
        {
            return new CseException(
                ErrorId.InTheClear, $"The object {remote.Address} has no envelope and by every sign never had one. It was left as it is.", defect);
        }

        var why = refusals.Count > 0 ? refusals[^1].Message
            : request.Source is null ? "No older version of it is as long and has one, nor is there an instruction file that goes with it."
            : "";
        return new CseException(ErrorId.EnvelopeNotFound, $"No envelope was found that opens {remote.Address}, which was left as it is. {why}".TrimEnd(), refusals.Count > 0 ? refusals[^1] : defect);
    }

    private static bool IsSamePlace(ObjectAddress one, ObjectAddress other) => (one.BucketName, one.Key) == (other.BucketName, other.Key);

    private static Dictionary<string, string> Joined(IReadOnlyDictionary<string, string> own, IEnumerable<KeyValuePair<string, string>> envelope) =>
        own.Concat(envelope).ToDictionary(StringComparer.OrdinalIgnoreCase);
}
