using System.Security.Cryptography;
using CseKms.Core.Algorithms;
using CseKms.Core.Format;
using CseKms.Core.Materials;
using CseKms.Core.Settings;

namespace CseKms.Core.Session;

/// <summary>
/// Has KMS tell under which of its keys a data key is wrapped, which it does by opening it. The data key is zeroed and never used: whose
/// key it is, is no reason to trust it. Thread-safe.
/// </summary>
/// <param name="open">Signs in to KMS, when the first key is asked for.</param>
internal sealed class KmsKeyFinder(Func<CancellationToken, Task<IKms>> open)
{
    private readonly SharedOpening<IKms> _kms = new(open);

    /// <summary>The key that wrapped an object's data key, or <see langword="null"/> when none of KMS did.</summary>
    /// <exception cref="CseException">KMS does not open the data key.</exception>
    public async Task<FoundKmsKey?> FindAsync(ContentMetadata metadata, CancellationToken cancellationToken)
    {
        if (metadata.Wrapping.KeyKind != WrappingKeyKind.Kms)
        {
            return null;
        }

        var kms = await _kms.OpenAsync(cancellationToken).ConfigureAwait(false);
        var stored = new EncryptedDataKey(metadata.EncryptedDataKey, metadata.Wrapping, metadata.EncryptionContext);
        var found = await KmsDataKey.DecryptAsync(kms, keyId: null, metadata.Suite, stored, cancellationToken).ConfigureAwait(false);
        CryptographicOperations.ZeroMemory(found.Plaintext);
        return new FoundKmsKey(
            found.KeyId,
            ReadRequirements.Of(metadata).Legacy | (found.Plaintext.Length == AlgorithmSuite.KeyLength ? LegacyModes.None : LegacyModes.Aes128));
    }
}

/// <summary>A key of KMS that an object's data key is wrapped under.</summary>
/// <param name="KmsKeyId">Its ARN.</param>
/// <param name="NeededLegacy">The legacy modes that it takes to read the object, now that the data key's length is known.</param>
public sealed record FoundKmsKey(string KmsKeyId, LegacyModes NeededLegacy);
