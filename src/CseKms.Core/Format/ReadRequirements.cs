using CseKms.Core.Settings;

namespace CseKms.Core.Format;

/// <summary>What a caller must allow to read an object. Immutable.</summary>
/// <param name="NonCommitting">The commitment policy must read objects that do not commit to their key.</param>
/// <param name="Legacy">The legacy modes that must be allowed.</param>
internal sealed record ReadRequirements(bool NonCommitting, LegacyModes Legacy)
{
    private static readonly ReadRequirements None = new(false, LegacyModes.None);

    /// <summary>Whether nothing must be allowed.</summary>
    public bool IsNone => this == None;

    /// <summary>
    /// What an object needs as far as its envelope tells: all of it, and nothing of it is implied by the rest. That the data key has 128
    /// bits may show only when it is unwrapped.
    /// </summary>
    public static ReadRequirements Of(ContentMetadata metadata) => new(
        !metadata.Suite.IsCommitting,
        (metadata.Wrapping.IsLegacy ? LegacyModes.Wrapping : LegacyModes.None)
        | (metadata.Suite.IsAuthenticated ? LegacyModes.None : LegacyModes.Content)
        | (metadata.TellsShortKey && !metadata.Suite.IsCommitting ? LegacyModes.Aes128 : LegacyModes.None));

    /// <summary>The strictest commitment policy that reads the object.</summary>
    public CommitmentPolicy StrictestPolicy =>
        NonCommitting ? CommitmentPolicy.RequireEncryptAllowDecrypt : CommitmentPolicy.RequireEncryptRequireDecrypt;

    /// <summary>What of it a caller does not allow.</summary>
    public ReadRequirements NotAllowedBy(CommitmentPolicy policy, LegacyModes allowedLegacy) =>
        new(NonCommitting && !policy.ReadsNonCommitting(), Legacy & ~allowedLegacy);
}
