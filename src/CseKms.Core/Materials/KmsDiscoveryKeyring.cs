using System.Security.Cryptography;
using Amazon;
using CseKms.Core.Algorithms;
using CseKms.Core.Format;

namespace CseKms.Core.Materials;

/// <summary>
/// Unwraps data keys under whatever KMS key of the allowed accounts wrapped them. It never wraps. KMS opens the data key before it
/// tells whose it was; one of another account is zeroed and refused. Thread-safe.
/// </summary>
internal sealed class KmsDiscoveryKeyring(IKms kms, string partition, IReadOnlyCollection<string> accounts) : IKeyring
{
    /// <inheritdoc/>
    public WrappingAlgorithm Wrapping => WrappingAlgorithm.KmsContext;

    /// <inheritdoc/>
    public int WrappedLength => KmsDataKey.UsualWrappedLength;

    /// <inheritdoc/>
    public Task<EncryptionMaterials> OnEncryptAsync(
        AlgorithmSuite suite, IReadOnlyDictionary<string, string> pairs, CancellationToken cancellationToken) =>
        throw NoKey();

    /// <inheritdoc/>
    public async Task<DecryptionMaterials> OnDecryptAsync(
        AlgorithmSuite suite, EncryptedDataKey encryptedDataKey, CancellationToken cancellationToken)
    {
        var dataKey = await KmsDataKey.DecryptAsync(kms, null, suite, encryptedDataKey, cancellationToken).ConfigureAwait(false);
        try
        {
            EnsureTrusted(dataKey.KeyId);
        }
        catch
        {
            CryptographicOperations.ZeroMemory(dataKey.Plaintext);
            throw;
        }

        return new DecryptionMaterials(suite, dataKey.Plaintext) { KmsKeyId = dataKey.KeyId };
    }

    /// <inheritdoc/>
    public Task<WrappedDataKey> OnWrapAsync(
        AlgorithmSuite suite, byte[] dataKey, IReadOnlyDictionary<string, string> pairs, CancellationToken cancellationToken) => throw NoKey();

    /// <inheritdoc/>
    public async Task<WrappedDataKey?> OnReEncryptAsync(
        AlgorithmSuite suite,
        EncryptedDataKey encryptedDataKey,
        IKeyring target,
        IReadOnlyDictionary<string, string> pairs,
        CancellationToken cancellationToken)
    {
        var wrapped = await KmsKeyring.ReEncryptAsync(kms, null, suite, encryptedDataKey, target, pairs, cancellationToken).ConfigureAwait(false);
        if (wrapped is not null)
        {
            EnsureTrusted(wrapped.OldKmsKeyId);
        }

        return wrapped;
    }

    private static CseException NoKey() =>
        new(ErrorId.KmsKeyIdRequired, "Discovery finds the key of a stored object; a new object needs a key that is named.");

    private void EnsureTrusted(string? keyId)
    {
        var owner = Arn.TryParse(keyId, out var key) && key.Service == "kms" && key.Partition == partition ? key.AccountId : null;
        if (owner is null || !accounts.Contains(owner))
        {
            throw new CseException(
                ErrorId.KmsKeyMismatch,
                $"The object's data key was wrapped under {keyId}, which belongs to none of the trusted accounts " +
                $"({string.Join(", ", accounts)} in the partition {partition}).")
            {
                Needed = new() { DiscoveryAccount = owner },
            };
        }
    }
}
