using CseKms.Core.Session;
using CseKms.Core.Transfer;
using CseKms.Errors;

namespace CseKms.Work;

/// <summary>Sends a file whose object differs or is missing, under a new data key.</summary>
/// <param name="request">The object as it is read.</param>
/// <param name="pair">What there is of both.</param>
/// <param name="path">The absolute path of the file.</param>
/// <param name="upload">The object as it is sent.</param>
internal sealed class SyncToBucket(DownloadRequest request, SyncPair pair, string path, UploadRequest upload) : SyncWork(request, pair, path)
{
    /// <inheritdoc/>
    public override string? Target => Path;

    /// <inheritdoc/>
    protected override async Task<WorkResult?> PassOverAsync(S3EncryptionClient client, CancellationToken cancellationToken) =>
        Pair.Stored is not null && Address.Key.EndsWith(Request.InstructionFileSuffix, StringComparison.Ordinal)
        && await client.IsInstructionFileAsync(Address, Request.InstructionFileSuffix, cancellationToken).ConfigureAwait(false)
            ? new(Output: null) { Error = ErrorRecords.KeyIsInstructionFile(Path, Address) }
            : null;

    /// <inheritdoc/>
    protected override bool Mends(FileComparison comparison) => comparison.IsWorthless;

    /// <inheritdoc/>
    protected override async Task<WorkResult> TransferAsync(S3EncryptionClient client, ITransferObserver progress, CancellationToken cancellationToken)
    {
        if (!await Approves($"{DisplayPath} → {Address}", "Send encrypted").ConfigureAwait(false))
        {
            return new(Output: null);
        }

        var sent = await client.UploadAsync(upload, progress, cancellationToken).ConfigureAwait(false);
        return new(new CseSyncedObject(SyncAction.Sent, Path, Address, sent) { DisplayPath = DisplayPath })
        {
            Receipts = [new(Address) { Path = Path, Transfer = sent }],
        };
    }
}
