using CseKms.Core.Algorithms;
using CseKms.Core.Format;
using CseKms.Core.Materials;

namespace CseKms.Core.Session;

/// <summary>A keyring of KMS that is opened when the first data key is needed. Thread-safe.</summary>
/// <param name="open">Opens the keyring.</param>
internal sealed class LazyKmsKeyring(Func<CancellationToken, Task<IKeyring>> open) : IKeyring
{
    private readonly SharedOpening<IKeyring> _keyring = new(open);

    /// <inheritdoc/>
    public WrappingAlgorithm Wrapping => WrappingAlgorithm.KmsContext;

    /// <inheritdoc/>
    public int WrappedLength => KmsDataKey.UsualWrappedLength;

    /// <inheritdoc/>
    public async Task<EncryptionMaterials> OnEncryptAsync(
        AlgorithmSuite suite, IReadOnlyDictionary<string, string> pairs, CancellationToken cancellationToken)
    {
        var keyring = await _keyring.OpenAsync(cancellationToken).ConfigureAwait(false);
        return await keyring.OnEncryptAsync(suite, pairs, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async Task<DecryptionMaterials> OnDecryptAsync(
        AlgorithmSuite suite, EncryptedDataKey encryptedDataKey, CancellationToken cancellationToken)
    {
        var keyring = await _keyring.OpenAsync(cancellationToken).ConfigureAwait(false);
        return await keyring.OnDecryptAsync(suite, encryptedDataKey, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async Task<WrappedDataKey> OnWrapAsync(
        AlgorithmSuite suite, byte[] dataKey, IReadOnlyDictionary<string, string> pairs, CancellationToken cancellationToken)
    {
        var keyring = await OpenAsync(cancellationToken).ConfigureAwait(false);
        return await keyring.OnWrapAsync(suite, dataKey, pairs, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public ValueTask<IKeyring> OpenAsync(CancellationToken cancellationToken) => new(_keyring.OpenAsync(cancellationToken));
}
