namespace CseKms.Core.Content;

/// <summary>Takes the plaintext of one object. What it was given becomes visible by <see cref="Commit"/> alone; disposing without it leaves nothing.</summary>
internal interface IPlaintextSink : IDisposable
{
    /// <summary>Whether plaintext of that length can be opened at once: always, where it is not kept in memory.</summary>
    bool HasRoom(long length) => true;

    /// <summary>Waits until it can. No memory that others wait for may be held meanwhile.</summary>
    Task MakeRoomAsync(long length) => Task.CompletedTask;

    /// <summary>Tells the user metadata that stand beside the object, which nothing authenticates. Called before <see cref="Open"/>, if at all.</summary>
    void Describe(IReadOnlyDictionary<string, string> metadata)
    {
    }

    /// <summary>Begins. Called once, before the first write.</summary>
    /// <param name="length">Length in bytes; more than that, where only the end tells and <see cref="Shorten"/> follows.</param>
    void Open(long length);

    /// <summary>Writes bytes at an offset. May be called from several threads for ranges that do not overlap.</summary>
    void Write(long offset, ReadOnlySpan<byte> bytes);

    /// <summary>Says how long it has turned out to be. Called once at most, after the last write.</summary>
    /// <param name="length">Length in bytes; all of it was written.</param>
    void Shorten(long length);

    /// <summary>Makes the plaintext visible. Called once, after the authentication tag was verified.</summary>
    void Commit();
}
