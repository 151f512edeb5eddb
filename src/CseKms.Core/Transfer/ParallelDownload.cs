using CseKms.Core.Algorithms;
using CseKms.Core.Content;

namespace CseKms.Core.Transfer;

/// <summary>
/// Receives a large object: what the first answer brought is decrypted while the rest comes in parallel ranges. The sink is committed
/// when the tag was verified. Serves once.
/// </summary>
internal sealed class ParallelDownload(
    TransferScheduler scheduler,
    OpenedObject opened,
    long plaintextLength,
    IPlaintextSink sink,
    ITransferObserver observer,
    CancellationToken cancellationToken)
{
    /// <param name="first">The beginning of the stored object; disposed of as soon as it is decrypted.</param>
    /// <param name="firstLength">How many bytes of it.</param>
    /// <exception cref="CseException">The sink was not committed.</exception>
    public async Task RunAsync(TransferBuffer first, int firstLength)
    {
        sink.Open(plaintextLength);
        using var decryptor = new MessageDecryptor(opened.Cipher, plaintextLength, sink);

        // What the first answer holds beyond whole blocks or beyond the content is asked for again with its neighbours.
        var firstContent = (int)Math.Min(Math.Min(firstLength, Part.Size), plaintextLength) & -SeekableGcm.BlockSize;
        var rest = new RangeDivider(firstContent, plaintextLength, scheduler.ThrottleLimit);
        await TaskGroup.RunAsync(
            async group =>
            {
                group.Start(DecryptFirstAsync);
                for (var workers = rest.Workers; workers > 0; workers--)
                {
                    var buffer = await scheduler.RentAsync(SeekableGcm.StripSize, group.Token).ConfigureAwait(false);
                    group.Start(() => DecryptRangesAsync(buffer, group.Token));
                }
            },
            cancellationToken).ConfigureAwait(false);
        decryptor.Commit();

        Task DecryptFirstAsync()
        {
            using (first)
            {
                for (var at = 0; at < firstContent; at += SeekableGcm.StripSize)
                {
                    Decrypt(at, first.Bytes.AsMemory(at, Math.Min(SeekableGcm.StripSize, firstContent - at)));
                }
            }

            return Task.CompletedTask;
        }

        async Task DecryptRangesAsync(TransferBuffer buffer, CancellationToken stop)
        {
            using (buffer)
            {
                while (rest.TryTake(out var start, out var end))
                {
                    // The tag comes with the last one.
                    var length = (end == plaintextLength ? opened.Stored.Head.Size : end) - start;
                    await opened.Stored.ReadAsync(start, buffer.Bytes, length, Decrypt, stop).ConfigureAwait(false);
                }
            }
        }

        void Decrypt(long offset, Memory<byte> bytes)
        {
            if (decryptor.Decrypt(offset, bytes.Span) is > 0 and var length)
            {
                observer.Transferred(length);
            }
        }
    }
}
