using CseKms.Core.Algorithms;
using CseKms.Core.Format;


namespace CseKms.Core.Materials;

/// <summary>Data keys under one KMS key (specification: s3-kms-keyring). Writes <c>kms+context</c>, reads the legacy <c>kms</c> too. Thread-safe.</summary>
internal sealed class KmsKeyring(IKms kms, string keyId) : IKeyring
{
    private long _generated;
    private long _decrypted;

    /// <summary>The KMS key id as the caller gave it.</summary>
    public string KeyId { get; } = keyId;

    /// <summary>How many data keys were made.</summary>
    public long GeneratedCount => Interlocked.Read(ref _generated);

    /// <summary>How many data keys were unwrapped.</summary>
    public long DecryptedCount => Interlocked.Read(ref _decrypted);

    /// <inheritdoc/>
    public WrappingAlgorithm Wrapping => WrappingAlgorithm.KmsContext;

    /// <inheritdoc/>
    public int WrappedLength => KmsDataKey.UsualWrappedLength;

    /// <inheritdoc/>
    public async Task<EncryptionMaterials> OnEncryptAsync(
        AlgorithmSuite suite, IReadOnlyDictionary<string, string> pairs, CancellationToken cancellationToken)
    {
        var fullContext = new Dictionary<string, string>(pairs, StringComparer.Ordinal)
        {
            [MetadataKeys.ContextContentAlgorithm] = suite.MetadataValue,
        };
        var dataKey = await kms.GenerateDataKeyAsync(KeyId, fullContext, cancellationToken).ConfigureAwait(false);
        KmsKeyName.Ensure("GenerateDataKey", KeyId, dataKey.KeyId, dataKey.Plaintext);
        KmsDataKey.EnsureLength(dataKey.Plaintext);
        Interlocked.Increment(ref _generated);
        return new EncryptionMaterials(
            suite, dataKey.Plaintext, new EncryptedDataKey(dataKey.Ciphertext, WrappingAlgorithm.KmsContext, fullContext))
        {
            KmsKeyId = dataKey.KeyId,
        };
    }

    /// <inheritdoc/>
    public async Task<DecryptionMaterials> OnDecryptAsync(
        AlgorithmSuite suite, EncryptedDataKey encryptedDataKey, CancellationToken cancellationToken)
    {
        var dataKey = await KmsDataKey.DecryptAsync(kms, KeyId, suite, encryptedDataKey, cancellationToken).ConfigureAwait(false);
        KmsKeyName.Ensure("Decrypt", KeyId, dataKey.KeyId, dataKey.Plaintext);
        Interlocked.Increment(ref _decrypted);
        return new DecryptionMaterials(suite, dataKey.Plaintext) { KmsKeyId = dataKey.KeyId };
    }
}
