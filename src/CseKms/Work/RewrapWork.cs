using CseKms.Core;
using CseKms.Core.Session;
using CseKms.Core.Transfer;

namespace CseKms.Work;

/// <summary>Wraps the data key of an object anew, or encrypts the object anew.</summary>
/// <param name="request">The object.</param>
/// <param name="upgrades">Whether it is encrypted anew.</param>
internal sealed class RewrapWork(RewrapRequest request, bool upgrades) : ObjectWork(request.Address)
{
    /// <summary>Whether the object came along with others, as what is below a folder does.</summary>
    public bool IsListed { get; init; }

    /// <summary>Whether the older versions are written too.</summary>
    public bool ListsOlderVersions { get; init; }

    /// <inheritdoc/>
    public override async Task<WorkResult> RunAsync(
        S3EncryptionClient client, ITransferObserver progress, CancellationToken cancellationToken)
    {
        try
        {
            var result = upgrades
                ? await client.UpgradeAsync(request, progress, cancellationToken).ConfigureAwait(false)
                : await client.RewrapAsync(request, progress, cancellationToken).ConfigureAwait(false);
            List<ListedVersion>? older = result.VersionId is null ? null : await FindOlderAsync(client, cancellationToken).ConfigureAwait(false);
            var updated = new CseUpdatedObject(Address, result) { OlderVersions = older?.Count };
            return new(updated)
            {
                Receipts = [new(Address) { Rewrap = result }],
                More = ListsOlderVersions && older is not null ? [.. older.Select(version => new CseS3ObjectVersion(version))] : [],
            };
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

    // The versions of one key come together, and keys that begin alike after it.
    private async Task<List<ListedVersion>?> FindOlderAsync(S3EncryptionClient client, CancellationToken cancellationToken)
    {
        try
        {
            return await ListOlderAsync(client, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is CseException or OperationCanceledException)
        {
            // The object is changed, and that must be told whatever becomes of the rest.
            return null;
        }
    }

    private async Task<List<ListedVersion>> ListOlderAsync(S3EncryptionClient client, CancellationToken cancellationToken)
    {
        var older = new List<ListedVersion>();
        await foreach (var version in client.ListVersionsAsync(Address.BucketName, Address.Key, Address.ExpectedBucketOwner, cancellationToken).ConfigureAwait(false))
        {
            if (version.Address.Key != Address.Key)
            {
                break;
            }

            if (!version.IsLatest && !version.IsDeleteMarker)
            {
                older.Add(version);
            }
        }

        return older;
    }
}
