using CseKms.Core.Algorithms;
using CseKms.Core.Settings;

namespace CseKms.Core.Format;

/// <summary>What a <see cref="CommitmentPolicy"/> asks for (specification: client, "Key Commitment").</summary>
internal static class CommitmentPolicyRules
{
    /// <summary>The suite that the policy writes.</summary>
    public static AlgorithmSuite WrittenSuite(this CommitmentPolicy policy) =>
        policy == CommitmentPolicy.ForbidEncryptAllowDecrypt ? AlgorithmSuite.AesGcm : AlgorithmSuite.AesGcmCommitting;

    /// <summary>Whether the policy reads objects that do not commit to their key.</summary>
    public static bool ReadsNonCommitting(this CommitmentPolicy policy) => policy != CommitmentPolicy.RequireEncryptRequireDecrypt;
}
