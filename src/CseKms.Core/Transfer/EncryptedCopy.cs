using CseKms.Core.Aws;
using CseKms.Core.Format;
using CseKms.Core.Materials;

namespace CseKms.Core.Transfer;

/// <summary>
/// Copies one encrypted object inside S3 to another key, its envelope, metadata and instruction file with it. A data key that is bound to
/// the object's place, or is to be under another key, is wrapped anew. Serves once.
/// </summary>
/// <param name="scheduler">Sends the requests.</param>
/// <param name="materialsManagers">Unwrap and wrap the data key, where that is needed.</param>
/// <param name="newPairs">The pairs that the copy carries; those of the object unless given.</param>
/// <param name="storedAttributes">Reads what stands beside the object.</param>
/// <param name="request">The object.</param>
/// <param name="observer">Is told of an upload that could not be dropped.</param>
/// <param name="cancellationToken">Cancels the requests.</param>
internal sealed class EncryptedCopy(
    TransferScheduler scheduler,
    Func<(CryptographicMaterialsManager From, CryptographicMaterialsManager To)> materialsManagers,
    IReadOnlyDictionary<string, string>? newPairs,
    StoredAttributes storedAttributes,
    CopyRequest request,
    ITransferObserver observer,
    CancellationToken cancellationToken)
{
    /// <exception cref="CseException">
    /// Nothing was stored, unless <see cref="ErrorId.EnvelopeNotStored"/>, <see cref="ErrorId.CopyNotConfirmed"/> or
    /// <see cref="ErrorId.InstructionFileNotStored"/> says otherwise.
    /// </exception>
    public async Task<RewrapResult> RunAsync()
    {
        var remote = await RemoteObject.FindAsync(scheduler, request.Source, cancellationToken).ConfigureAwait(false);
        var (metadata, instructions) = await FindEnvelopeAsync(remote).ConfigureAwait(false);
        var file = new InstructionFileStore(scheduler, request.Target, request.InstructionFileSuffix, request.Attributes, cancellationToken);
        if (request.NoClobber && instructions is not null)
        {
            await file.EnsureAbsentAsync().ConfigureAwait(false);
        }

        var wrapped = request.Rewraps || metadata.EncryptionContext.Keys.Any(LocationBinding.IsPair)
            ? await RewrapAsync(metadata).ConfigureAwait(false)
            : null;
        var renewed = wrapped?.Renew(metadata) ?? metadata;
        var kept = await storedAttributes.ReadAsync(
            remote, isForItsPlace: false, withTags: remote.Head.Size > ObjectCopy.LongestWhole, request.MayLoseAttributes, cancellationToken).ConfigureAwait(false);

        // A context that the store gave out in another form than ASCII is written anew. V1 has none that is needed.
        var onObject = instructions is not null || metadata.FormatVersion == 1 ? kept.Metadata : ContentMetadataCodec.Rewrap(kept.Metadata, renewed);
        ObjectMetadata.EnsureSize(onObject);
        var copy = new ObjectCopy(
            scheduler,
            remote,
            request.Target,
            onObject,
            request.Attributes with
            {
                ContentType = kept.ContentType,
                Headers = kept.Headers,
                WebsiteRedirectLocation = kept.WebsiteRedirectLocation,
                Tags = kept.Tags,
            },
            request.NoClobber ? WriteCondition.Absent : WriteCondition.None,
            observer,
            cancellationToken)
        {
            IsNewEnvelope = wrapped is not null && instructions is null,
        };
        var stored = await copy.StoreAsync().ConfigureAwait(false);
        if (instructions is not null)
        {
            await file.PutAsync(ContentMetadataCodec.Rewrap(instructions.Values, renewed), signsPayload: false).ConfigureAwait(false);
        }

        await copy.ConfirmAsync(stored).ConfigureAwait(false);
        return new RewrapResult(stored.ETag, stored.VersionId, remote.Head.Size, metadata.FormatName, wrapped?.KmsKeyId, wrapped?.OldKmsKeyId)
        {
            InTwoRequests = wrapped?.WasOpened == true,
        };
    }

    // Of the files that may belong to an old version one must be proved by a key, or the copy might be one that nobody can read.
    private async Task<StoredEnvelope> FindEnvelopeAsync(RemoteObject remote)
    {
        var finder = new EnvelopeFinder(scheduler, request.InstructionFileSuffix);
        var files = await finder.FilesAsync(remote, cancellationToken).ConfigureAwait(false);
        if (!OldVersionEnvelope.IsOld(files))
        {
            return await finder.FindStoredAsync(remote, cancellationToken).ConfigureAwait(false);
        }

        var metadata = await new OldVersionEnvelope(scheduler, materialsManagers().From, finder, remote, files).FindAsync(cancellationToken).ConfigureAwait(false);
        foreach (var candidate in files)
        {
            if (await finder.TryReadStoredAsync(remote, candidate, cancellationToken).ConfigureAwait(false) is { } stored
                && stored.Metadata.EncryptedDataKey.AsSpan().SequenceEqual(metadata.EncryptedDataKey))
            {
                return stored;
            }
        }

        throw remote.Changed();
    }

    private Task<WrappedDataKey> RewrapAsync(ContentMetadata metadata)
    {
        var (from, to) = materialsManagers();
        return from.RewrapAsync(metadata, request.Source, to.InPlaceOf(metadata, newPairs), request.Target, cancellationToken);
    }
}
