using CseKms.Core.Algorithms;
using CseKms.Core.Content;
using CseKms.Core.Format;
using CseKms.Core.Materials;

namespace CseKms.Core.Transfer;

/// <summary>Encrypts a file into a file of ciphertext and a file with its envelope. Serves once.</summary>
internal sealed class FileEncryption(
    TransferScheduler scheduler,
    CryptographicMaterialsManager materialsManager,
    ProtectRequest request,
    ReceivingFolders folders,
    ITransferObserver observer,
    CancellationToken cancellationToken)
{
    /// <exception cref="CseException">No file was made or changed.</exception>
    public async Task<TransferResult> RunAsync()
    {
        // What is made must fit into an object's metadata.
        ObjectMetadata.EnsureFits(StringMap.Empty, materialsManager.EstimateSize(address: null, ownContext: null, withInstructionFile: false));
        using var ciphertext = new FileSink(request.Ciphertext, folders);
        using var envelope = new FileSink(request.Envelope, folders);
        ciphertext.Prepare(observer.TemporaryFileLeft);
        envelope.Prepare(observer.TemporaryFileLeft);
        using var prepared = await PreparedContent
            .PrepareAsync(scheduler, materialsManager, request.Source, address: null, context: null, observer, cancellationToken).ConfigureAwait(false);
        ciphertext.Open(prepared.First.ContentLength + AlgorithmSuite.TagLength);
        await EncryptAsync(prepared, ciphertext).ConfigureAwait(false);
        var size = prepared.Length + AlgorithmSuite.TagLength;
        Publish(ciphertext, envelope, EnvelopeFile.Encode(prepared.Envelope, size));
        return new TransferResult(ETag: "", VersionId: null, prepared.Length, size, prepared.Algorithm) { KmsKeyId = prepared.KmsKeyId };
    }

    private Task EncryptAsync(PreparedContent prepared, FileSink ciphertext)
    {
        if (prepared.First.IsLast)
        {
            prepared.Cipher.EncryptWhole(prepared.First.Content, prepared.First.Tag);
            return WriteAsync(prepared.First);
        }

        return prepared.EncryptPartsAsync(scheduler, (part, _) => WriteAsync(part), cancellationToken);

        Task WriteAsync(Part part) => part.LendAsync(body =>
        {
            ciphertext.Write(part.Offset, body);
            observer.Transferred(part.ContentLength);
            return Task.FromResult(true);
        });
    }

    // The old envelope goes first and the new one comes last: at no moment stands a ciphertext beside the envelope of another.
    private static void Publish(FileSink ciphertext, FileSink envelope, byte[] json)
    {
        envelope.Open(json.Length);
        envelope.Write(0, json);
        envelope.RemoveTarget();
        ciphertext.Commit();
        try
        {
            envelope.Commit();
        }
        catch
        {
            // Nobody can read it.
            ciphertext.RemoveTarget();
            throw;
        }
    }
}
