using CseKms.Core.Aws;
using CseKms.Core.Format;

namespace CseKms.Core.Transfer;

/// <summary>
/// The request by which an object appears in S3. A reply may be lost, or be none, after S3 has stored the object; and what is sent again
/// may then hear of our own object. What HEAD shows decides: our message id or IV, or where an instruction file has that our checksum, and
/// our length.
/// </summary>
/// <param name="scheduler">Sends it.</param>
/// <param name="address">The object.</param>
/// <param name="metadata">Its user metadata.</param>
/// <param name="size">Its length in bytes.</param>
/// <param name="crc32">Its checksum, as S3 tells it; <see langword="null"/> where it is not known.</param>
/// <param name="cancellationToken">Cancels the request.</param>
internal sealed class StoreRequest(
    TransferScheduler scheduler,
    ObjectAddress address,
    IReadOnlyDictionary<string, string> metadata,
    long size,
    string? crc32,
    CancellationToken cancellationToken)
{
    private const int MaxAttempts = 3;

    /// <summary>Stores the object. The same bytes are sent again where HEAD does not show them.</summary>
    /// <param name="store">The call of S3.</param>
    /// <exception cref="CseException">It was not stored by this call.</exception>
    public async Task<StoredObject> SendAsync(Func<S3Gateway, Task<StoredObject>> store)
    {
        for (var attempts = 1; ; attempts++)
        {
            try
            {
                return await scheduler.RequestAsync(store, cancellationToken).ConfigureAwait(false);
            }
            catch (CseException failure) when (MayBeStored(failure))
            {
                if (await FindOwnAsync().ConfigureAwait(false) is { } own)
                {
                    return own;
                }

                // What answered was not S3, or not to this.
                if (failure.ErrorId != ErrorId.AnswerInvalid || attempts == MaxAttempts)
                {
                    throw;
                }
            }
        }
    }

    private bool HasEnvelope => MetadataKeys.Envelope.Any(metadata.ContainsKey);

    /// <summary>Whether what stands on an object is this envelope, and no other one.</summary>
    public static bool ShowsEnvelope(ObjectHead head, IReadOnlyDictionary<string, string> metadata) =>
        MetadataKeys.Envelope.All(name => head.Metadata.GetValueOrDefault(name) == metadata.GetValueOrDefault(name));

    private static bool MayBeStored(CseException failure) =>
        failure.ErrorId is ErrorId.AlreadyExists or ErrorId.ObjectChanged or ErrorId.WriteConflict or ErrorId.UploadVanished or ErrorId.AnswerInvalid
        || failure.Repeat is RepeatReason.Broken or RepeatReason.Silent or RepeatReason.Unreachable;

    private async Task<StoredObject?> FindOwnAsync()
    {
        // Where nothing answers, the question must not double the wait: two silent requests and it end within the patience of a call.
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(scheduler.Limits.Silence * 0.9);
        try
        {
            var head = await scheduler.RequestAsync(s3 => s3.HeadAsync(address, limit.Token, withChecksum: !HasEnvelope), limit.Token).ConfigureAwait(false);
            return head.Size == size && IsOurs(head) ? new StoredObject(head.ETag, head.VersionId) : null;
        }
        catch (Exception e) when (e is CseException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            // The first failure is the one that the caller must hear of.
            return null;
        }
    }

    private bool IsOurs(ObjectHead head) => HasEnvelope ? ShowsEnvelope(head, metadata) : crc32 is not null && head.Crc32 == crc32;
}
