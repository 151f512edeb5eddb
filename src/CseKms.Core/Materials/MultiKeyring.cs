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
    public async Task<DecryptionMaterials> OnDecryptAsync(
        AlgorithmSuite suite, EncryptedDataKey encryptedDataKey, CancellationToken cancellationToken)
    {
        var first = _lastOpened;
        var refusals = new List<CseFault>();
        foreach (var keyring in keyrings.Where(keyring => keyring != first).Prepend(first))
        {
            try
            {
                var materials = await keyring.OnDecryptAsync(suite, encryptedDataKey, cancellationToken).ConfigureAwait(false);
                _lastOpened = keyring;
                return materials;
            }
            catch (CseFault fault) when (MayBeAnotherKeys(fault.Fault))
            {
                refusals.Add(fault);
            }
        }

        throw new CseFault(
            Cause(refusals.ConvertAll(refusal => refusal.Fault)),
            $"None of the {keyrings.Count} KMS keys opens the object's data key. {string.Join(' ', refusals.Select(refusal => refusal.Message).Distinct())}",
            refusals[0]);
    }

    // A key that was denied may be the right one, and one that took the data key for its own and could not open it is. The others are not.
    private static Fault Cause(List<Fault> refusals) =>
        refusals.Contains(Fault.KmsAccessDenied) ? Fault.KmsAccessDenied
        : refusals.Contains(Fault.WrappedKeyInvalid) ? Fault.WrappedKeyInvalid
        : refusals.TrueForAll(refusal => refusal == refusals[0]) ? refusals[0]
        : Fault.KmsKeyMismatch;

    private static bool MayBeAnotherKeys(Fault fault) => fault is
        Fault.KmsKeyMismatch or Fault.WrappedKeyInvalid or Fault.KmsAccessDenied or Fault.KmsKeyNotFound or Fault.KmsKeyDisabled;
}
