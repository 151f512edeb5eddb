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
        throw new CseException(ErrorId.KmsKeyIdRequired, "Discovery finds the key of a stored object; a new object needs a key that is named.");

    /// <inheritdoc/>
    public async Task<DecryptionMaterials> OnDecryptAsync(
        AlgorithmSuite suite, EncryptedDataKey encryptedDataKey, CancellationToken cancellationToken)
    {
        var dataKey = await KmsDataKey.DecryptAsync(kms, null, suite, encryptedDataKey, cancellationToken).ConfigureAwait(false);
        var owner = Arn.TryParse(dataKey.KeyId, out var key) && key.Service == "kms" && key.Partition == partition ? key.AccountId : null;
        if (owner is null || !accounts.Contains(owner))
        {
            CryptographicOperations.ZeroMemory(dataKey.Plaintext);
            throw new CseException(
                ErrorId.KmsKeyMismatch,
                $"The object's data key was wrapped under {dataKey.KeyId}, which belongs to none of the trusted accounts " +
                $"({string.Join(", ", accounts)} in the partition {partition}).")
            {
                Needed = new() { DiscoveryAccount = owner },
            };
        }

        return new DecryptionMaterials(suite, dataKey.Plaintext) { KmsKeyId = dataKey.KeyId };
    }
}
