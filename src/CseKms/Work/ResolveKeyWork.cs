using CseKms.Core;
using CseKms.Core.Session;
using CseKms.Core.Transfer;

namespace CseKms.Work;

/// <summary>Has KMS tell which of its keys wraps an object's data key. That it does not is noted, and no failure of the work.</summary>
internal sealed class ResolveKeyWork(CseMeasuredObject item) : ObjectWork(item.Address)
{
    /// <inheritdoc/>
    public override async Task<WorkResult> RunAsync(
        S3EncryptionClient client, ITransferObserver progress, CancellationToken cancellationToken)
    {
        try
        {
            if (item.Found is { } envelope && await client.FindKmsKeyAsync(envelope, cancellationToken).ConfigureAwait(false) is { } key)
            {
                item.Resolve(key);
            }
        }
        catch (CseException failure) when (failure.Reach == ErrorReach.OneObject)
        {
            item.Failure = failure;
        }

        return new(item);
    }
}
