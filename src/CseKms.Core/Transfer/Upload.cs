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
            request.Attributes.Metadata, materialsManager.EstimateSize(request.Address, request.EncryptionContext, request.InstructionFile));
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
        using var content = request.Source.Open();
        if (content.Length > SeekableGcm.MaxPlaintextLength)
        {
            throw PartReader.TooLarge();
        }

        if (content.Length is { } length)
        {
            observer.LengthKnown(length);
        }

        var reader = new PartReader(content);
        var capacity = (int)Math.Min(content.Length ?? Part.Size, Part.Size) + AlgorithmSuite.TagLength;
        var buffer = await scheduler.RentAsync(capacity, cancellationToken).ConfigureAwait(false);
        using var first = await reader.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        if (first.IsLast || capacity < Part.BufferSize)
        {
            content.EnsureUnchanged();
        }

        using var materials = await materialsManager
            .GetEncryptionMaterialsAsync(request.Address, request.EncryptionContext, cancellationToken).ConfigureAwait(false);
        using var cipher = ContentCipher.ForEncryption(materials.Suite, materials.PlaintextDataKey);
        var envelope = ContentMetadataCodec.Encode(materials.Envelope(cipher), first.IsLast ? first.ContentLength : content.Length);
        var metadata = ObjectMetadata.Of(envelope, request.Attributes.Metadata, request.InstructionFile);
        var stored = first.IsLast
            ? await PutAsync(first, cipher, metadata.OnObject).ConfigureAwait(false)
            : await new MultipartUpload(scheduler, request, metadata.OnObject, observer, cancellationToken)
                .RunAsync(content, reader, first, cipher).ConfigureAwait(false);
        if (metadata.InInstructionFile.Count > 0)
        {
            await new InstructionFileStore(scheduler, request.Address, InstructionFile.Suffix, request.Attributes, cancellationToken)
                .PutAsync(metadata.InInstructionFile, request.SignsPayload).ConfigureAwait(false);
        }

        return new TransferResult(
            stored.ETag, stored.VersionId, reader.Length, reader.Length + AlgorithmSuite.TagLength, materials.Suite.Name)
        {
            KmsKeyId = materials.KmsKeyId,
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
