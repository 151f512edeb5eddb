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

    /// <param name="content">The source.</param>
    /// <param name="reader">Reads it.</param>
    /// <param name="first">The first part.</param>
    /// <param name="cipher">Encrypts the object.</param>
    /// <exception cref="CseException">Nothing was stored.</exception>
    public async Task<StoredObject> RunAsync(UploadContent content, PartReader reader, Part first, ContentCipher cipher)
    {
        var store = new StoreInParts(scheduler, request.Address, request.Attributes, metadata, request.Condition, observer, cancellationToken);
        return await store.RunAsync(async uploadId =>
        {
            _uploadId = uploadId;
            await SendPartsAsync(reader, first, cipher).ConfigureAwait(false);
            content.EnsureUnchanged();
            return (_uploaded, reader.Length + AlgorithmSuite.TagLength);
        }).ConfigureAwait(false);
    }

    private async Task SendPartsAsync(PartReader reader, Part first, ContentCipher cipher)
    {
        using var encryptor = new MessageEncryptor(cipher);
        await TaskGroup.RunAsync(
            async group =>
            {
                var encryptions = new List<Task>();
                for (var part = first; part is not null; part = part.IsLast ? null : await ReadAsync().ConfigureAwait(false))
                {
                    var next = part;
                    var encryption = Task.Run(() => encryptor.Encrypt(next));
                    encryptions.Add(encryption);
                    var ready = part.IsLast ? SealAsync(part) : encryption;
                    group.Start(() => UploadAsync(next, ready, group.Token));
                }

                async ValueTask<Part> ReadAsync()
                {
                    var buffer = await scheduler.RentAsync(Part.BufferSize, group.Token).ConfigureAwait(false);
                    return await reader.ReadAsync(buffer, group.Token).ConfigureAwait(false);
                }

                async Task SealAsync(Part last)
                {
                    await Task.WhenAll(encryptions).ConfigureAwait(false);
                    encryptor.Seal(last);
                }
            },
            cancellationToken).ConfigureAwait(false);
    }

    private async Task UploadAsync(Part part, Task ready, CancellationToken stop)
    {
        using (part)
        {
            await ready.ConfigureAwait(false);
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
    }

    private async Task SendAsync(int number, ArraySegment<byte> body, uint crc32, CancellationToken stop) =>
        _uploaded.Add(await scheduler.RequestAsync(
            s3 => s3.UploadPartAsync(request.Address, request.Attributes, _uploadId, number, body, crc32, request.SignsPayload, stop), stop).ConfigureAwait(false));
}
