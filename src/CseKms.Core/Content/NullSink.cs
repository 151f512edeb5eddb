namespace CseKms.Core.Content;

/// <summary>Keeps nothing: for objects that are only to be verified.</summary>
internal sealed class NullSink : IPlaintextSink
{
    /// <inheritdoc/>
    public void Open(long length)
    {
    }

    /// <inheritdoc/>
    public void Write(long offset, ReadOnlySpan<byte> bytes)
    {
    }

    /// <inheritdoc/>
    public void Shorten(long length)
    {
    }

    /// <inheritdoc/>
    public void Commit()
    {
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}
