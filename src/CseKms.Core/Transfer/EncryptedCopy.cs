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
    /// Nothing was stored, unless <see cref="ErrorId.EnvelopeNotStored"/> or <see cref="ErrorId.InstructionFileNotStored"/> says otherwise.
    /// </exception>
    public async Task<RewrapResult> RunAsync()
    {
        var remote = await RemoteObject.FindAsync(scheduler, request.Source, cancellationToken).ConfigureAwait(false);
        var (metadata, instructions) = await new EnvelopeFinder(scheduler, request.InstructionFileSuffix)
            .FindStoredAsync(remote, cancellationToken).ConfigureAwait(false);
        var wrapped = request.Rewraps || metadata.EncryptionContext.Keys.Any(LocationBinding.IsPair)
            ? await RewrapAsync(metadata).ConfigureAwait(false)
            : null;
        var kept = await storedAttributes.ReadAsync(
            remote, isForItsPlace: false, withTags: remote.Head.Size > ObjectCopy.LongestWhole, request.MayLoseAttributes, cancellationToken).ConfigureAwait(false);
        var onObject = wrapped is null || instructions is not null ? kept.Metadata : ContentMetadataCodec.Rewrap(kept.Metadata, wrapped.Renew(metadata));
        ObjectMetadata.EnsureSize(onObject);
        var stored = await new ObjectCopy(
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
            cancellationToken).RunAsync().ConfigureAwait(false);
        if (instructions is not null)
        {
            var values = wrapped is null ? instructions.Values : ContentMetadataCodec.Rewrap(instructions.Values, wrapped.Renew(metadata));
            await new InstructionFileStore(scheduler, request.Target, request.InstructionFileSuffix, request.Attributes, cancellationToken)
                .PutAsync(values, signsPayload: false).ConfigureAwait(false);
        }

        return new RewrapResult(stored.ETag, stored.VersionId, remote.Head.Size, metadata.FormatName, wrapped?.KmsKeyId, wrapped?.OldKmsKeyId)
        {
            InTwoRequests = wrapped?.WasOpened == true,
        };
    }

    private Task<WrappedDataKey> RewrapAsync(ContentMetadata metadata)
    {
        var (from, to) = materialsManagers();
        return from.RewrapAsync(metadata, request.Source, to.InPlaceOf(metadata, newPairs), request.Target, cancellationToken);
    }
}
