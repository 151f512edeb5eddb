using CseKms.Core.Content;
using CseKms.Core.Session;
using CseKms.Core.Transfer;

namespace CseKms.Work;

/// <summary>Receives an object into a file.</summary>
/// <param name="request">The object.</param>
/// <param name="destination">The file.</param>
/// <param name="displayPath">The file as a user at the current location would name it.</param>
internal sealed class FileDownload(DownloadRequest request, FileDestination destination, string displayPath) : DownloadWork(request)
{
    /// <inheritdoc/>
    public override string? FilePath => destination.Path;

    /// <inheritdoc/>
    protected override async Task<WorkResult> ReceiveAsync(
        S3EncryptionClient client, ITransferObserver progress, CancellationToken cancellationToken)
    {
        var received = await client.DownloadAsync(Request, destination, progress, cancellationToken).ConfigureAwait(false);
        return new(new CseReceivedObject(destination.Path, Address, received) { DisplayPath = displayPath })
        {
            Receipts = [new(Address) { Path = destination.Path, Transfer = received }],
            IsAuthenticated = received.IsAuthenticated,
        };
    }
}
