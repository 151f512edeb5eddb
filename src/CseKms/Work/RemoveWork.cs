using CseKms.Core;
using CseKms.Core.Session;
using CseKms.Core.Transfer;

namespace CseKms.Work;

/// <summary>Removes objects, many by one request.</summary>
internal sealed class RemoveWork(RemovalRequest request) : ObjectWork(request.Objects[0])
{
    /// <inheritdoc/>
    public override IReadOnlyList<ObjectAddress> Objects => request.Objects;

    /// <inheritdoc/>
    public override async Task<WorkResult> RunAsync(
        S3EncryptionClient client, ITransferObserver progress, CancellationToken cancellationToken)
    {
        var results = await client.RemoveAsync(request, cancellationToken).ConfigureAwait(false);
        CseRemovedObject[] removed = [.. results.Where(result => result.Failure is null).Select(result => new CseRemovedObject(result))];
        return new(Output: null)
        {
            Done = removed.Length,
            More = removed,
            Receipts = [.. results.Where(result => result.Failure is null).Select(result => new Receipt(result.Address))],
            Failures =
            [
                .. results.Where(result => result.Failure is not null).Select(result => (result.Address, result.Failure!)),
                .. results.Where(result => result.InstructionFileFailure is not null).Select(
                    result => (S3EncryptionClient.InstructionFileOf(result.Address, request.InstructionFileSuffix), result.InstructionFileFailure!)),
            ],
            Warning = results.Any(result => result.IsInstructionFileHidden)
                ? "Whether there are instruction files could not be seen (403), so none was removed with its object. It takes s3:GetObject and " +
                    "s3:ListBucket, and for versions s3:ListBucketVersions."
                : null,
        };
    }
}
