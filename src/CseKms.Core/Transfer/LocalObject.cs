using CseKms.Core.Aws;
using CseKms.Core.Content;
using CseKms.Core.Format;
using Microsoft.Win32.SafeHandles;

namespace CseKms.Core.Transfer;

/// <summary>The stored bytes of one object in a file, as a tool fetched them. Thread-safe.</summary>
internal sealed class LocalObject : IStoredObject, IDisposable
{
    private readonly string _path;
    private readonly SafeFileHandle _file;

    /// <param name="path">Its absolute path.</param>
    /// <param name="below">A folder above it below which no link is followed; links are followed everywhere when it is <see langword="null"/>.</param>
    /// <exception cref="CseException"><see cref="ErrorId.SourceUnreadable"/>, <see cref="ErrorId.SourceBlocked"/>.</exception>
    public LocalObject(string path, string? below)
    {
        _path = path;
        _file = FileContent.OpenFile(path, below);
        try
        {
            Head = new ObjectHead(RandomAccess.GetLength(_file), ETag: "", VersionId: null, LastModified: null, StringMap.Empty);
        }
        catch (Exception e) when (UploadContent.IsReadFailure(e))
        {
            _file.Dispose();
            throw FileContent.Unreadable(path, e);
        }
    }

    /// <inheritdoc/>
    public ObjectHead Head { get; }

    /// <summary>Reads a small file whole.</summary>
    /// <param name="path">Its absolute path.</param>
    /// <param name="below">A folder above it below which no link is followed; links are followed everywhere when it is <see langword="null"/>.</param>
    /// <param name="maxSize">The most bytes that it may have.</param>
    /// <param name="cancellationToken">Cancels reading.</param>
    /// <exception cref="CseException"><see cref="ErrorId.SourceUnreadable"/>, <see cref="ErrorId.SourceBlocked"/>, or <see cref="ErrorId.EnvelopeInvalid"/> for a longer one.</exception>
    public static async Task<byte[]> ReadEnvelopeAsync(string path, string? below, int maxSize, CancellationToken cancellationToken)
    {
        using var file = new LocalObject(path, below);
        if (file.Head.Size > maxSize)
        {
            throw new CseException(ErrorId.EnvelopeInvalid, $"The file '{path}' is too long for an envelope.");
        }

        var bytes = new byte[file.Head.Size];
        await file.ReadAsync(0, bytes, bytes.Length, static (_, _) => { }, cancellationToken).ConfigureAwait(false);
        return bytes;
    }

    /// <inheritdoc/>
    /// <exception cref="CseException"><see cref="ErrorId.SourceUnreadable"/>, <see cref="ErrorId.SourceChanged"/>.</exception>
    public Task ReadAsync(long offset, Memory<byte> buffer, long length, Action<long, Memory<byte>> take, CancellationToken cancellationToken)
    {
        var end = offset + length;
        while (offset < end)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var target = buffer[..(int)Math.Min(buffer.Length, end - offset)];
            Fill(offset, target.Span);
            take(offset, target);
            offset += target.Length;
        }

        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private void Fill(long offset, Span<byte> target)
    {
        try
        {
            while (!target.IsEmpty)
            {
                var read = RandomAccess.Read(_file, target, offset);
                if (read == 0)
                {
                    throw new CseException(ErrorId.SourceChanged, $"The file '{_path}' changed while it was read, so nothing of it was kept.");
                }

                offset += read;
                target = target[read..];
            }
        }
        catch (Exception e) when (UploadContent.IsReadFailure(e))
        {
            throw FileContent.Unreadable(_path, e);
        }
    }
}
