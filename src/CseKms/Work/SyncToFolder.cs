using CseKms.Core.Content;
using CseKms.Core.Session;
using CseKms.Core.Transfer;

namespace CseKms.Work;

/// <summary>Receives an object whose file differs or is missing.</summary>
/// <param name="request">The object.</param>
/// <param name="pair">What there is of both.</param>
/// <param name="destination">The file.</param>
internal sealed class SyncToFolder(DownloadRequest request, SyncPair pair, FileDestination destination) : SyncWork(request, pair, destination.Path)
{
    /// <inheritdoc/>
    protected override async Task<WorkResult?> PassOverAsync(S3EncryptionClient client, CancellationToken cancellationToken) =>
        Address.IsNamedLikeFolder && await FolderMarker.IsOneAsync(client, Request, cancellationToken).ConfigureAwait(false)
            ? FolderMarker.PassedOver(Request)
        : Address.Key.EndsWith(Request.InstructionFileSuffix, StringComparison.Ordinal)
            ? await InstructionFiles.PassOverAsync(client, Address, Request.InstructionFileSuffix, cancellationToken).ConfigureAwait(false)
        : null;

    // What cannot be read cannot be received either.
    /// <inheritdoc/>
    protected override bool Mends(FileComparison comparison) => false;

    /// <inheritdoc/>
    protected override async Task<WorkResult> TransferAsync(S3EncryptionClient client, ITransferObserver progress, CancellationToken cancellationToken)
    {
        if (!await Approves($"{Address} → {DisplayPath}", "Receive decrypted").ConfigureAwait(false))
        {
            return new(Output: null);
        }

        var received = await client.DownloadAsync(Request, destination, progress, cancellationToken).ConfigureAwait(false);
        return new(new CseSyncedObject(SyncAction.Received, Path, Address, received) { DisplayPath = DisplayPath, IsToFolder = true })
        {
            Receipts = [new(Address) { Path = Path, Transfer = received }],
            IsAuthenticated = received.IsAuthenticated,
        };
    }
}
