using CseKms.Core.Aws;
using CseKms.Core.Format;
using CseKms.Core.Materials;

namespace CseKms.Core.Transfer;

/// <summary>
/// Wraps the data key of one stored object anew, and stores the new envelope: on the object by a copy onto itself, or in its instruction
/// file. The object is readable under the old key until it is under the new one. Serves once.
/// </summary>
internal sealed class Rewrap(
    TransferScheduler scheduler,
    CryptographicMaterialsManager materialsManager,
    CryptographicMaterialsManager target,
    IReadOnlyDictionary<string, string>? newPairs,
    StoredAttributes storedAttributes,
    RewrapRequest request,
    ITransferObserver observer,
    CancellationToken cancellationToken)
{
    /// <exception cref="CseException">The object is as it was, unless <see cref="ErrorId.EnvelopeNotStored"/> says otherwise.</exception>
    public async Task<RewrapResult> RunAsync()
    {
        var remote = await CurrentObject.FindAsync(scheduler, request.Address, cancellationToken).ConfigureAwait(false);
        var (metadata, instructions) = await new EnvelopeFinder(scheduler, request.InstructionFileSuffix)
            .FindStoredAsync(remote, cancellationToken).ConfigureAwait(false);
        var wrapped = await materialsManager.RewrapAsync(
            metadata, remote.Address, target.InPlaceOf(metadata, newPairs), remote.Address, cancellationToken).ConfigureAwait(false);
        var renewed = wrapped.Renew(metadata);
        var stored = instructions is null
            ? await StoreOnObjectAsync(remote, renewed).ConfigureAwait(false)
            : await StoreInFileAsync(remote, instructions, renewed).ConfigureAwait(false);
        return new RewrapResult(stored.ETag, stored.VersionId, remote.Head.Size, metadata.FormatName, wrapped.KmsKeyId, wrapped.OldKmsKeyId)
        {
            InTwoRequests = wrapped.WasOpened,
        };
    }

    private async Task<StoredObject> StoreOnObjectAsync(RemoteObject remote, ContentMetadata renewed)
    {
        var attributes = await storedAttributes.ReadAsync(
            remote, isForItsPlace: true, withTags: remote.Head.Size > ObjectCopy.LongestWhole, request.MayLoseAttributes, cancellationToken).ConfigureAwait(false);
        var values = ContentMetadataCodec.Rewrap(attributes.Metadata, renewed);
        ObjectMetadata.EnsureSize(values);
        return await new ObjectCopy(
            scheduler, remote, remote.Address, values, attributes, WriteCondition.Unchanged(remote.Head.ETag), observer, cancellationToken)
            .RunAsync().ConfigureAwait(false);
    }

    private async Task<StoredObject> StoreInFileAsync(RemoteObject remote, StoredInstructions instructions, ContentMetadata renewed)
    {
        var file = instructions.File;
        var attributes = await storedAttributes.ReadAsync(
            file, isForItsPlace: true, withTags: true, request.MayLoseAttributes, cancellationToken).ConfigureAwait(false);
        var body = InstructionFile.Encode(ContentMetadataCodec.Rewrap(instructions.Values, renewed));
        var condition = WriteCondition.Unchanged(file.Head.ETag);
        await new StoreRequest(scheduler, file.Address, attributes.Metadata, body.Length, Crc32Text.Of(body), cancellationToken).SendAsync(
            s3 => s3.PutAsync(file.Address, attributes, attributes.Metadata, condition, body, signsPayload: false, cancellationToken))
            .ConfigureAwait(false);
        return new StoredObject(remote.Head.ETag, remote.Head.VersionId);
    }
}
