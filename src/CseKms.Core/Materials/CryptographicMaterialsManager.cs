using CseKms.Core.Algorithms;
using CseKms.Core.Format;
using CseKms.Core.Settings;

namespace CseKms.Core.Materials;

/// <summary>Puts policy, legacy switches and context before the keyring: nothing that they refuse reaches KMS. Thread-safe.</summary>
internal sealed partial class CryptographicMaterialsManager
{
    private readonly IKeyring _keyring;
    private readonly EncryptionSettings _settings;

    /// <exception cref="CseException">
    /// <see cref="ErrorId.ReservedName"/>: the caller's context uses a name of the format. <see cref="ErrorId.NotForThisKey"/>: context or
    /// description do not go with the kind of key.
    /// </exception>
    public CryptographicMaterialsManager(IKeyring keyring, EncryptionSettings settings)
    {
        _keyring = keyring;
        _settings = settings;
        EnsureFits(settings.EncryptionContext);
        if (IsKms && settings.MaterialDescription.Count > 0)
        {
            throw new CseException(
                ErrorId.NotForThisKey, "A material description goes with a raw key; what a KMS key binds to an object is its encryption context.");
        }
    }

    /// <summary>The suite that is written.</summary>
    public AlgorithmSuite WrittenSuite => _settings.CommitmentPolicy.WrittenSuite();

    private bool IsKms => _keyring.Wrapping.KeyKind == WrappingKeyKind.Kms;

    /// <summary>The bytes that an object's envelope will take in S3's metadata, as far as it can be told before KMS has wrapped the key.</summary>
    /// <param name="address">Where the object goes; known where the place is bound.</param>
    /// <param name="ownContext">The object's own context, in place of the call's.</param>
    /// <param name="withInstructionFile">Whether a part of the envelope goes into an instruction file.</param>
    public int EstimateSize(ObjectAddress? address, IReadOnlyDictionary<string, string>? ownContext, bool withInstructionFile)
    {
        var shape = new ContentMetadata
        {
            FormatVersion = WrittenSuite.IsCommitting ? 3 : 2,
            Suite = WrittenSuite,
            Wrapping = _keyring.Wrapping,
            EncryptedDataKey = new byte[_keyring.WrappedLength],
            EncryptionContext = Pairs(address, ownContext),
            Nonce = new byte[WrittenSuite.NonceLength],
            KeyCommitment = WrittenSuite.IsCommitting ? new byte[AlgorithmSuite.CommitmentLength] : null,
        };
        return MetadataText.SizeInS3(
            ContentMetadataCodec.Encode(shape, 0).Where(pair => !withInstructionFile || !InstructionFile.Holds(pair.Key)));
    }

