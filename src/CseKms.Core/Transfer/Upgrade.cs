using CseKms.Core.Aws;
using CseKms.Core.Content;
using CseKms.Core.Format;
using CseKms.Core.Materials;

namespace CseKms.Core.Transfer;

/// <summary>
/// Encrypts one stored object anew, as V3 under a new data key, with all that stands beside it. It replaces the object only when the old
/// tag was verified, and only where nobody wrote to the object meanwhile. Serves once.
/// </summary>
internal sealed class Upgrade(
    TransferScheduler scheduler,
    CryptographicMaterialsManager materialsManager,
    CryptographicMaterialsManager target,
    IReadOnlyDictionary<string, string>? newPairs,
    StoredAttributes storedAttributes,
    RewrapRequest request,
    ITransferObserver observer,
    CancellationToken cancellationToken)
{
    /// <exception cref="CseException">The object is as it was.</exception>
    public async Task<RewrapResult> RunAsync()
    {
        var remote = await CurrentObject.FindAsync(scheduler, request.Address, cancellationToken).ConfigureAwait(false);
        var metadata = await new EnvelopeFinder(scheduler, request.InstructionFileSuffix).FindAsync(remote, cancellationToken).ConfigureAwait(false);
        using var opened = await OpenedObject.OpenAsync(materialsManager, remote, remote.Address, metadata, cancellationToken).ConfigureAwait(false);
        var attributes = await storedAttributes.ReadAsync(remote, isForItsPlace: true, withTags: true, request.MayLoseAttributes, cancellationToken).ConfigureAwait(false);
        var upload = new Upload(
            scheduler,
            target.InPlaceOf(metadata, newPairs),
            new UploadRequest(remote.Address, new StoredSource(opened, metadata))
            {
                Attributes = attributes with { Metadata = ObjectMetadata.WithoutEnvelope(attributes.Metadata) },
                Condition = WriteCondition.Unchanged(remote.Head.ETag),
            },
            observer,
            cancellationToken);
        var stored = await upload.RunAsync().ConfigureAwait(false);
        return new RewrapResult(stored.ETag, stored.VersionId, stored.Size, "V3", stored.KmsKeyId, opened.KmsKeyId) { IsUpgraded = true };
    }

    private sealed class StoredSource(OpenedObject opened, ContentMetadata metadata) : UploadSource
    {
        // The cipher of the stored object serves once.
        internal override bool IsRepeatable => false;

        internal override UploadContent Open() =>
            metadata.Suite.IsAuthenticated ? new StoredContent(opened) : new StoredCbcContent(opened, metadata.Nonce);
    }
}
