using CseKms.Core.Aws;
using CseKms.Core.Format;

namespace CseKms.Core.Transfer;

/// <summary>
/// The request by which an object appears in S3. A reply may be lost after S3 has stored the object, and the SDK then asks again by
/// itself: what it hears of the second time is our own object. Its IV or message id tells.
/// </summary>
/// <param name="scheduler">Sends it.</param>
/// <param name="address">The object.</param>
/// <param name="metadata">Its user metadata.</param>
/// <param name="cancellationToken">Cancels the request.</param>
internal sealed class StoreRequest(
    TransferScheduler scheduler, ObjectAddress address, IReadOnlyDictionary<string, string> metadata, CancellationToken cancellationToken)
{
    /// <summary>Stores the object.</summary>
    /// <param name="store">The call of S3.</param>
    /// <exception cref="CseException">It was not stored by this call.</exception>
    public async Task<StoredObject> SendAsync(Func<S3Gateway, Task<StoredObject>> store)
    {
        try
        {
            return await scheduler.RequestAsync(store, cancellationToken).ConfigureAwait(false);
        }
        catch (CseException failure) when (failure.ErrorId is ErrorId.AlreadyExists or ErrorId.UploadVanished)
        {
            if (await FindOwnAsync().ConfigureAwait(false) is { } own)
            {
                return own;
            }

            throw;
        }
    }

    private async Task<StoredObject?> FindOwnAsync()
    {
        var name = metadata.ContainsKey(MetadataKeys.V3MessageId) ? MetadataKeys.V3MessageId : MetadataKeys.Iv;
        if (!metadata.TryGetValue(name, out var nonce))
        {
            // V2's is in the instruction file, which is not stored yet.
            return null;
        }

        try
        {
            var head = await scheduler.RequestAsync(s3 => s3.HeadAsync(address, cancellationToken), cancellationToken).ConfigureAwait(false);
            return head.Metadata.GetValueOrDefault(name) == nonce ? new StoredObject(head.ETag, head.VersionId) : null;
        }
        catch (CseException)
        {
            // The first failure is the one that the caller must hear of.
            return null;
        }
    }
}