    /// <summary>A new data key for one object.</summary>
    /// <param name="address">Where the object goes; known where the place is bound.</param>
    /// <param name="ownContext">The object's own context, in place of the call's.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    public Task<EncryptionMaterials> GetEncryptionMaterialsAsync(
        ObjectAddress? address, IReadOnlyDictionary<string, string>? ownContext, CancellationToken cancellationToken) =>
        _keyring.OnEncryptAsync(WrittenSuite, Pairs(address, ownContext), cancellationToken);

    /// <summary>The data key of a stored object.</summary>
    /// <param name="metadata">Its envelope.</param>
    /// <param name="address">Where the object is, if that is known.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <exception cref="CseException">Policy, context or wrapping refuse the object, or KMS does.</exception>
    public Task<DecryptionMaterials> GetDecryptionMaterialsAsync(
        ContentMetadata metadata, ObjectAddress? address, CancellationToken cancellationToken)
    {
        var stored = Accept(metadata, address);
        return AskAsync(stored, async () => Allowed(metadata, await _keyring.OnDecryptAsync(metadata.Suite, stored, cancellationToken).ConfigureAwait(false)));
    }

    // All that is asked of a stored object before its data key is unwrapped.
    private EncryptedDataKey Accept(ContentMetadata metadata, ObjectAddress? address)
    {
        EnsureAllowed(metadata);
        var stored = new EncryptedDataKey(metadata.EncryptedDataKey, metadata.Wrapping, metadata.EncryptionContext);
        stored.EnsureKind(_keyring.Wrapping.KeyKind);
        if (IsKms)
        {
            LocationBinding.Ensure(stored.EncryptionContext, address, _settings.BindLocation);
            EnsureContext(stored);
        }

        return stored;
    }

    private async Task<T> AskAsync<T>(EncryptedDataKey stored, Func<Task<T>> ask)
    {
        try
        {
            return await ask().ConfigureAwait(false);
        }
        catch (CseException failure) when (failure.ErrorId == ErrorId.KmsAccessDenied && (_settings.AcceptAnyContext || stored.Wrapping.IsLegacy))
        {
            // A policy may ask for a context, and this one was chosen by whoever wrote the object.
            failure.Reach = ErrorReach.OneObject;
            throw;
        }
    }

    // Some wrappings tell only now how long the data key is.
    private DecryptionMaterials Allowed(ContentMetadata metadata, DecryptionMaterials materials)
    {
        if (materials.PlaintextDataKey.Length == AlgorithmSuite.KeyLength || _settings.AllowedLegacy.HasFlag(LegacyModes.Aes128))
        {
            return materials;
        }

        materials.Dispose();
        return metadata.Wrapping == WrappingAlgorithm.RsaPkcs1
            ? RawDataKey.OpenOrSubstitute(metadata.Suite, () => null)
            : throw NotAllowed(metadata, new ReadRequirements(false, LegacyModes.Aes128), hasShortKey: true);
    }

    private static Dictionary<string, string> OwnPairs(IReadOnlyDictionary<string, string> storedContext) => storedContext
        .Where(pair => !IsReserved(pair.Key) && !LocationBinding.IsPair(pair.Key))
        .ToDictionary(pair => pair.Key, pair => pair.Value, StringComparer.Ordinal);

    private IReadOnlyDictionary<string, string> Pairs(ObjectAddress? address, IReadOnlyDictionary<string, string>? ownContext)
    {
        var context = ownContext ?? _settings.EncryptionContext;
        EnsureFits(context);
        return !IsKms ? _settings.MaterialDescription
            : _settings.BindLocation ? LocationBinding.AddTo(context, address!)
            : context;
    }

    /// <exception cref="CseException"><see cref="ErrorId.ReservedName"/>: the caller's context uses a name of the format.</exception>
    public static void EnsureNotReserved(IReadOnlyDictionary<string, string> context)
    {
        if (context.Keys.FirstOrDefault(name => IsReserved(name) || LocationBinding.IsPair(name)) is { } reserved)
        {
            var owner = IsReserved(reserved) ? "the format" : "the binding to bucket and key";
            throw new CseException(ErrorId.ReservedName, $"The encryption context must not name '{reserved}', which {owner} reserves.");
        }
    }

    private void EnsureFits(IReadOnlyDictionary<string, string> context)
    {
        EnsureNotReserved(context);
        if (!IsKms && (context.Count > 0 || _settings.BindLocation))
        {
            throw new CseException(
                ErrorId.NotForThisKey,
                "An encryption context, and the binding to bucket and key, need a KMS key: a raw key binds no context to the data key.")
            {
                Needed = new() { KeyKind = WrappingKeyKind.Kms },
            };
        }
    }

    // All that the object needs is told at once.
    private void EnsureAllowed(ContentMetadata metadata)
    {
        var required = ReadRequirements.Of(metadata);
        var ofKeys = metadata.Suite.IsCommitting ? LegacyModes.None : _keyring.RequiredLegacy;
        var missing = (required with { Legacy = required.Legacy | ofKeys }).NotAllowedBy(_settings.CommitmentPolicy, _settings.AllowedLegacy);
        if (!missing.IsNone)
        {
            throw NotAllowed(metadata, missing, metadata.TellsShortKey);
        }
    }

    private CseException NotAllowed(ContentMetadata metadata, ReadRequirements missing, bool hasShortKey)
    {
        var suite = metadata.Suite.NameFor(hasShortKey ? AlgorithmSuite.ShortKeyLength : AlgorithmSuite.KeyLength);
        var bits = hasShortKey ? " of 128 bits" : "";
        var under = missing.Legacy.HasFlag(LegacyModes.Aes128) && !hasShortKey ? " under a key of 128 bits" : "";
        var (errorId, message) = missing.NonCommitting
            ? (ErrorId.CommitmentRequired,
                $"The object is encrypted with {suite}, which does not commit to its key, and the commitment policy " +
                $"{_settings.CommitmentPolicy} refuses that.")
            : (ErrorId.LegacyNotAllowed,
                $"The object is of a legacy mode: its content is encrypted with {suite} and its data key{bits} wrapped by " +
                $"{metadata.Wrapping.Name}{under}.");
        return new CseException(errorId, message)
        {
            Needed = new()
            {
                CommitmentPolicy = missing.NonCommitting ? missing.StrictestPolicy : null,
                AllowedLegacy = missing.Legacy == LegacyModes.None ? null : _settings.AllowedLegacy | missing.Legacy,
            },
        };
    }

    private void EnsureContext(EncryptedDataKey stored)
    {
        if (_settings.AcceptAnyContext)
        {
            return;
        }

        var expected = _settings.EncryptionContext;
        if (stored.Wrapping.IsLegacy && expected.Count == 0)
        {
            // Its writers, Amazon SES among them, add pairs that a reader need not know.
            return;
        }

        var own = OwnPairs(stored.EncryptionContext);
        if (!own.SameAs(expected))
        {
            var difference = own.Keys.ToHashSet(StringComparer.Ordinal).SetEquals(expected.Keys)
                ? $"has other values of {Describe(own)} than were given"
                : $"holds {Describe(own)}, and {Describe(expected)} was given";
            throw new CseException(ErrorId.ContextMismatch, $"The object's encryption context {difference}.")
            {
                Needed = new() { ContextNames = own.Keys },
            };
        }
    }

    // Names alone: a value may be nobody else's business.
    private static string Describe(IReadOnlyDictionary<string, string> context) =>
        context.Count == 0 ? "nothing" : string.Join(", ", context.Keys.Order(StringComparer.Ordinal).Select(name => $"'{name}'"));

    private static bool IsReserved(string name) =>
        name is MetadataKeys.ContextContentAlgorithm or MetadataKeys.ContextLegacyKeyId;
}
