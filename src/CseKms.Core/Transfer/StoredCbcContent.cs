using System.Security.Cryptography;
using CseKms.Core.Algorithms;
using CseKms.Core.Content;

namespace CseKms.Core.Transfer;

/// <summary>
/// The plaintext of a stored CBC object as the content of an upload, fetched and decrypted part after part. Nothing authenticates it, and
/// padding and key are judged by <see cref="EnsureUnchanged"/>, after all else. Not thread-safe.
/// </summary>
/// <param name="opened">The object.</param>
/// <param name="iv">Its IV.</param>
internal sealed class StoredCbcContent(OpenedObject opened, byte[] iv) : UploadContent
{
    private const int BlockSize = CbcContent.BlockSize;

    private readonly CbcContent _content = opened.Cipher.OpenCbc();
    private readonly long _size = opened.Stored.Head.Size;
    private readonly byte[] _lastBlock = new byte[BlockSize];

    private byte[] _previous = iv;
    private long _position;

    /// <summary>Not known before the last block is decrypted.</summary>
    public override long? Length => null;

    /// <inheritdoc/>
    public override bool? IsAtEnd => _position == _size;

    /// <param name="buffer">Whole blocks.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        if (_size == 0 || _size % BlockSize != 0)
        {
            throw CbcContent.Failed();
        }

        var length = (int)Math.Min(buffer.Length, _size - _position);
        var blocks = buffer[..length];
        await opened.Stored.ReadAsync(_position, blocks, cancellationToken).ConfigureAwait(false);
        var next = blocks.Span[^BlockSize..].ToArray();
        _content.Decrypt(_previous, blocks.Span);
        (_previous, _position) = (next, _position + length);
        if (_position < _size)
        {
            return length;
        }

        blocks.Span[^BlockSize..].CopyTo(_lastBlock);
        return length - (CbcContent.PaddingLength(_lastBlock) ?? BlockSize);
    }

    /// <exception cref="CseException"><see cref="ErrorId.DecryptionFailed"/>.</exception>
    public override void EnsureUnchanged()
    {
        if (CbcContent.PaddingLength(_lastBlock) is null || opened.HasSubstituteKey)
        {
            throw CbcContent.Failed();
        }
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        CryptographicOperations.ZeroMemory(_lastBlock);
        base.Dispose();
    }
}
