using CseKms.Core.Algorithms;
using CseKms.Core.Format;
using CseKms.Core.Settings;

namespace CseKms.Core.Materials;

/// <summary>
/// Several raw keys of one kind: data keys are wrapped under the first and unwrapped by whichever opens them. All are tried for each data
/// key, so that what follows comes as late whichever it was. Thread-safe.
/// </summary>
internal sealed class RawMultiKeyring(IReadOnlyList<IKeyring> keyrings) : IKeyring
{
    /// <inheritdoc/>
    public WrappingAlgorithm Wrapping => keyrings[0].Wrapping;

    /// <inheritdoc/>
    public LegacyModes RequiredLegacy => keyrings.Aggregate(LegacyModes.None, (modes, keyring) => modes | keyring.RequiredLegacy);

    /// <inheritdoc/>
    public int WrappedLength => keyrings[0].WrappedLength;

    /// <inheritdoc/>
    public Task<EncryptionMaterials> OnEncryptAsync(
        AlgorithmSuite suite, IReadOnlyDictionary<string, string> pairs, CancellationToken cancellationToken) =>
        keyrings[0].OnEncryptAsync(suite, pairs, cancellationToken);

    /// <inheritdoc/>
    public Task<WrappedDataKey> OnWrapAsync(
        AlgorithmSuite suite, byte[] dataKey, IReadOnlyDictionary<string, string> pairs, CancellationToken cancellationToken) =>
        keyrings[0].OnWrapAsync(suite, dataKey, pairs, cancellationToken);

    /// <inheritdoc/>
    public async Task<DecryptionMaterials> OnDecryptAsync(
        AlgorithmSuite suite, EncryptedDataKey encryptedDataKey, CancellationToken cancellationToken)
    {
        DecryptionMaterials? found = null;
        CseException? refusal = null;
        foreach (var keyring in keyrings)
        {
            try
            {
                var materials = await keyring.OnDecryptAsync(suite, encryptedDataKey, cancellationToken).ConfigureAwait(false);
                var isBetter = found is null || (found.IsSubstitute && !materials.IsSubstitute);
                (isBetter ? found : materials)?.Dispose();
                found = isBetter ? materials : found;
            }
            catch (CseException failure) when (failure.ErrorId is ErrorId.WrappedKeyInvalid or ErrorId.WrappingKeyInvalid)
            {
                refusal = failure;
            }
        }

        return found ?? throw new CseException(
            ErrorId.WrappedKeyInvalid,
            $"None of the {keyrings.Count} raw keys can open the object's wrapped data key: they are other keys, or the envelope was changed.",
            refusal);
    }
}
