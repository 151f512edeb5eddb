using CseKms.Core.Algorithms;

namespace CseKms.Core.Format;

/// <summary>An object's envelope, decoded. Immutable; the arrays must not be written to.</summary>
internal sealed record ContentMetadata
{
    /// <summary>Version of the object format: 1, 2 or 3.</summary>
    public required int FormatVersion { get; init; }

    /// <summary>V1, V2 or V3.</summary>
    public string FormatName => $"V{FormatVersion}";

    /// <summary>The content algorithm.</summary>
    public required AlgorithmSuite Suite { get; init; }

    /// <summary>How the data key is wrapped.</summary>
    public required WrappingAlgorithm Wrapping { get; init; }

    /// <summary>The wrapped data key.</summary>
    public required byte[] EncryptedDataKey { get; init; }

    /// <summary>Whether the wrapped key tells by its length that the data key has 128 bits.</summary>
    public bool TellsShortKey => EncryptedDataKey.Length == AlgorithmSuite.ShortKeyLength + Wrapping.Overhead;

    /// <summary>The stored encryption context, or the material description of a raw key. Empty when absent.</summary>
    public required IReadOnlyDictionary<string, string> EncryptionContext { get; init; }

    /// <summary>The IV (V2, 12 bytes; 16 for CBC) or the message id (V3, 28 bytes).</summary>
    public required byte[] Nonce { get; init; }

    /// <summary>The key commitment, 28 bytes; <see langword="null"/> when the suite does not commit.</summary>
    public byte[]? KeyCommitment { get; init; }
}
