using System.Collections.Concurrent;
using CseKms.Core.Algorithms;
using CseKms.Core.Aws;
using CseKms.Core.Content;

namespace CseKms.Core.Transfer;

/// <summary>
/// Stores one object in parts. The calling task reads one part after another; each is encrypted and uploaded by a task of its own. An
/// upload that fails is dropped, with the parts that S3 holds of it. Serves once.
/// </summary>
internal sealed class MultipartUpload(
    TransferScheduler scheduler,
    UploadRequest request,
    IReadOnlyDictionary<string, string> metadata,
    ITransferObserver observer,
    CancellationToken cancellationToken)
{
    // The clean-up after a failure must not be stopped by what caused it, nor hold up the caller for long.
    private static readonly TimeSpan AbortTimeout = TimeSpan.FromSeconds(10);

    private readonly ConcurrentBag<UploadedPart> _uploaded = [];
    private string _uploadId = "";

    /// <param name="content">The source.</param>
    /// <param name="reader">Reads it.</param>
    /// <param name="first">The first part.</param>
    /// <param name="cipher">Encrypts the object.</param>
    /// <exception cref="CseException">Nothing was stored.</exception>
    public async Task<StoredObject> RunAsync(UploadContent content, PartReader reader, Part first, ContentCipher cipher)
    {
        _uploadId = await scheduler.RequestAsync(
            s3 => s3.CreateMultipartUploadAsync(request.Address, request.Attributes, metadata, cancellationToken), cancellationToken)
            .ConfigureAwait(false);
        try
        {
            await SendPartsAsync(reader, first, cipher).ConfigureAwait(false);
            content.EnsureUnchanged();
            return await new StoreRequest(scheduler, request.Address, metadata, cancellationToken).SendAsync(
                s3 => s3.CompleteMultipartUploadAsync(request.Address, _uploadId, _uploaded, request.NoClobber, cancellationToken))
                .ConfigureAwait(false);
        }
        catch
        {
            await AbortAsync().ConfigureAwait(false);
            throw;
        }
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
            _uploaded.Add(await part.LendAsync(body => scheduler.RequestAsync(
                s3 => s3.UploadPartAsync(
                    request.Address, _uploadId, part.Number, body, part.Crc32.GetCurrentHashAsUInt32(), request.SignsPayload, stop),
                stop)).ConfigureAwait(false));
            observer.Transferred(part.ContentLength);
        }
    }

    // Not one of the requests that wait for their turn: the others may stand still.
    private async Task AbortAsync()
    {
        using var timeout = new CancellationTokenSource(AbortTimeout);
        try
        {
            await scheduler.S3.AbortMultipartUploadAsync(request.Address, _uploadId, timeout.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is CseException or OperationCanceledException)
        {
            // The first failure is the one that the caller must hear of.
        }
    }
}
