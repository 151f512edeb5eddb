using CseKms.Core;
using CseKms.Core.Session;
using CseKms.Core.Transfer;

namespace CseKms.Work;

/// <summary>Deletes a file whose object is gone, unless one of both has come back or changed meanwhile.</summary>
/// <param name="address">The object.</param>
/// <param name="path">The absolute path of the file.</param>
/// <param name="displayPath">The file as a user at the current location would name it.</param>
/// <param name="delete">Deletes it.</param>
internal sealed class SyncFileRemoval(ObjectAddress address, string path, string displayPath, Action delete) : ObjectWork(address)
{
    /// <inheritdoc/>
    public override string? Target => path;

    /// <inheritdoc/>
    public override async Task<WorkResult> RunAsync(
        S3EncryptionClient client, ITransferObserver progress, CancellationToken cancellationToken)
    {
        if (await client.ExistsAsync(Address, cancellationToken).ConfigureAwait(false))
        {
            return new(Output: null) { Verbose = $"{Address} has come meanwhile, and its file was not deleted." };
        }

        delete();
        return new(new CseSyncedObject(SyncAction.Deleted, path, Address) { DisplayPath = displayPath, IsToFolder = true });
    }
}
