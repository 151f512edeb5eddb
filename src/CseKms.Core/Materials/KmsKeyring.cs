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
        var fullContext = FullContext(suite, pairs);
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

    /// <inheritdoc/>
    public async Task<WrappedDataKey> OnWrapAsync(
        AlgorithmSuite suite, byte[] dataKey, IReadOnlyDictionary<string, string> pairs, CancellationToken cancellationToken)
    {
        var fullContext = FullContext(suite, pairs);
        var wrapped = await kms.EncryptAsync(KeyId, dataKey, fullContext, cancellationToken).ConfigureAwait(false);
        KmsKeyName.Ensure("Encrypt", KeyId, wrapped.KeyId, []);
        return new WrappedDataKey(new EncryptedDataKey(wrapped.Ciphertext, Wrapping, fullContext), wrapped.KeyId);
    }

    /// <inheritdoc/>
    public Task<WrappedDataKey?> OnReEncryptAsync(
        AlgorithmSuite suite,
        EncryptedDataKey encryptedDataKey,
        IKeyring target,
        IReadOnlyDictionary<string, string> pairs,
        CancellationToken cancellationToken) =>
        ReEncryptAsync(kms, KeyId, suite, encryptedDataKey, target, pairs, cancellationToken);

    /// <summary>Has KMS wrap a stored data key anew, where one request reaches both keys.</summary>
    /// <param name="source">KMS, called for the old key.</param>
    /// <param name="sourceKeyId">The only key that may have wrapped it; <see langword="null"/> leaves that to the caller to check.</param>
    /// <param name="suite">The content suite of the object.</param>
    /// <param name="stored">The stored key.</param>
    /// <param name="target">The keyring of the new key.</param>
    /// <param name="pairs">The caller's own pairs.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    public static async Task<WrappedDataKey?> ReEncryptAsync(
        IKms source,
        string? sourceKeyId,
        AlgorithmSuite suite,
        EncryptedDataKey stored,
        IKeyring target,
        IReadOnlyDictionary<string, string> pairs,
        CancellationToken cancellationToken)
    {
        KmsDataKey.EnsureUsable(suite, stored);
        if (target is not KmsKeyring { KeyId: var targetKeyId } other || !source.IsSameAs(other.Kms))
        {
            return null;
        }

        var fullContext = FullContext(suite, pairs);
        var wrapped = await KmsDataKey.AskAsync(
            sourceKeyId,
            stored,
            () => source.ReEncryptAsync(sourceKeyId, stored.Ciphertext, stored.EncryptionContext, targetKeyId, fullContext, cancellationToken))
            .ConfigureAwait(false);
        KmsKeyName.Ensure("ReEncrypt", targetKeyId, wrapped.KeyId, []);
        if (sourceKeyId is not null)
        {
            KmsKeyName.Ensure("ReEncrypt", sourceKeyId, wrapped.SourceKeyId, []);
        }

        return new WrappedDataKey(new EncryptedDataKey(wrapped.Ciphertext, WrappingAlgorithm.KmsContext, fullContext), wrapped.KeyId)
        {
            OldKmsKeyId = wrapped.SourceKeyId,
        };
    }

    private IKms Kms => kms;

    private static Dictionary<string, string> FullContext(AlgorithmSuite suite, IReadOnlyDictionary<string, string> pairs) =>
        new(pairs, StringComparer.Ordinal) { [MetadataKeys.ContextContentAlgorithm] = suite.MetadataValue };
}
