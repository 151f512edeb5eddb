using System.IO.Hashing;
using CseKms.Core.Algorithms;

namespace CseKms.Core.Content;

/// <summary>
/// A part of an object on its way to S3, in a buffer that it owns: plaintext, and from its encryption on ciphertext, which is kept until
/// the part is disposed of, so that whatever is sent again is the same bytes. Not thread-safe.
/// </summary>
/// <param name="buffer">Holds the content and has room for the tag behind it.</param>
/// <param name="number">From 1.</param>
/// <param name="contentLength">Bytes of content.</param>
/// <param name="isLast">Whether the object's tag follows the content.</param>
internal sealed class Part(TransferBuffer buffer, int number, int contentLength, bool isLast) : IDisposable
{
    /// <summary>Plaintext bytes of a part, 12 MiB: the largest object has 5,462 of them, and S3 takes 10,000.</summary>
    public const int Size = 12 << 20;

    /// <summary>Bytes of a buffer that can hold any part: its content and the tag.</summary>
    public const int BufferSize = Size + AlgorithmSuite.TagLength;

    /// <summary>The number, from 1.</summary>
    public int Number => number;

    /// <summary>Where the content begins in the object.</summary>
    public long Offset => (number - 1L) * Size;

    /// <summary>Bytes of content, without the tag.</summary>
    public int ContentLength => contentLength;

    /// <summary>Whether it ends the object.</summary>
    public bool IsLast => isLast;

    /// <summary>The content.</summary>
    public Span<byte> Content => buffer.Bytes.AsSpan(0, contentLength);

    /// <summary>Where the tag goes in the last part.</summary>
    public Span<byte> Tag => buffer.Bytes.AsSpan(contentLength, AlgorithmSuite.TagLength);

    /// <summary>
    /// Bytes of the last part's tag that a part of <see cref="Size"/> has no room for. They go into a part of their own: some stores take
    /// no part that is longer than the others.
    /// </summary>
    public int TagOverflow => isLast ? Math.Max(0, contentLength + AlgorithmSuite.TagLength - Size) : 0;

    /// <summary>The checksum of what was encrypted so far, without <see cref="TagOverflow"/>.</summary>
    public Crc32 Crc32 { get; } = new();

    /// <summary>Lends the content, and in the last part the tag, to a request.</summary>
    public Task<T> LendAsync<T>(Func<ArraySegment<byte>, Task<T>> request) =>
        buffer.LendAsync(isLast ? contentLength + AlgorithmSuite.TagLength : contentLength, request);

    /// <summary>Gives the memory back. May be called twice.</summary>
    public void Dispose() => buffer.Dispose();
}
