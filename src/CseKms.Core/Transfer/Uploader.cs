using System.Collections.Concurrent;
using System.IO.Hashing;
using CseKms.Core.Algorithms;
using CseKms.Core.Aws;
using CseKms.Core.Content;
using CseKms.Core.Format;
using CseKms.Core.Materials;

namespace CseKms.Core.Transfer;

/// <summary>
/// Encrypts and stores objects. Each part is encrypted once, in place, and the same bytes are sent again when a request is
/// repeated. Thread-safe.
/// </summary>
internal sealed class Uploader(S3Gateway s3, CryptographicMaterialsManager materialsManager, TransferScheduler scheduler)
{
    // The clean-up after a failure must not be stopped by what caused it, nor hold up the caller for long.
    private static readonly TimeSpan AbortTimeout = TimeSpan.FromSeconds(10);

    private const int MaxAttempts = 3;

    /// <exception cref="CseException">Nothing was stored.</exception>
    public async Task<TransferResult> UploadAsync(UploadRequest request, ITransferObserver observer, CancellationToken cancellationToken)
    {
        EnsureMetadataFits(request);
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await UploadOnceAsync(request, observer, cancellationToken).ConfigureAwait(false);
            }
            catch (CseException failure) when (failure.ErrorId == ErrorId.WriteConflict && request.Source.IsRepeatable && attempt < MaxAttempts)
            {
                // S3 asks to begin again. The bytes are read again and may have changed, so the data key must be a new one too.
            }
        }
    }

    private async Task<TransferResult> UploadOnceAsync(UploadRequest request, ITransferObserver observer, CancellationToken cancellationToken)
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

        var capacity = (int)Math.Min(content.Length ?? Part.Size, Part.Size) + AlgorithmSuite.TagLength;
        var buffer = await scheduler.RentAsync(capacity, cancellationToken).ConfigureAwait(false);
        try
        {
            var reader = new PartReader(content);
            var (firstLength, isLast) = await reader.ReadAsync(buffer.Bytes, cancellationToken).ConfigureAwait(false);
            if (isLast || capacity < Part.BufferSize)
            {
                content.EnsureUnchanged();
            }

            using var materials = await materialsManager
                .GetEncryptionMaterialsAsync(request.Address, request.EncryptionContext, cancellationToken).ConfigureAwait(false);
            using var cipher = ContentCipher.ForEncryption(materials.Suite, materials.PlaintextDataKey);
            var (metadata, instructions) = Envelope(materials, cipher, isLast ? firstLength : content.Length, request);
            StoredObject stored;
            if (isLast)
            {
                cipher.EncryptWhole(buffer.Bytes.AsSpan(0, firstLength), buffer.Bytes.AsSpan(firstLength, AlgorithmSuite.TagLength));
                stored = await buffer.LendAsync(
                    firstLength + AlgorithmSuite.TagLength,
                    body => StoreAsync(
                        () => s3.PutAsync(request.Address, request.Attributes, metadata, request.NoClobber, body, request.SignsPayload, cancellationToken),
                        request.Address,
                        metadata,
                        cancellationToken)).ConfigureAwait(false);
                observer.Transferred(firstLength);
            }
            else
            {
                var first = buffer;
                buffer = null;
                stored = await UploadPartsAsync(request, content, reader, first, cipher, metadata, observer, cancellationToken)
                    .ConfigureAwait(false);
            }

            if (instructions.Count > 0)
            {
                await StoreInstructionFileAsync(request, instructions, cancellationToken).ConfigureAwait(false);
            }

            return new TransferResult(
                stored.ETag, stored.VersionId, reader.Length, reader.Length + AlgorithmSuite.TagLength, materials.Suite.Name);
        }
        finally
        {
            buffer?.Dispose();
        }
    }

    private async Task<StoredObject> UploadPartsAsync(
        UploadRequest request,
        UploadContent content,
        PartReader reader,
        TransferBuffer firstBuffer,
        ContentCipher cipher,
        IReadOnlyDictionary<string, string> metadata,
        ITransferObserver observer,
        CancellationToken cancellationToken)
    {
        string uploadId;
        try
        {
            uploadId = await scheduler.RequestAsync(
                () => s3.CreateMultipartUploadAsync(request.Address, request.Attributes, metadata, cancellationToken),
                cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            firstBuffer.Dispose();
            throw;
        }

        try
        {
            var parts = await EncryptPartsAsync(request, uploadId, reader, firstBuffer, cipher, observer, cancellationToken)
                .ConfigureAwait(false);
            content.EnsureUnchanged();
            return await StoreAsync(
                () => s3.CompleteMultipartUploadAsync(request.Address, uploadId, parts, request.NoClobber, cancellationToken),
                request.Address,
                metadata,
                cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            await AbortAsync(request.Address, uploadId).ConfigureAwait(false);
            throw;
        }
    }

    // A reply may be lost after S3 has stored the object, and the SDK then asks again by itself: what it hears of the second time is
    // our own object. Its IV or message id tells.
    private async Task<StoredObject> StoreAsync(
        Func<Task<StoredObject>> store, ObjectAddress address, IReadOnlyDictionary<string, string> metadata, CancellationToken cancellationToken)
    {
        try
        {
            return await scheduler.RequestAsync(store, cancellationToken).ConfigureAwait(false);
        }
        catch (CseException failure) when (failure.ErrorId is ErrorId.AlreadyExists or ErrorId.UploadVanished)
        {
            if (await FindOwnAsync(address, metadata, cancellationToken).ConfigureAwait(false) is { } own)
            {
                return own;
            }

            throw;
        }
    }

    private async Task<StoredObject?> FindOwnAsync(
        ObjectAddress address, IReadOnlyDictionary<string, string> metadata, CancellationToken cancellationToken)
    {
        var name = metadata.ContainsKey(MetadataKeys.V3MessageId) ? MetadataKeys.V3MessageId : MetadataKeys.Iv;
        if (!metadata.ContainsKey(name))
        {
            // V2's is in the instruction file, which is not stored yet.
            return null;
        }

        try
        {
            var head = await scheduler.RequestAsync(() => s3.HeadAsync(address, cancellationToken), cancellationToken).ConfigureAwait(false);
            return head.Metadata.TryGetValue(name, out var nonce) && nonce == metadata[name] ? new StoredObject(head.ETag, head.VersionId) : null;
        }
        catch (CseException)
        {
            // The first failure is the one that the caller must hear of.
            return null;
        }
    }

    // The calling task reads one part after another; each is encrypted and uploaded by a task of its own.
    private async Task<IReadOnlyCollection<UploadedPart>> EncryptPartsAsync(
        UploadRequest request,
        string uploadId,
        PartReader reader,
        TransferBuffer firstBuffer,
        ContentCipher cipher,
        ITransferObserver observer,
        CancellationToken cancellationToken)
    {
        using var message = cipher.OpenMessage();
        var parts = new ConcurrentBag<UploadedPart>();
        await TaskGroup.RunAsync(
            async group =>
            {
                var encryptions = new List<Task>();
                var buffer = firstBuffer;
                try
                {
                    var (length, isLast) = (Part.Size, false);
                    for (var number = 1; !isLast; number++)
                    {
                        if (number > 1)
                        {
                            buffer = await scheduler.RentAsync(Part.BufferSize, group.Token).ConfigureAwait(false);
                            (length, isLast) = await reader.ReadAsync(buffer.Bytes, group.Token).ConfigureAwait(false);
                        }

                        var part = (Number: number, Buffer: buffer!, Length: length);
                        buffer = null;
                        var encryption = Task.Run(() => Encrypt(
                            message, (part.Number - 1L) * Part.Size, part.Buffer.Bytes.AsSpan(0, part.Length)));
                        encryptions.Add(encryption);
                        var all = isLast ? Task.WhenAll(encryptions) : null;
                        group.Start(() => UploadAsync(part.Number, part.Buffer, part.Length, encryption, all));
                    }
                }
                finally
                {
                    buffer?.Dispose();
                }

                async Task UploadAsync(int number, TransferBuffer part, int contentLength, Task<Crc32> encryption, Task? all)
                {
                    using (part)
                    {
                        var crc32 = await encryption.ConfigureAwait(false);
                        var length = contentLength;
                        if (all is not null)
                        {
                            await all.ConfigureAwait(false);
                            var tag = part.Bytes.AsMemory(contentLength, AlgorithmSuite.TagLength);
                            message.ComputeTag(reader.Length, tag.Span);
                            crc32.Append(tag.Span);
                            length += tag.Length;
                        }

                        parts.Add(await part.LendAsync(
                            length,
                            body => scheduler.RequestAsync(
                                () => s3.UploadPartAsync(
                                    request.Address, uploadId, number, body, crc32.GetCurrentHashAsUInt32(), request.SignsPayload, group.Token),
                                group.Token)).ConfigureAwait(false));
                        observer.Transferred(contentLength);
                    }
                }
            },
            cancellationToken).ConfigureAwait(false);
        return parts;
    }

    // Strip by strip, so that the checksum finds the ciphertext still in the cache.
    private static Crc32 Encrypt(SeekableGcm message, long offset, Span<byte> content)
    {
        var crc32 = new Crc32();
        for (var at = 0; at < content.Length; at += SeekableGcm.StripSize)
        {
            var strip = content.Slice(at, Math.Min(SeekableGcm.StripSize, content.Length - at));
            message.Encrypt(offset + at, strip, strip);
            crc32.Append(strip);
        }

        return crc32;
    }

    private async Task AbortAsync(ObjectAddress address, string uploadId)
    {
        using var timeout = new CancellationTokenSource(AbortTimeout);
        try
        {
            await s3.AbortMultipartUploadAsync(address, uploadId, timeout.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is CseException or OperationCanceledException)
        {
            // The first failure is the one that the caller must hear of.
        }
    }

    // After the object: the other way around, an upload that fails would leave the object that was there without its envelope.
    private async Task StoreInstructionFileAsync(
        UploadRequest request, IReadOnlyDictionary<string, string> instructions, CancellationToken cancellationToken)
    {
        var address = request.Address;
        var file = address with { Key = InstructionFile.KeyOf(address.Key, InstructionFile.Suffix) };
        var attributes = request.Attributes with { ContentType = "application/json" };
        var mark = new Dictionary<string, string> { [MetadataKeys.InstructionFileMark] = "" };
        try
        {
            await scheduler.RequestAsync(
                () => s3.PutAsync(
                    file, attributes, mark, noClobber: false, InstructionFile.Encode(instructions), request.SignsPayload, cancellationToken),
                cancellationToken).ConfigureAwait(false);
        }
        catch (CseException failure)
        {
            throw new CseException(
                ErrorId.InstructionFileNotStored,
                $"The object {address} was stored, and its instruction file was not, so that nobody can read it. Send it again. {failure.Message}",
                failure);
        }
    }

    private static (Dictionary<string, string> Metadata, Dictionary<string, string> Instructions) Envelope(
        EncryptionMaterials materials, ContentCipher cipher, long? plaintextLength, UploadRequest request)
    {
        var metadata = ContentMetadataCodec.Encode(materials.Envelope(cipher), plaintextLength);
        var instructions = metadata.Where(pair => request.InstructionFile && InstructionFile.Holds(pair.Key)).ToDictionary();
        foreach (var name in instructions.Keys)
        {
            metadata.Remove(name);
        }

        foreach (var (name, value) in request.Attributes.Metadata)
        {
            metadata.Add(name, value);
        }

        EnsureSize(MetadataText.SizeInS3(metadata));
        return (metadata, instructions);
    }

    // Asked before KMS makes a data key that could not be stored.
    private void EnsureMetadataFits(UploadRequest request)
    {
        var userMetadata = request.Attributes.Metadata;
        foreach (var (name, value) in userMetadata)
        {
            if (name.StartsWith(MetadataKeys.Prefix, StringComparison.OrdinalIgnoreCase))
            {
                throw new CseException(ErrorId.ReservedName, $"The metadata name '{name}' is reserved: names that begin with '{MetadataKeys.Prefix}' belong to S3 and the envelope.");
            }

            if (!IsHeaderText(name) || !IsHeaderText(value))
            {
                throw new CseException(ErrorId.MetadataNotAscii, $"The metadata '{name}' holds a character that S3 metadata cannot carry. Only printable ASCII is kept unchanged.");
            }
        }

        EnsureSize(
            materialsManager.EstimateSize(request.Address, request.EncryptionContext, request.InstructionFile)
            + MetadataText.SizeInS3(userMetadata));
    }

    private static bool IsHeaderText(string text) => text.All(c => c is >= ' ' and <= '~');

    private static void EnsureSize(int size)
    {
        if (size > MetadataText.MaxSize)
        {
            throw new CseException(
                ErrorId.MetadataTooLarge,
                $"Envelope and metadata take {size:N0} bytes, and S3 stores {MetadataText.MaxSize:N0}. Shorten -Metadata or -EncryptionContext, or give -InstructionFile.");
        }
    }
}
