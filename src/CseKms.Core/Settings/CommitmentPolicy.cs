namespace CseKms.Core.Settings;

/// <summary>Which objects are written and read with respect to key commitment (specification: client, "Key Commitment").</summary>
public enum CommitmentPolicy
{
    /// <summary>Writes V3, reads only committing objects. The default.</summary>
    RequireEncryptRequireDecrypt,

    /// <summary>Writes V3, reads committing and non-committing objects.</summary>
    RequireEncryptAllowDecrypt,

    /// <summary>Writes V2, reads committing and non-committing objects.</summary>
    ForbidEncryptAllowDecrypt,
}
