using CseKms.Core.Algorithms;
using CseKms.Core.Format;

namespace CseKms.Core.Materials;

/// <summary>Puts policy and context before the keyring: nothing that they refuse reaches KMS. Thread-safe.</summary>
internal sealed class CryptographicMaterialsManager
{
    private readonly IKeyring _keyring;
    private readonly EncryptionSettings _settings;

    /// <exception cref="CseFault"><see cref="Fault.ReservedName"/>: the caller's context uses a name of the format.</exception>
    public CryptographicMaterialsManager(IKeyring keyring, EncryptionSettings settings)
    {
        if (settings.EncryptionContext.Keys.FirstOrDefault(IsReserved) is { } name)
        {
            throw new CseFault(Fault.ReservedName, $"The encryption context must not name '{name}': the format reserves it.");
        }

        _keyring = keyring;
        _settings = settings;
    }

    /// <summary>The suite that is written.</summary>
    public AlgorithmSuite WrittenSuite => _settings.CommitmentPolicy.WrittenSuite();

    /// <summary>The context as it will be stored, before KMS is asked.</summary>
    public IReadOnlyDictionary<string, string> EncryptionContext => _settings.EncryptionContext;

    /// <summary>A new data key for one object.</summary>
    public Task<EncryptionMaterials> GetEncryptionMaterialsAsync(CancellationToken cancellationToken) =>
        _keyring.OnEncryptAsync(WrittenSuite, _settings.EncryptionContext, cancellationToken);

    /// <summary>The data key of a stored object.</summary>
    /// <exception cref="CseFault">Policy, context or wrapping refuse the object, or KMS does.</exception>
    public Task<DecryptionMaterials> GetDecryptionMaterialsAsync(ContentMetadata metadata, CancellationToken cancellationToken)
    {
        _settings.CommitmentPolicy.EnsureReadable(metadata.Suite);
        if (!metadata.Suite.IsAuthenticated)
        {
            throw new CseFault(
                Fault.LegacyNotAllowed,
                $"The object is encrypted with {metadata.Suite.Name}, a legacy algorithm without authentication, which is not read.");
        }

        return _keyring.OnDecryptAsync(
            metadata.Suite,
            new EncryptedDataKey(metadata.EncryptedDataKey, metadata.Wrapping, metadata.WrappingName, metadata.EncryptionContext),
            _settings.AcceptAnyContext ? null : _settings.EncryptionContext,
            cancellationToken);
    }

    private static bool IsReserved(string name) =>
        name is MetadataKeys.ContextContentAlgorithm or MetadataKeys.ContextLegacyKeyId;
}
