using CseKms.Core.Session;
using CseKms.Core.Transfer;

namespace CseKms.Work;

/// <summary>Encrypts and sends an object.</summary>
internal sealed class UploadWork(UploadRequest request) : ObjectWork(request.Address)
{
    /// <summary>The absolute path of the file, where there is one.</summary>
    public string? Path { get; init; }

    /// <summary>The file as a user at the current location would name it.</summary>
    public string? DisplayPath { get; init; }

    /// <inheritdoc/>
    public override string? Target => Path;

    /// <inheritdoc/>
    public override string? FilePath => Path;

    /// <inheritdoc/>
    public override async Task<WorkResult> RunAsync(
        S3EncryptionClient client, ITransferObserver progress, CancellationToken cancellationToken)
    {
        var sent = await client.UploadAsync(request, progress, cancellationToken).ConfigureAwait(false);
        return new(new CseSentObject(Path, Address, sent) { DisplayPath = DisplayPath })
        {
            Receipts = [new(Address) { Path = Path, Transfer = sent }],
        };
    }
}
