using CseKms.Core.Algorithms;
using CseKms.Core.Content;
using CseKms.Core.Format;

namespace CseKms.Core.Transfer;

/// <summary>
/// Receives a range of an object's plaintext. No tag protects it; the sink is committed only when all was received. Serves once.
/// </summary>
/// <param name="scheduler">Sends the requests.</param>
/// <param name="opened">The object.</param>
/// <param name="range">Begins inside the object.</param>
/// <param name="sink">Receives the range.</param>
/// <param name="observer">Is told of it.</param>
/// <param name="cancellationToken">Cancels it.</param>
internal sealed class RangeDownload(
    TransferScheduler scheduler,
    OpenedObject opened,
    PlaintextRange range,
    IPlaintextSink sink,
    ITransferObserver observer,
    CancellationToken cancellationToken)
{
    private const int BlockSize = SeekableGcm.BlockSize;

    private readonly CtrContent _content = opened.Cipher.OpenRanges();
    private readonly long _size = PlaintextLength.Of(opened.Stored.Head.Size);

    private long End => Math.Min(range.Last ?? long.MaxValue, _size - 1) + 1;

    /// <exception cref="CseException">The sink was not committed.</exception>
    public async Task<TransferResult> RunAsync()
    {
        observer.LengthKnown(End - range.First);
        sink.Open(End - range.First);

        // Whole blocks, but never the tag, which begins where the content ends.
        var blocksEnd = Math.Min(_size, (End + BlockSize - 1) & -BlockSize);
        await TaskGroup.RunAsync(
            async group =>
            {
                for (var offset = range.First & -BlockSize; offset < End; offset += Part.Size)
                {
                    var (at, length) = (offset, (int)Math.Min(Part.Size, blocksEnd - offset));
                    var buffer = await scheduler.RentAsync(length, group.Token).ConfigureAwait(false);
                    group.Start(() => ReceiveAsync(at, length, buffer, group.Token));
                }
            },
            cancellationToken).ConfigureAwait(false);
        sink.Commit();
        return opened.Result(End - range.First, isAuthenticated: false);
    }

    private async Task ReceiveAsync(long offset, int length, TransferBuffer buffer, CancellationToken stop)
    {
        using (buffer)
        {
            var bytes = buffer.Bytes.AsMemory(0, length);
            await opened.Stored.ReadAsync(offset, bytes, stop).ConfigureAwait(false);
            _content.Decrypt(offset, bytes.Span);
            var skip = (int)Math.Max(0, range.First - offset);
            var wanted = bytes[skip..(int)Math.Min(length, End - offset)];
            sink.Write(offset + skip - range.First, wanted.Span);
            observer.Transferred(wanted.Length);
        }
    }
}
