using System.Collections.ObjectModel;
using CseKms.Core.Algorithms;
using CseKms.Core.Format;
using CseKms.Core.Settings;

namespace CseKms.Core.Materials;

/// <content>Data keys of stored objects, wrapped anew.</content>
internal sealed partial class CryptographicMaterialsManager
{
    /// <summary>Wraps the data key of a stored object as another materials manager wraps; the object keeps the data key.</summary>
    /// <param name="metadata">Its envelope.</param>
    /// <param name="address">Where the object is.</param>
    /// <param name="target">Wraps, with the pairs that are its own.</param>
    /// <param name="targetAddress">Where the object will be.</param>
    /// <param name="cancellationToken">Cancels the requests.</param>
    /// <exception cref="CseException">
    /// <see cref="ErrorId.RewrapImpossible"/> for a legacy object; policy, context or wrapping refuse it, or KMS does.
    /// </exception>
    public Task<WrappedDataKey> RewrapAsync(
        ContentMetadata metadata,
        ObjectAddress address,
        CryptographicMaterialsManager target,
        ObjectAddress targetAddress,
        CancellationToken cancellationToken)
    {
        var stored = Accept(metadata, address);
        if (stored.Wrapping.IsLegacy || !metadata.Suite.IsAuthenticated)
        {
            throw new CseException(
                ErrorId.RewrapImpossible,
                $"The object {address} is of a legacy mode ({metadata.Suite.Name}, {stored.Wrapping.Name}): to wrap its data key anew would keep that.");
        }

        var pairs = target.Pairs(targetAddress, ownContext: null);
        return AskAsync(stored, async () =>
        {
            var from = await _keyring.OpenAsync(cancellationToken).ConfigureAwait(false);
            var to = await target._keyring.OpenAsync(cancellationToken).ConfigureAwait(false);
            return await from.OnReEncryptAsync(metadata.Suite, stored, to, pairs, cancellationToken).ConfigureAwait(false)
                ?? await DecryptAndWrapAsync(from, to).ConfigureAwait(false);
        });

        async Task<WrappedDataKey> DecryptAndWrapAsync(IKeyring from, IKeyring to)
        {
            using var materials = Allowed(metadata, await from.OnDecryptAsync(metadata.Suite, stored, cancellationToken).ConfigureAwait(false));

            if (materials.PlaintextDataKey.Length != AlgorithmSuite.KeyLength)
            {
                throw new CseException(
                    ErrorId.RewrapImpossible, $"The object {address} has a data key of {materials.PlaintextDataKey.Length} bytes, which nobody wraps any more.");
            }

            // Makes no cipher of a data key that the object does not commit to.
            ContentCipher.ForDecryption(metadata.Suite, materials.PlaintextDataKey, metadata.Nonce, metadata.KeyCommitment).Dispose();
            var wrapped = await to.OnWrapAsync(metadata.Suite, materials.PlaintextDataKey, pairs, cancellationToken).ConfigureAwait(false);
            return wrapped with { OldKmsKeyId = materials.KmsKeyId, WasOpened = true };
        }
    }

    /// <summary>One that wraps as this one does, for an object that takes a stored one's place.</summary>
    /// <param name="metadata">The stored object's envelope.</param>
    /// <param name="pairs">The caller's own pairs; those of the stored object unless given, where both are of one kind.</param>
    public CryptographicMaterialsManager InPlaceOf(ContentMetadata metadata, IReadOnlyDictionary<string, string>? pairs)
    {
        var isBound = metadata.EncryptionContext.Keys.Any(LocationBinding.IsPair);
        if (isBound && !IsKms)
        {
            throw new CseException(
                ErrorId.NotForThisKey, "The object is bound to its bucket and key, and a raw key binds a data key to nothing.")
            {
                Needed = new() { KeyKind = WrappingKeyKind.Kms },
            };
        }

        var isAlike = metadata.Wrapping.KeyKind == WrappingKeyKind.Kms == IsKms;
        pairs ??= !isAlike ? ReadOnlyDictionary<string, string>.Empty : IsKms ? OwnPairs(metadata.EncryptionContext) : metadata.EncryptionContext;
        return new CryptographicMaterialsManager(
            _keyring,
            IsKms ? _settings with { EncryptionContext = pairs, BindLocation = isBound }
                : _settings with { MaterialDescription = pairs });
    }
}
