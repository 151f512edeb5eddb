using CseKms.Core.Algorithms;
using CseKms.Core.Content;
using CseKms.Core.Format;

namespace CseKms.Core.Transfer;

/// <summary>
/// The plaintext of a stored object as the content of an upload: fetched and decrypted part after part, in the upload's own memory. What
/// was read is what its writer encrypted only when <see cref="EnsureUnchanged"/> has returned. Not thread-safe.
/// </summary>
/// <param name="opened">The object, of an authenticated suite.</param>
internal sealed class StoredContent(OpenedObject opened) : UploadContent
{
    private readonly long _length = PlaintextLength.Of(opened.Stored.Head.Size);
    private readonly MessageDecryptor _decryptor =
        new(opened.Cipher, PlaintextLength.Of(opened.Stored.Head.Size), new NullSink());

    private long _position;

    /// <inheritdoc/>
    public override long? Length => _length;

    /// <inheritdoc/>
    public override bool? IsAtEnd => _position == _length;

    /// <param name="buffer">A whole number of blocks, or all that is left.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        var content = buffer[..(int)Math.Min(buffer.Length, _length - _position)];
        if (!content.IsEmpty)
        {
            await opened.Stored.ReadAsync(_position, content, cancellationToken).ConfigureAwait(false);
            _decryptor.Decrypt(_position, content.Span);
            _position += content.Length;
        }

        if (_position == _length)
        {
            var tag = new byte[AlgorithmSuite.TagLength];
            await opened.Stored.ReadAsync(_length, tag, cancellationToken).ConfigureAwait(false);
            _decryptor.Decrypt(_length, tag);
        }

        return content.Length;
    }

    /// <exception cref="CseException"><see cref="ErrorId.AuthenticationFailed"/>.</exception>
    public override void EnsureUnchanged() => _decryptor.Commit();

    /// <inheritdoc/>
    public override void Dispose()
    {
        _decryptor.Dispose();
        base.Dispose();
    }
}
