using CseKms.Core;
using CseKms.Core.Session;
using CseKms.Core.Transfer;

namespace CseKms.Work;

/// <summary>Tells what an object is.</summary>
internal sealed class MeasureWork(ObjectAddress address) : ObjectWork(address)
{
    /// <summary>What an instruction file's key adds to the key of its object.</summary>
    public required string InstructionFileSuffix { get; init; }

    /// <summary>Whether KMS is asked at once which key wraps the data key.</summary>
    public bool ResolvesKey { get; init; }

    /// <inheritdoc/>
    public override async Task<WorkResult> RunAsync(
        S3EncryptionClient client, ITransferObserver progress, CancellationToken cancellationToken)
    {
        var surveyed = await client.SurveyAsync(Address, InstructionFileSuffix, cancellationToken).ConfigureAwait(false);
        var item = new CseMeasuredObject(Address, surveyed);
        return ResolvesKey ? await new ResolveKeyWork(item).RunAsync(client, progress, cancellationToken).ConfigureAwait(false) : new(item);
    }
}
