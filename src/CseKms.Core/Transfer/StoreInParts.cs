using CseKms.Core.Aws;

namespace CseKms.Core.Transfer;

/// <summary>
/// Stores one object by a multipart upload. An upload that fails or is stopped is dropped, with the parts that S3 holds of it. Serves once.
/// </summary>
/// <param name="scheduler">Sends the requests.</param>
/// <param name="address">The object.</param>
/// <param name="attributes">What stands beside its bytes.</param>
/// <param name="metadata">All its user metadata.</param>
/// <param name="condition">What must hold of what is there.</param>
/// <param name="observer">Is told of an upload that could not be dropped.</param>
/// <param name="cancellationToken">Stops it.</param>
internal sealed class StoreInParts(
    TransferScheduler scheduler,
    ObjectAddress address,
    ObjectAttributes attributes,
    IReadOnlyDictionary<string, string> metadata,
    WriteCondition condition,
    ITransferObserver observer,
    CancellationToken cancellationToken)
{
    /// <param name="storeParts">Stores the parts of the upload with the id that it is given, and tells them and their length together.</param>
    /// <exception cref="CseException">Nothing was stored.</exception>
    public async Task<StoredObject> RunAsync(Func<string, Task<(IEnumerable<UploadedPart> Parts, long Size)>> storeParts)
    {
        using var cleanup = new Cleanup(scheduler.Limits, cancellationToken);
        var uploadId = await scheduler.RequestAsync(
            s3 => s3.CreateMultipartUploadAsync(
                address, attributes, metadata, () => observer.UploadLeft(address, null), cleanup.AnswerToken, cancellationToken),
            cancellationToken).ConfigureAwait(false);
        try
        {
            var (stored, size) = await storeParts(uploadId).ConfigureAwait(false);
            UploadedPart[] parts = [.. stored.OrderBy(part => part.Number)];
            return await new StoreRequest(scheduler, address, metadata, size, Crc32Text.OfParts(parts), cancellationToken).SendAsync(
                s3 => s3.CompleteMultipartUploadAsync(address, attributes, uploadId, parts, condition, cancellationToken))
                .ConfigureAwait(false);
        }
        catch
        {
            await AbortAsync(uploadId, cleanup).ConfigureAwait(false);
            throw;
        }
    }

    // Not one of the requests that wait for their turn: the others may stand still. What caused the failure must not stop it.
    private async Task AbortAsync(string uploadId, Cleanup cleanup)
    {
        try
        {
            await scheduler.S3.AbortMultipartUploadAsync(address, uploadId, atOnce: true, cleanup.Begin()).ConfigureAwait(false);
        }
        catch (CseException failure) when (failure.ErrorId == ErrorId.UploadVanished)
        {
        }
        catch (Exception e) when (e is CseException or OperationCanceledException)
        {
            // The first failure is the one that the caller must hear of first.
            observer.UploadLeft(address, uploadId);
        }
    }
}
