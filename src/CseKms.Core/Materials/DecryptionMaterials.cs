using System.Security.Cryptography;
using CseKms.Core.Algorithms;

namespace CseKms.Core.Materials;

/// <summary>What it takes to decrypt one object. Disposing zeroes the data key.</summary>
internal sealed class DecryptionMaterials(AlgorithmSuite suite, byte[] plaintextDataKey) : IDisposable
{
    public AlgorithmSuite Suite { get; } = suite;

    /// <summary>The data key, 32 bytes; 16 where the caller allows that.</summary>
    public byte[] PlaintextDataKey { get; } = plaintextDataKey;

    /// <summary>
    /// Whether the wrapped key was malformed and a random key stands for it. Go on as with a right one, and fail at the end whatever it
    /// decrypts to: to fail earlier would answer who wrote the wrapped key.
    /// </summary>
    public bool IsSubstitute { get; init; }

    /// <summary>ARN of the KMS key that unwrapped it; <see langword="null"/> for a raw key.</summary>
    public string? KmsKeyId { get; init; }

    public void Dispose() => CryptographicOperations.ZeroMemory(PlaintextDataKey);
}
