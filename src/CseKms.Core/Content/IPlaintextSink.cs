namespace CseKms.Core.Content;

/// <summary>Takes the plaintext of one object. What it was given becomes visible by <see cref="Commit"/> alone; disposing without it leaves nothing.</summary>
internal interface IPlaintextSink : IDisposable
{
    /// <summary>Makes room. Called once, before the first write.</summary>
    /// <param name="length">Length in bytes.</param>
    void Open(long length);

    /// <summary>Writes bytes at an offset. May be called from several threads for ranges that do not overlap.</summary>
    void Write(long offset, ReadOnlySpan<byte> bytes);

    /// <summary>Makes the plaintext visible. Called once, after the authentication tag was verified.</summary>
    void Commit();
}
