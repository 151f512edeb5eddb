using CseKms.Core.Algorithms;

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

/// <summary>What a <see cref="CommitmentPolicy"/> asks for.</summary>
internal static class CommitmentPolicyRules
{
    /// <summary>The suite that the policy writes.</summary>
    public static AlgorithmSuite WrittenSuite(this CommitmentPolicy policy) =>
        policy == CommitmentPolicy.ForbidEncryptAllowDecrypt ? AlgorithmSuite.AesGcm : AlgorithmSuite.AesGcmCommitting;

    /// <summary>Whether the policy reads a suite.</summary>
    public static bool Reads(this CommitmentPolicy policy, AlgorithmSuite suite) =>
        policy != CommitmentPolicy.RequireEncryptRequireDecrypt || suite.IsCommitting;
}
