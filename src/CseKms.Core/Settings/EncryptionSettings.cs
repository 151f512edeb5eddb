using System.Collections.ObjectModel;

namespace CseKms.Core.Settings;

/// <summary>How the objects of a call are encrypted and which are accepted.</summary>
public sealed record EncryptionSettings
{
    /// <summary>The keys that wrap data keys; not needed for listing.</summary>
    public KeySource? Key { get; init; }

    /// <summary>The caller's own encryption context: written to each object sent, and required of each object received.</summary>
    public IReadOnlyDictionary<string, string> EncryptionContext { get; init; } = ReadOnlyDictionary<string, string>.Empty;

    /// <summary>Accept whatever encryption context an object carries.</summary>
    public bool AcceptAnyContext { get; init; }

    /// <summary>Bind bucket and key of each object into its encryption context, and require it of each object received.</summary>
    public bool BindLocation { get; init; }

    /// <summary>What is written beside a data key that a raw key wraps. It is not authenticated.</summary>
    public IReadOnlyDictionary<string, string> MaterialDescription { get; init; } = ReadOnlyDictionary<string, string>.Empty;

    /// <summary>Which suites are written and read.</summary>
    public CommitmentPolicy CommitmentPolicy { get; init; }

    /// <summary>The legacy modes that are read; the commitment policy must allow their objects as well.</summary>
    public LegacyModes AllowedLegacy { get; init; }

    /// <summary>How stored objects are wrapped anew, where they are.</summary>
    public RewrapSettings? Rewrap { get; init; }

    /// <summary>Grant tokens for KMS.</summary>
    public IReadOnlyList<string> GrantTokens { get; init; } = [];

    /// <summary>
    /// Is told the endpoint, once for a call, when data keys come from KMS over plain HTTP from another machine. Called on any thread; must
    /// return at once and never throw.
    /// </summary>
    public Action<string>? KeysInTheClear { get; init; }

    /// <summary>How objects are encrypted that take the place of stored ones: in the newest format; what each carries is its own.</summary>
    internal EncryptionSettings ForRewrapping() => new()
    {
        Key = Rewrap?.Key ?? (Key is KeySource.KmsKeys { KeyIds: [var first, ..] } ? KeySource.Kms(first) : Key),
        CommitmentPolicy = CommitmentPolicy.RequireEncryptAllowDecrypt,
        GrantTokens = GrantTokens,
        KeysInTheClear = KeysInTheClear,
    };
}
