namespace CseKms.Core.Algorithms;

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

/// <summary>What a <see cref="CommitmentPolicy"/> asks for.</summary>
internal static class CommitmentPolicyRules
{
    /// <summary>The suite that the policy writes.</summary>
    public static AlgorithmSuite WrittenSuite(this CommitmentPolicy policy) =>
        policy == CommitmentPolicy.ForbidEncryptAllowDecrypt ? AlgorithmSuite.AesGcm : AlgorithmSuite.AesGcmCommitting;

    /// <summary>Refuses a suite that the policy does not read.</summary>
    /// <exception cref="CseFault"><see cref="Fault.CommitmentRequired"/>.</exception>
    public static void EnsureReadable(this CommitmentPolicy policy, AlgorithmSuite suite)
    {
        if (policy == CommitmentPolicy.RequireEncryptRequireDecrypt && !suite.IsCommitting)
        {
            throw new CseFault(
                Fault.CommitmentRequired,
                $"The object is encrypted with {suite.Name}, which does not commit to its key, and the commitment policy " +
                "RequireEncryptRequireDecrypt refuses that. If you trust its writer, give -CommitmentPolicy RequireEncryptAllowDecrypt.");
        }
    }
}
