using System.Security.Cryptography;
using CseKms.Core.Algorithms;

namespace CseKms.Core.Materials;

/// <summary>What it takes to encrypt one object. Disposing zeroes the data key; never use an instance for two objects.</summary>
internal sealed class EncryptionMaterials(AlgorithmSuite suite, byte[] plaintextDataKey, EncryptedDataKey encryptedDataKey) : IDisposable
{
    public AlgorithmSuite Suite { get; } = suite;

    /// <summary>The data key, 32 bytes.</summary>
    public byte[] PlaintextDataKey { get; } = plaintextDataKey;

    public EncryptedDataKey EncryptedDataKey { get; } = encryptedDataKey;

    public void Dispose() => CryptographicOperations.ZeroMemory(PlaintextDataKey);
}
