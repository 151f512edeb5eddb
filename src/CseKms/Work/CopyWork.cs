using CseKms.Core;
using CseKms.Core.Session;
using CseKms.Core.Transfer;

namespace CseKms.Work;

/// <summary>Copies an encrypted object inside S3.</summary>
internal sealed class CopyWork(CopyRequest request) : ObjectWork(request.Source)
{
    /// <summary>Whether the object came along with others, as what is below a folder does.</summary>
    public bool IsListed { get; init; }

    /// <inheritdoc/>
    public override IReadOnlyList<ObjectAddress> Objects => [request.Target];

    /// <inheritdoc/>
    public override async Task<WorkResult> RunAsync(
        S3EncryptionClient client, ITransferObserver progress, CancellationToken cancellationToken)
    {
        try
        {
            var result = await client.CopyAsync(request, progress, cancellationToken).ConfigureAwait(false);
            return new(new CseCopiedObject(request, result)) { Receipts = [new(request.Target) { Rewrap = result }] };
        }
        catch (CseException failure) when (failure.ErrorId == ErrorId.NotEncrypted && IsListed)
        {
            if (await FolderEntries.PassOverAsync(client, Address, request.InstructionFileSuffix, cancellationToken).ConfigureAwait(false) is { } passedOver)
            {
                return passedOver;
            }

            throw;
        }
    }
}
