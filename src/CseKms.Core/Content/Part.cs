using CseKms.Core.Algorithms;

namespace CseKms.Core.Content;

/// <summary>The parts that objects are sent and received in.</summary>
internal static class Part
{
    /// <summary>Plaintext bytes of a part, 12 MiB: the largest object has 5,462 of them, and S3 takes 10,000.</summary>
    public const int Size = 12 << 20;

    /// <summary>Bytes of a buffer that can hold any part: its content and the tag.</summary>
    public const int BufferSize = Size + AlgorithmSuite.TagLength;
}
