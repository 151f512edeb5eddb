using CseKms.Core.Algorithms;
using CseKms.Core.Format;
using CseKms.Core.Settings;

namespace CseKms.Core.Transfer;

/// <summary>An envelope as a user reads it. Immutable.</summary>
public sealed class EnvelopeDescription
{
    private readonly ReadRequirements _needs;

    /// <param name="metadata">The envelope.</param>
    /// <param name="size">Stored bytes of its object.</param>
    /// <exception cref="CseException"><see cref="ErrorId.EnvelopeInvalid"/>: the format allows no object of that length.</exception>
    internal EnvelopeDescription(ContentMetadata metadata, long size)
    {
        Metadata = metadata;
        PlaintextSize = metadata.Suite.IsAuthenticated ? PlaintextLength.Of(size) : null;
        _needs = ReadRequirements.Of(metadata);
    }

    /// <summary>V1, V2 or V3.</summary>
    public string Format => Metadata.FormatName;

    /// <summary>Name of the content algorithm suite.</summary>
    public string Algorithm =>
        Metadata.Suite.NameFor(Metadata.TellsShortKey ? AlgorithmSuite.ShortKeyLength : AlgorithmSuite.KeyLength);

    /// <summary>Name of the wrapping algorithm.</summary>
    public string Wrapping => Metadata.Wrapping.Name;

    /// <summary>Whether the object commits to its key.</summary>
    public bool IsCommitting => Metadata.Suite.IsCommitting;

    /// <summary>Plaintext bytes; <see langword="null"/> where only decryption tells.</summary>
    public long? PlaintextSize { get; }

    /// <summary>The encryption context, or a raw key's material description, as stored and unverified.</summary>
    public IReadOnlyDictionary<string, string> StoredContext => Metadata.EncryptionContext;

    /// <summary>The strictest commitment policy that reads the object.</summary>
    public CommitmentPolicy StrictestPolicy => _needs.StrictestPolicy;

    /// <summary>The legacy modes that it takes to read the object, as far as the envelope tells.</summary>
    public LegacyModes NeededLegacy => _needs.Legacy;

    /// <summary>The envelope itself.</summary>
    internal ContentMetadata Metadata { get; }
}
