using CseKms.Core;
using CseKms.Core.Session;
using CseKms.Core.Transfer;

namespace CseKms.Work;

/// <summary>Puts the lost envelope of an object back.</summary>
internal sealed class RepairWork(RepairRequest request) : ObjectWork(request.Address)
{
    /// <summary>Whether the object came along with others, of which the sound ones are no failures.</summary>
    public bool IsListed { get; init; }

    /// <inheritdoc/>
    public override async Task<WorkResult> RunAsync(
        S3EncryptionClient client, ITransferObserver progress, CancellationToken cancellationToken)
    {
        try
        {
            return await client.RepairAsync(request, progress, cancellationToken).ConfigureAwait(false) is { } result
                ? new(new CseRepairedObject(Address, result))
                : new(Output: null) { Done = 0 };
        }
        catch (CseException failure) when (IsListed && failure.ErrorId is ErrorId.AlreadyReadable or ErrorId.InTheClear)
        {
            return new(Output: null) { Verbose = $"{failure.ErrorId}: {failure.Message}" };
        }
    }
}
