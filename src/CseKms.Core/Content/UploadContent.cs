using CseKms.Core.Format;

namespace CseKms.Core.Content;

/// <summary>An opened source. Not thread-safe.</summary>
internal abstract class UploadContent : IDisposable
{
    /// <summary>Length in bytes at the time of opening, where it is known.</summary>
    public abstract long? Length { get; }

    /// <summary>The properties of the file at the time of opening, where it is one.</summary>
    public virtual FileProperties Properties => FileProperties.None;

    /// <summary>
    /// Whether its last byte was read, where the content itself knows that; it is then asked for parts that are whole blocks. Otherwise
    /// <see langword="null"/>: only reading on tells.
    /// </summary>
    public virtual bool? IsAtEnd => null;

    /// <summary>Fills the buffer as far as there are bytes left.</summary>
    /// <returns>How many bytes were read: fewer than the buffer holds only at the end.</returns>
    /// <exception cref="CseException"><see cref="ErrorId.SourceUnreadable"/>.</exception>
    public abstract ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken);

    /// <summary>Checks, after the last byte was read, that what was read is one state of the source.</summary>
    /// <exception cref="CseException"><see cref="ErrorId.SourceChanged"/>.</exception>
    public abstract void EnsureUnchanged();

    /// <inheritdoc/>
    public virtual void Dispose()
    {
    }

    /// <summary>Whether an exception says that the source cannot be read.</summary>
    internal static bool IsReadFailure(Exception e) =>
        e is IOException or UnauthorizedAccessException or NotSupportedException or ObjectDisposedException;
}
