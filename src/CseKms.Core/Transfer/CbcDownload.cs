using CseKms.Core.Algorithms;
using CseKms.Core.Content;

namespace CseKms.Core.Transfer;

/// <summary>
/// Receives an object that is encrypted by CBC, part after part. No tag protects it; the sink is committed only when all was received.
/// Serves once.
/// </summary>
internal sealed class CbcDownload(
    TransferScheduler scheduler,
    OpenedObject opened,
    byte[] iv,
    IPlaintextSink sink,
    ITransferObserver observer,
    CancellationToken cancellationToken)
{
    private const int BlockSize = CbcContent.BlockSize;

    private readonly CbcContent _content = opened.Cipher.OpenCbc();
    private readonly long _size = opened.Remote.Head.Size;

    /// <exception cref="CseException">The sink was not committed.</exception>
    public async Task<TransferResult> RunAsync()
    {
        if (_size == 0 || _size % BlockSize != 0)
        {
            throw CbcContent.Failed();
        }

        var plaintextLength = _size - await ReadPaddingLengthAsync().ConfigureAwait(false);
        observer.LengthKnown(plaintextLength);
        sink.Open(plaintextLength);
        var previous = iv;
        for (long offset = 0; offset < _size; offset += Part.Size)
        {
            var length = (int)Math.Min(Part.Size, _size - offset);
            using var buffer = await scheduler.RentAsync(length, cancellationToken).ConfigureAwait(false);
            var bytes = buffer.Bytes.AsMemory(0, length);
            await opened.Remote.ReadAsync(offset, bytes, cancellationToken).ConfigureAwait(false);
            var next = bytes.Span[^BlockSize..].ToArray();
            _content.Decrypt(previous, bytes.Span);
            previous = next;
            var plaintext = bytes[..(int)Math.Min(length, plaintextLength - offset)];
            sink.Write(offset, plaintext.Span);
            observer.Transferred(plaintext.Length);
        }

        sink.Commit();
        return opened.Result(plaintextLength, isAuthenticated: false);
    }

    // The last block tells, and the one before it is its IV.
    private async Task<int> ReadPaddingLengthAsync()
    {
        var tail = new byte[Math.Min(_size, 2 * BlockSize)];
        await opened.Remote.ReadAsync(_size - tail.Length, tail, cancellationToken).ConfigureAwait(false);
        _content.Decrypt(tail.Length > BlockSize ? tail.AsSpan(0, BlockSize) : iv, tail.AsSpan(^BlockSize..));
        return CbcContent.PaddingLength(tail.AsSpan(^BlockSize..));
    }
}
