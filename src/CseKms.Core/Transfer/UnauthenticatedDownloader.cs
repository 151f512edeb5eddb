using CseKms.Core.Algorithms;
using CseKms.Core.Aws;
using CseKms.Core.Content;
using CseKms.Core.Format;
using CseKms.Core.Materials;

namespace CseKms.Core.Transfer;

/// <summary>
/// Receives what no tag protects: CBC content, whole, and ranges of GCM content. The sink is committed only when all was received.
/// Thread-safe.
/// </summary>
internal sealed class UnauthenticatedDownloader(CryptographicMaterialsManager materialsManager, TransferScheduler scheduler, RangeReader ranges)
{
    private const int BlockSize = CbcContent.BlockSize;

    /// <summary>Receives an object that is encrypted by CBC.</summary>
    /// <exception cref="CseException">The sink was not committed.</exception>
    public async Task<TransferResult> DownloadCbcAsync(
        ObjectAddress address,
        ObjectHead head,
        ContentMetadata metadata,
        IPlaintextSink sink,
        ITransferObserver observer,
        CancellationToken cancellationToken)
    {
        using var materials = await materialsManager.GetDecryptionMaterialsAsync(metadata, address, cancellationToken).ConfigureAwait(false);
        using var cipher = Cipher(metadata, materials);
        var cbc = cipher.OpenCbc();
        if (head.Size == 0 || head.Size % BlockSize != 0)
        {
            throw CbcContent.Failed();
        }

        // The last block tells how long the plaintext is, and the one before it is its IV.
        var tail = new byte[Math.Min(head.Size, 2 * BlockSize)];
        await ranges.ReadAsync(address, head, head.Size - tail.Length, tail, cancellationToken).ConfigureAwait(false);
        cbc.Decrypt(tail.Length > BlockSize ? tail.AsSpan(0, BlockSize) : metadata.Nonce, tail.AsSpan(^BlockSize..));
        var plaintextLength = head.Size - CbcContent.PaddingLength(tail.AsSpan(^BlockSize..));

        observer.LengthKnown(plaintextLength);
        sink.Open(plaintextLength);
        var previous = metadata.Nonce;
        for (long offset = 0; offset < head.Size; offset += Part.Size)
        {
            var length = (int)Math.Min(Part.Size, head.Size - offset);
            using var buffer = await scheduler.RentAsync(length, cancellationToken).ConfigureAwait(false);
            var bytes = buffer.Bytes.AsMemory(0, length);
            await ranges.ReadAsync(address, head, offset, bytes, cancellationToken).ConfigureAwait(false);
            var next = bytes.Span[^BlockSize..].ToArray();
            cbc.Decrypt(previous, bytes.Span);
            previous = next;
            var plaintext = bytes[..(int)Math.Min(length, plaintextLength - offset)];
            sink.Write(offset, plaintext.Span);
            observer.Transferred(plaintext.Length);
        }

        sink.Commit();
        return Result(head, metadata, materials, plaintextLength);
    }

    /// <summary>Receives a part of an object.</summary>
    /// <exception cref="CseException">The sink was not committed.</exception>
    public async Task<TransferResult> DownloadRangeAsync(
        ObjectAddress address,
        ObjectHead head,
        ContentMetadata metadata,
        PlaintextRange range,
        IPlaintextSink sink,
        ITransferObserver observer,
        CancellationToken cancellationToken)
    {
        if (!metadata.Suite.IsAuthenticated)
        {
            throw new CseException(
                ErrorId.RangeNotSupported, $"The object {address} is encrypted with {metadata.Suite.Name}, of which no ranges are read. Leave -Range out.");
        }

        var size = PlaintextLength.Of(head.Size);
        if (range.First >= size)
        {
            throw new CseException(ErrorId.RangeOutsideObject, $"The object {address} has {size:N0} bytes, and -Range begins at {range.First:N0}.");
        }

        using var materials = await materialsManager.GetDecryptionMaterialsAsync(metadata, address, cancellationToken).ConfigureAwait(false);
        using var cipher = Cipher(metadata, materials);
        var content = cipher.OpenRanges();
        var end = Math.Min(range.Last ?? long.MaxValue, size - 1) + 1;

        observer.LengthKnown(end - range.First);
        sink.Open(end - range.First);
        var start = range.First & -SeekableGcm.BlockSize;
        await TaskGroup.RunAsync(
            async group =>
            {
                for (var offset = start; offset < end; offset += Part.Size)
                {
                    // Whole blocks, but never the tag, which begins where the content ends.
                    var at = offset;
                    var length = (int)Math.Min(Part.Size, Math.Min(size, (end + SeekableGcm.BlockSize - 1) & -SeekableGcm.BlockSize) - at);
                    var buffer = await scheduler.RentAsync(length, group.Token).ConfigureAwait(false);
                    group.Start(() => ReceiveAsync(at, length, buffer));
                }

                async Task ReceiveAsync(long at, int length, TransferBuffer buffer)
                {
                    using (buffer)
                    {
                        var bytes = buffer.Bytes.AsMemory(0, length);
                        await ranges.ReadAsync(address, head, at, bytes, group.Token).ConfigureAwait(false);
                        content.Decrypt(at, bytes.Span);
                        var skip = (int)Math.Max(0, range.First - at);
                        var wanted = bytes[skip..(int)Math.Min(length, end - at)];
                        sink.Write(at + skip - range.First, wanted.Span);
                        observer.Transferred(wanted.Length);
                    }
                }
            },
            cancellationToken).ConfigureAwait(false);

        sink.Commit();
        return Result(head, metadata, materials, end - range.First);
    }

    private static ContentCipher Cipher(ContentMetadata metadata, DecryptionMaterials materials) =>
        ContentCipher.ForDecryption(metadata.Suite, materials.PlaintextDataKey, metadata.Nonce, metadata.KeyCommitment);

    private static TransferResult Result(ObjectHead head, ContentMetadata metadata, DecryptionMaterials materials, long length) =>
        new(head.ETag, head.VersionId, length, head.Size, metadata.Suite.Name) { KmsKeyId = materials.KmsKeyId, IsAuthenticated = false };
}
