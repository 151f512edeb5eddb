using System.Security.Cryptography;
using CseKms.Core.Algorithms;
using CseKms.Core.Format;

namespace CseKms.Core.Materials;

/// <summary>What it takes to encrypt one object. Disposing zeroes the data key; never use an instance for two objects.</summary>
internal sealed class EncryptionMaterials(AlgorithmSuite suite, byte[] plaintextDataKey, EncryptedDataKey encryptedDataKey) : IDisposable
{
    public AlgorithmSuite Suite { get; } = suite;

    /// <summary>The data key, 32 bytes.</summary>
    public byte[] PlaintextDataKey { get; } = plaintextDataKey;

    public EncryptedDataKey EncryptedDataKey { get; } = encryptedDataKey;

    /// <summary>ARN of the KMS key that wrapped it, as KMS told it; <see langword="null"/> for a raw key.</summary>
    public string? KmsKeyId { get; init; }

    /// <summary>The envelope of the object that <paramref name="cipher"/>, made from this data key, encrypts.</summary>
    public ContentMetadata Envelope(ContentCipher cipher) => new()
    {
        FormatVersion = Suite.IsCommitting ? 3 : 2,
        Suite = Suite,
        Wrapping = EncryptedDataKey.Wrapping,
        EncryptedDataKey = EncryptedDataKey.Ciphertext,
        EncryptionContext = EncryptedDataKey.EncryptionContext,
        Nonce = cipher.Nonce,
        KeyCommitment = cipher.KeyCommitment,
    };

    public void Dispose() => CryptographicOperations.ZeroMemory(PlaintextDataKey);
}
