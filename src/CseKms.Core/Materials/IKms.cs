namespace CseKms.Core.Materials;

/// <summary>The calls of AWS KMS that a keyring makes. Implementations are thread-safe and throw <see cref="CseException"/>.</summary>
internal interface IKms
{
    /// <summary>GenerateDataKey with KeySpec AES_256.</summary>
    Task<GeneratedDataKey> GenerateDataKeyAsync(
        string keyId, IReadOnlyDictionary<string, string> encryptionContext, CancellationToken cancellationToken);

    /// <summary>Decrypt, held to <paramref name="keyId"/> where it is given.</summary>
    Task<DecryptedDataKey> DecryptAsync(
        string? keyId, byte[] ciphertext, IReadOnlyDictionary<string, string> encryptionContext, CancellationToken cancellationToken);

    /// <summary>Encrypt.</summary>
    Task<EncryptedByKms> EncryptAsync(
        string keyId, byte[] plaintext, IReadOnlyDictionary<string, string> encryptionContext, CancellationToken cancellationToken);

    /// <summary>ReEncrypt, held to <paramref name="sourceKeyId"/> where it is given.</summary>
    Task<ReEncryptedByKms> ReEncryptAsync(
        string? sourceKeyId,
        byte[] ciphertext,
        IReadOnlyDictionary<string, string> sourceContext,
        string targetKeyId,
        IReadOnlyDictionary<string, string> targetContext,
        CancellationToken cancellationToken);

    /// <summary>Whether one request can name keys of both: they are one service at one endpoint, called as one identity.</summary>
    bool IsSameAs(IKms other);
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

/// <summary>What Encrypt answers.</summary>
/// <param name="Ciphertext">The wrapped data key.</param>
/// <param name="KeyId">ARN of the key that KMS used.</param>
internal sealed record EncryptedByKms(byte[] Ciphertext, string KeyId);

/// <summary>What ReEncrypt answers.</summary>
/// <param name="Ciphertext">The data key, wrapped anew.</param>
/// <param name="SourceKeyId">ARN of the key that had wrapped it.</param>
/// <param name="KeyId">ARN of the key that wraps it now.</param>
internal sealed record ReEncryptedByKms(byte[] Ciphertext, string SourceKeyId, string KeyId);
