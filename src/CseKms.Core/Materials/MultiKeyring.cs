using CseKms.Core.Algorithms;
using CseKms.Core.Format;


namespace CseKms.Core.Materials;

/// <summary>Several KMS keys: data keys are wrapped under the first and unwrapped by whichever opens them. Thread-safe.</summary>
internal sealed class MultiKeyring(IReadOnlyList<KmsKeyring> keyrings) : IKeyring
{
    // The objects of a call are often of one key, which is asked first then.
    private volatile KmsKeyring _lastOpened = keyrings[0];

    /// <inheritdoc/>
    public WrappingAlgorithm Wrapping => WrappingAlgorithm.KmsContext;

    /// <inheritdoc/>
    public int WrappedLength => KmsDataKey.UsualWrappedLength;

    /// <inheritdoc/>
    public Task<EncryptionMaterials> OnEncryptAsync(
        AlgorithmSuite suite, IReadOnlyDictionary<string, string> pairs, CancellationToken cancellationToken) =>
        keyrings[0].OnEncryptAsync(suite, pairs, cancellationToken);

    /// <inheritdoc/>
    public Task<DecryptionMaterials> OnDecryptAsync(
        AlgorithmSuite suite, EncryptedDataKey encryptedDataKey, CancellationToken cancellationToken) =>
        TryEachAsync(keyring => keyring.OnDecryptAsync(suite, encryptedDataKey, cancellationToken));

    /// <inheritdoc/>
    public Task<WrappedDataKey> OnWrapAsync(
        AlgorithmSuite suite, byte[] dataKey, IReadOnlyDictionary<string, string> pairs, CancellationToken cancellationToken) =>
        keyrings[0].OnWrapAsync(suite, dataKey, pairs, cancellationToken);

    /// <inheritdoc/>
    public Task<WrappedDataKey?> OnReEncryptAsync(
        AlgorithmSuite suite,
        EncryptedDataKey encryptedDataKey,
        IKeyring target,
        IReadOnlyDictionary<string, string> pairs,
        CancellationToken cancellationToken) =>
        TryEachAsync(keyring => keyring.OnReEncryptAsync(suite, encryptedDataKey, target, pairs, cancellationToken));

    private async Task<T> TryEachAsync<T>(Func<KmsKeyring, Task<T>> use)
    {
        var first = _lastOpened;
        var refusals = new List<CseException>();
        foreach (var keyring in keyrings.Where(keyring => keyring != first).Prepend(first))
        {
            try
            {
                var result = await use(keyring).ConfigureAwait(false);
                _lastOpened = keyring;
                return result;
            }
            catch (CseException failure) when (MayBeAnotherKeys(failure.ErrorId))
            {
                refusals.Add(failure);
            }
        }

        throw None(refusals);
    }

    private CseException None(List<CseException> refusals)
    {
        var cause = refusals.Find(refusal => refusal.ErrorId == ErrorId.KmsAccessDenied)
            ?? refusals.Find(refusal => refusal.ErrorId == ErrorId.WrappedKeyInvalid)
            ?? refusals[0];

        // A key that was denied may be the right one, and one that took the data key for its own and could not open it is. The others are not.
        var errorId = cause.ErrorId is ErrorId.KmsAccessDenied or ErrorId.WrappedKeyInvalid || refusals.TrueForAll(refusal => refusal.ErrorId == cause.ErrorId)
            ? cause.ErrorId
            : ErrorId.KmsKeyMismatch;
        var messages = refusals.Select(refusal => refusal.Message).Distinct();
        return new CseException(errorId, $"None of the {keyrings.Count} KMS keys opens the object's data key. {string.Join(' ', messages)}", cause)
        {
            Operation = cause.Operation,
            RequestId = cause.RequestId,
            StatusCode = cause.StatusCode,
        };
    }

    private static bool MayBeAnotherKeys(ErrorId failure) => failure is
        ErrorId.KmsKeyMismatch or ErrorId.WrappedKeyInvalid or ErrorId.KmsAccessDenied or ErrorId.KmsKeyNotFound or ErrorId.KmsKeyDisabled;
}
