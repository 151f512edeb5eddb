using System.Security.Cryptography;
using CseKms.Core.Algorithms;
using CseKms.Core.Format;

namespace CseKms.Core.Materials;

/// <summary>Data keys under one KMS key, by <c>kms+context</c> (specification: keyrings, "KMS Keyring"). Thread-safe.</summary>
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
    public async Task<EncryptionMaterials> OnEncryptAsync(
        AlgorithmSuite suite, IReadOnlyDictionary<string, string> encryptionContext, CancellationToken cancellationToken)
    {
        var fullContext = new Dictionary<string, string>(encryptionContext, StringComparer.Ordinal)
        {
            [MetadataKeys.ContextContentAlgorithm] = suite.MetadataValue,
        };
        var dataKey = await kms.GenerateDataKeyAsync(KeyId, fullContext, cancellationToken).ConfigureAwait(false);
        EnsureLength(dataKey.Plaintext);
        Interlocked.Increment(ref _generated);
        return new EncryptionMaterials(
            suite,
            dataKey.Plaintext,
            new EncryptedDataKey(dataKey.Ciphertext, WrappingAlgorithm.KmsContext, "kms+context", fullContext));
    }

    /// <inheritdoc/>
    public async Task<DecryptionMaterials> OnDecryptAsync(
        AlgorithmSuite suite,
        EncryptedDataKey encryptedDataKey,
        IReadOnlyDictionary<string, string>? expectedContext,
        CancellationToken cancellationToken)
    {
        EnsureReadable(encryptedDataKey);
        EnsureContext(suite, encryptedDataKey.EncryptionContext, expectedContext);
        var dataKey = await kms
            .DecryptAsync(KeyId, encryptedDataKey.Ciphertext, encryptedDataKey.EncryptionContext, cancellationToken)
            .ConfigureAwait(false);
        EnsureLength(dataKey);
        Interlocked.Increment(ref _decrypted);
        return new DecryptionMaterials(suite, dataKey);
    }

    private static void EnsureReadable(EncryptedDataKey key)
    {
        switch (key.Wrapping)
        {
            case WrappingAlgorithm.KmsContext:
                return;
            case WrappingAlgorithm.Legacy:
                throw new CseFault(
                    Fault.LegacyNotAllowed,
                    $"The object's data key is wrapped by the legacy algorithm {key.WrappingName}, which is not read.");
            default:
                throw new CseFault(
                    Fault.UnsupportedFormat,
                    $"The object's data key is wrapped by {key.WrappingName} under a raw key, not by KMS.");
        }
    }

    // The pair that names the content algorithm is authenticated by KMS; that it equals the object's own
    // statement keeps an object from being relabelled as one of a weaker suite.
    private static void EnsureContext(
        AlgorithmSuite suite, IReadOnlyDictionary<string, string> stored, IReadOnlyDictionary<string, string>? expected)
    {
        if (!stored.TryGetValue(MetadataKeys.ContextContentAlgorithm, out var bound) || bound != suite.MetadataValue)
        {
            throw new CseFault(
                Fault.EnvelopeInvalid,
                $"The object's envelope names the content algorithm '{suite.MetadataValue}', but its encryption context " +
                $"{(bound is null ? "names none" : $"names '{bound}'")}. The object may have been relabelled.");
        }

        if (expected is null)
        {
            return;
        }

        var own = stored
            .Where(pair => pair.Key is not (MetadataKeys.ContextContentAlgorithm or MetadataKeys.ContextLegacyKeyId))
            .ToDictionary(pair => pair.Key, pair => pair.Value, StringComparer.Ordinal);
        if (!own.SameAs(expected))
        {
            var difference = own.Keys.ToHashSet(StringComparer.Ordinal).SetEquals(expected.Keys)
                ? $"has other values of {Describe(own)} than were given"
                : $"holds {Describe(own)}, and {Describe(expected)} was given";
            throw new CseFault(
                Fault.ContextMismatch, $"The object's encryption context {difference}. Give the object's own by -EncryptionContext.");
        }
    }

    // Names alone: a value may be nobody else's business.
    private static string Describe(IReadOnlyDictionary<string, string> context) =>
        context.Count == 0 ? "nothing" : string.Join(", ", context.Keys.Order(StringComparer.Ordinal).Select(name => $"'{name}'"));

    private static void EnsureLength(byte[] dataKey)
    {
        if (dataKey.Length != AlgorithmSuite.KeyLength)
        {
            CryptographicOperations.ZeroMemory(dataKey);
            throw new CseFault(Fault.EnvelopeInvalid, $"KMS answered with a data key that is not {AlgorithmSuite.KeyLength} bytes long.");
        }
    }
}
