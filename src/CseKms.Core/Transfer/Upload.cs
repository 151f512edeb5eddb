using CseKms.Core.Algorithms;
using CseKms.Core.Aws;
using CseKms.Core.Content;
using CseKms.Core.Format;
using CseKms.Core.Materials;

namespace CseKms.Core.Transfer;

/// <summary>
/// Encrypts and stores one object: its content by one request or, in parts, by many, and after it the instruction file where one is
/// wanted. Each part is encrypted once, in place, and the same bytes are sent again when a request is repeated. Serves once.
/// </summary>
internal sealed class Upload(
    TransferScheduler scheduler,
    CryptographicMaterialsManager materialsManager,
    UploadRequest request,
    ITransferObserver observer,
    CancellationToken cancellationToken)
{
    private const int MaxAttempts = 3;

    /// <exception cref="CseException">Nothing was stored.</exception>
    public async Task<TransferResult> RunAsync()
    {
        ObjectHeaders.EnsureValid(request.Attributes);
        ObjectMetadata.EnsureFits(
            FileProperties.Largest.Only(request.Keep).AddTo(request.Attributes.Metadata),
            materialsManager.EstimateSize(request.Address, request.EncryptionContext, request.InstructionFile));
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await TryAsync().ConfigureAwait(false);
            }
            catch (CseException failure) when (failure.ErrorId == ErrorId.WriteConflict && request.Source.IsRepeatable && attempt < MaxAttempts)
            {
                // S3 asks to begin again. The bytes are read again and may have changed, so the data key must be a new one too.
            }
        }
    }

    private async Task<TransferResult> TryAsync()
    {
        using var prepared = await PreparedContent
            .PrepareAsync(scheduler, materialsManager, request.Source, request.Address, request.EncryptionContext, observer, cancellationToken).ConfigureAwait(false);
        var metadata = ObjectMetadata.Of(
            prepared.Envelope, prepared.Properties.Only(request.Keep).AddTo(request.Attributes.Metadata), request.InstructionFile);
        var stored = prepared.First.IsLast
            ? await PutAsync(prepared.First, prepared.Cipher, metadata.OnObject).ConfigureAwait(false)
            : await new MultipartUpload(scheduler, request, metadata.OnObject, observer, cancellationToken).RunAsync(prepared).ConfigureAwait(false);
        if (metadata.InInstructionFile.Count > 0)
        {
            await new InstructionFileStore(scheduler, request.Address, InstructionFile.Suffix, request.Attributes, cancellationToken)
                .PutAsync(metadata.InInstructionFile, request.SignsPayload).ConfigureAwait(false);
        }

        return new TransferResult(
            stored.ETag, stored.VersionId, prepared.Length, prepared.Length + AlgorithmSuite.TagLength, prepared.Algorithm)
        {
            KmsKeyId = prepared.KmsKeyId,
            Format = prepared.Format,
            Envelope = prepared.Envelope,
        };
    }

    private async Task<StoredObject> PutAsync(Part whole, ContentCipher cipher, IReadOnlyDictionary<string, string> metadata)
    {
        cipher.EncryptWhole(whole.Content, whole.Tag);
        var stored = await whole.LendAsync(body => new StoreRequest(scheduler, request.Address, metadata, body.Count, Crc32Text.Of(body), cancellationToken).SendAsync(
            s3 => s3.PutAsync(request.Address, request.Attributes, metadata, request.Condition, body, request.SignsPayload, cancellationToken)))
            .ConfigureAwait(false);
        observer.Transferred(whole.ContentLength);
        return stored;
    }
}
