namespace CseKms.Core.Materials;

/// <summary>The two calls of AWS KMS that a keyring makes. Implementations are thread-safe and throw <see cref="CseException"/>.</summary>
internal interface IKms
{
    /// <summary>GenerateDataKey with KeySpec AES_256.</summary>
    Task<GeneratedDataKey> GenerateDataKeyAsync(
        string keyId, IReadOnlyDictionary<string, string> encryptionContext, CancellationToken cancellationToken);

    /// <summary>Decrypt, held to <paramref name="keyId"/> where it is given.</summary>
    Task<DecryptedDataKey> DecryptAsync(
        string? keyId, byte[] ciphertext, IReadOnlyDictionary<string, string> encryptionContext, CancellationToken cancellationToken);
}

/// <summary>What GenerateDataKey answers.</summary>
/// <param name="Plaintext">The data key; its owner zeroes it.</param>
/// <param name="Ciphertext">The wrapped data key.</param>
/// <param name="KeyId">ARN of the key that KMS used.</param>
internal sealed record GeneratedDataKey(byte[] Plaintext, byte[] Ciphertext, string KeyId);

/// <summary>What Decrypt answers.</summary>
/// <param name="Plaintext">The data key; its owner zeroes it.</param>
/// <param name="KeyId">ARN of the key that KMS used.</param>
internal sealed record DecryptedDataKey(byte[] Plaintext, string KeyId);
