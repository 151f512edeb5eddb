using CseKms.Core.Content;
using CseKms.Core.Format;
using CseKms.Core.Materials;

namespace CseKms.Core.Transfer;

/// <summary>Verifies and decrypts a file of ciphertext into another file, by the envelope that is in a file too. Serves once.</summary>
internal sealed class FileDecryption(
    TransferScheduler scheduler,
    CryptographicMaterialsManager materialsManager,
    UnprotectRequest request,
    ReceivingFolders folders,
    ITransferObserver observer,
    CancellationToken cancellationToken)
{
    /// <exception cref="CseException">No file was made or changed.</exception>
    public async Task<TransferResult> RunAsync()
    {
        using var sink = new FileSink(request.Plaintext, folders);
        sink.Prepare(observer.TemporaryFileLeft);
        var metadata = await ReadEnvelopeAsync().ConfigureAwait(false);
        using var stored = new LocalObject(request.CiphertextPath, request.CiphertextBelow);
        if (stored.Head.Size == 0)
        {
            throw PlaintextLength.BodyMissing();
        }

        var firstLength = (int)Math.Min(stored.Head.Size, Part.BufferSize);
        using var first = await scheduler.RentAsync(firstLength, cancellationToken).ConfigureAwait(false);
        await ((IStoredObject)stored).ReadAsync(0, first.Bytes.AsMemory(0, firstLength), cancellationToken).ConfigureAwait(false);
        return await new ContentDownload(scheduler, materialsManager, sink, observer, cancellationToken)
            .RunAsync(stored, request.Address, metadata, first, firstLength).ConfigureAwait(false);
    }

    private async Task<ContentMetadata> ReadEnvelopeAsync()
    {
        var files = new List<byte[]>();
        foreach (var path in request.EnvelopePaths)
        {
            files.Add(await LocalObject.ReadEnvelopeAsync(path, request.EnvelopesBelow, EnvelopeFile.MaxSize, cancellationToken).ConfigureAwait(false));
        }

        return EnvelopeFile.Decode(files);
    }
}
