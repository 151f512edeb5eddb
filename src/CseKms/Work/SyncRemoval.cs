using CseKms.Core;
using CseKms.Core.Session;
using CseKms.Core.Transfer;

namespace CseKms.Work;

/// <summary>Deletes objects whose files are gone, unless one of both has come back or changed meanwhile.</summary>
/// <param name="request">The objects.</param>
/// <param name="paths">The absolute paths of their files.</param>
internal sealed class SyncRemoval(RemovalRequest request, IReadOnlyList<string> paths) : ObjectWork(request.Objects[0])
{
    /// <inheritdoc/>
    public override IReadOnlyList<ObjectAddress> Objects => request.Objects;

    /// <inheritdoc/>
    public override async Task<WorkResult> RunAsync(
        S3EncryptionClient client, ITransferObserver progress, CancellationToken cancellationToken)
    {
        int[] places = [.. Enumerable.Range(0, paths.Count).Where(at => !IsThere(paths[at]))];
        var results = places.Length == 0 ? [] : await client.RemoveAsync(
            request with { Objects = [.. places.Select(at => request.Objects[at])], ETags = [.. places.Select(at => request.ETags![at])] },
            cancellationToken).ConfigureAwait(false);
        var receipts = new List<Receipt>();
        var (deleted, failures) = (new List<CseSyncedObject>(), new List<(ObjectAddress, CseException)>());
        foreach (var (at, result) in places.Zip(results))
        {
            if (result.Failure is { } failure && !await IsGoneAsync(client, failure, result.Address, cancellationToken).ConfigureAwait(false))
            {
                failures.Add((result.Address, failure));
                continue;
            }

            deleted.Add(new CseSyncedObject(SyncAction.Deleted, paths[at], result.Address));
            receipts.Add(new Receipt(result.Address) { Path = paths[at], Operation = "Remove" });
            if (result.InstructionFileFailure is { } left)
            {
                failures.Add((S3EncryptionClient.InstructionFileOf(result.Address, request.InstructionFileSuffix), left));
            }
        }

        return new(Output: null) { Done = deleted.Count, More = deleted, Receipts = receipts, Failures = failures };
    }

    private static bool IsThere(string path) => Path.Exists(path) || new FileInfo(path).LinkTarget is not null;

    // Where S3's first answer was lost, the next one says that there is nothing of that entity tag.
    private static async Task<bool> IsGoneAsync(
        S3EncryptionClient client, CseException failure, ObjectAddress address, CancellationToken cancellationToken) =>
        failure.ErrorId is ErrorId.ObjectChanged or ErrorId.NoSuchKey
        && !await client.ExistsAsync(address, cancellationToken).ConfigureAwait(false);
}
