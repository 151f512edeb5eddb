using CseKms.Core.Algorithms;
using CseKms.Core.Content;
using CseKms.Core.Format;
using CseKms.Core.Materials;

namespace CseKms.Core.Transfer;

/// <summary>
/// Decrypts one object whose beginning was read and whose envelope was found, into a sink that has room for it: at once, in parallel
/// ranges, or by CBC. Serves once.
/// </summary>
internal sealed class ContentDownload(
    TransferScheduler scheduler,
    CryptographicMaterialsManager materialsManager,
    IPlaintextSink sink,
    ITransferObserver observer,
    CancellationToken cancellationToken)
{
    /// <param name="stored">The object.</param>
    /// <param name="address">Where it is stored, if that is known.</param>
    /// <param name="metadata">Its envelope.</param>
    /// <param name="first">Its beginning; disposed of as soon as it is decrypted.</param>
    /// <param name="firstLength">How many bytes of it.</param>
    /// <exception cref="CseException">The sink was not committed.</exception>
    public async Task<TransferResult> RunAsync(
        IStoredObject stored, ObjectAddress? address, ContentMetadata metadata, TransferBuffer first, int firstLength)
    {
        using var opened = await OpenedObject.OpenAsync(materialsManager, stored, address, metadata, cancellationToken).ConfigureAwait(false);
        if (!metadata.Suite.IsAuthenticated)
        {
            return await new CbcDownload(scheduler, opened, metadata.Nonce, sink, observer, cancellationToken)
                .RunAsync(first, firstLength).ConfigureAwait(false);
        }

        var plaintextLength = PlaintextLength.Of(stored.Head.Size);
        observer.LengthKnown(plaintextLength);
        if (firstLength == stored.Head.Size)
        {
            var length = (int)plaintextLength;
            Decrypt(opened.Cipher, first.Bytes.AsSpan(0, length), first.Bytes.AsSpan(length, AlgorithmSuite.TagLength));
        }
        else
        {
            await new ParallelDownload(scheduler, opened, plaintextLength, sink, observer, cancellationToken)
                .RunAsync(first, firstLength).ConfigureAwait(false);
        }

        return opened.Result(plaintextLength, isAuthenticated: true);
    }

    private void Decrypt(ContentCipher cipher, Span<byte> content, ReadOnlySpan<byte> tag)
    {
        cipher.DecryptWhole(content, tag);
        sink.Open(content.Length);
        sink.Write(0, content);
        observer.Transferred(content.Length);
        sink.Commit();
    }
}
