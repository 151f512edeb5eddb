using CseKms.Core.Aws;

namespace CseKms.Core.Transfer;

/// <summary>The stored bytes of one object, wherever they are. Implementations are thread-safe.</summary>
internal interface IStoredObject
{
    /// <summary>Its size and what stands beside it.</summary>
    ObjectHead Head { get; }

    /// <summary>Reads a range through a buffer that may be smaller.</summary>
    /// <param name="offset">Where the range begins.</param>
    /// <param name="buffer">Receives the bytes, one filling after another.</param>
    /// <param name="length">Bytes to read.</param>
    /// <param name="take">Is given each filling and its offset in the object; all fillings but the last are as long as the buffer.</param>
    /// <param name="cancellationToken">Cancels reading.</param>
    /// <exception cref="CseException">The bytes cannot be read, or are not those of one state of the object.</exception>
    Task ReadAsync(long offset, Memory<byte> buffer, long length, Action<long, Memory<byte>> take, CancellationToken cancellationToken);

    /// <summary>Fills <paramref name="target"/> with the object's bytes from <paramref name="offset"/> on.</summary>
    /// <inheritdoc cref="ReadAsync(long, Memory{byte}, long, Action{long, Memory{byte}}, CancellationToken)" path="/exception"/>
    Task ReadAsync(long offset, Memory<byte> target, CancellationToken cancellationToken) =>
        ReadAsync(offset, target, target.Length, static (_, _) => { }, cancellationToken);
}
