namespace CseKms.Core.Content;

/// <summary>A stream of the caller.</summary>
internal sealed class StreamContent(Stream stream, long? length) : UploadContent
{
    public override long? Length => length;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        try
        {
            return await stream.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (IsReadFailure(e))
        {
            throw new CseException(ErrorId.SourceUnreadable, $"The stream cannot be read: {e.Message}", e);
        }
    }

    public override void EnsureUnchanged()
    {
    }
}
