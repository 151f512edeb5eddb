using CseKms.Core;
using CseKms.Core.Session;
using CseKms.Core.Transfer;

namespace CseKms.Work;

/// <summary>Drops a multipart upload and its parts.</summary>
internal sealed class DropUploadWork(ObjectAddress address, string uploadId) : ObjectWork(address)
{
    /// <inheritdoc/>
    public override async Task<WorkResult> RunAsync(
        S3EncryptionClient client, ITransferObserver progress, CancellationToken cancellationToken)
    {
        await client.DropUploadAsync(Address, uploadId, cancellationToken).ConfigureAwait(false);
        return new(Output: null) { Verbose = $"The upload {uploadId} of {Address} was removed." };
    }
}
