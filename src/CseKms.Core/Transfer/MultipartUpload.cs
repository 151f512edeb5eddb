using System.Collections.Concurrent;
using System.IO.Hashing;
using CseKms.Core.Algorithms;
using CseKms.Core.Aws;
using CseKms.Core.Content;

namespace CseKms.Core.Transfer;

/// <summary>
/// Encrypts and stores one object in parts. The calling task reads one part after another; each is encrypted and uploaded by a task of its
/// own. Serves once.
/// </summary>
internal sealed class MultipartUpload(
    TransferScheduler scheduler,
    UploadRequest request,
    IReadOnlyDictionary<string, string> metadata,
    ITransferObserver observer,
    CancellationToken cancellationToken)
{
    private readonly ConcurrentBag<UploadedPart> _uploaded = [];
    private string _uploadId = "";

    /// <param name="content">The content, of which the first part was read.</param>
    /// <exception cref="CseException">Nothing was stored.</exception>
    public async Task<StoredObject> RunAsync(PreparedContent content)
    {
        var store = new StoreInParts(scheduler, request.Address, request.Attributes, metadata, request.Condition, observer, cancellationToken);
        return await store.RunAsync(async uploadId =>
        {
            _uploadId = uploadId;
            await content.EncryptPartsAsync(scheduler, UploadAsync, cancellationToken).ConfigureAwait(false);
            return (_uploaded, content.Length + AlgorithmSuite.TagLength);
        }).ConfigureAwait(false);
    }

    private async Task UploadAsync(Part part, CancellationToken stop)
    {
        await part.LendAsync(async body =>
        {
            var fits = body.Count - part.TagOverflow;
            await SendAsync(part.Number, body[..fits], part.Crc32.GetCurrentHashAsUInt32(), stop).ConfigureAwait(false);
            if (part.TagOverflow > 0)
            {
                await SendAsync(part.Number + 1, body[fits..], Crc32.HashToUInt32(body[fits..]), stop).ConfigureAwait(false);
            }

            return true;
        }).ConfigureAwait(false);
        observer.Transferred(part.ContentLength);
    }

    private async Task SendAsync(int number, ArraySegment<byte> body, uint crc32, CancellationToken stop) =>
        _uploaded.Add(await scheduler.RequestAsync(
            s3 => s3.UploadPartAsync(request.Address, request.Attributes, _uploadId, number, body, crc32, request.SignsPayload, stop), stop).ConfigureAwait(false));
}
