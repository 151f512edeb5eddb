namespace CseKms.Core.Settings;

/// <summary>What settings must say for an object to be read. What is <see langword="null"/> does not stand in the way.</summary>
public sealed record NeededSettings
{
    /// <summary>The kind of key that wraps data keys.</summary>
    public WrappingKeyKind? KeyKind { get; init; }

    /// <summary>The account that must be trusted, to which the object's KMS key belongs.</summary>
    public string? DiscoveryAccount { get; init; }

    /// <summary>A commitment policy that reads the object.</summary>
    public CommitmentPolicy? CommitmentPolicy { get; init; }

    /// <summary>All legacy modes that must be allowed.</summary>
    public LegacyModes? AllowedLegacy { get; init; }

    /// <summary>The names of the encryption context's pairs; empty when none may be given.</summary>
    public IReadOnlyCollection<string>? ContextNames { get; init; }

    /// <summary>Whether the object's location must be asked for.</summary>
    public bool? BindLocation { get; init; }
}
