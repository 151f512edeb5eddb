using System.Security.Cryptography;
using CseKms.Core.Algorithms;
using CseKms.Core.Content;

namespace CseKms.Core.Transfer;

/// <summary>
/// Receives an object that is encrypted by CBC, part after part. No tag protects it; the sink is committed only when all was received.
/// Padding and key are judged when all was fetched: what is asked of S3, and when, depends on the object's size alone. Serves once.
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
    private readonly long _size = opened.Stored.Head.Size;

    /// <param name="first">The beginning of the stored object; disposed of as soon as it is decrypted.</param>
    /// <param name="firstLength">How many bytes of it: a block at least.</param>
    /// <exception cref="CseException">The sink was not committed.</exception>
    public async Task<TransferResult> RunAsync(TransferBuffer first, int firstLength)
    {
        if (_size % BlockSize != 0)
        {
            throw CbcContent.Failed();
        }

        // The last block has a byte of padding at least.
        observer.LengthKnown(_size - 1);
        sink.Open(_size - 1);
        var lastBlock = new byte[BlockSize];
        var previous = iv;
        var length = firstLength & -BlockSize;
        for (long offset = 0; offset < _size; offset += length, length = (int)Math.Min(Part.Size, _size - offset))
        {
            using var buffer = offset == 0 ? first : await scheduler.RentAsync(length, cancellationToken).ConfigureAwait(false);
            if (offset > 0)
            {
                await opened.Stored.ReadAsync(offset, buffer.Bytes.AsMemory(0, length), cancellationToken).ConfigureAwait(false);
            }

            previous = DecryptPart(offset, buffer.Bytes.AsSpan(0, length), previous, lastBlock);
        }

        return Finish(lastBlock);
    }

    // Writes a part, but not the last block of the object, and returns the ciphertext block that the next part goes on from.
    private byte[] DecryptPart(long offset, Span<byte> bytes, byte[] previous, byte[] lastBlock)
    {
        var next = bytes[^BlockSize..].ToArray();
        _content.Decrypt(previous, bytes);
        if (offset + bytes.Length == _size)
        {
            bytes[^BlockSize..].CopyTo(lastBlock);
            bytes = bytes[..^BlockSize];
        }

        sink.Write(offset, bytes);
        observer.Transferred(bytes.Length);
        return next;
    }

    private TransferResult Finish(byte[] lastBlock)
    {
        try
        {
            if (CbcContent.PaddingLength(lastBlock) is not { } padding || opened.HasSubstituteKey)
            {
                throw CbcContent.Failed();
            }

            var rest = lastBlock.AsSpan(0, BlockSize - padding);
            sink.Write(_size - BlockSize, rest);
            observer.Transferred(rest.Length);
            sink.Shorten(_size - padding);
            sink.Commit();
            return opened.Result(_size - padding, isAuthenticated: false);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(lastBlock);
        }
    }
}
