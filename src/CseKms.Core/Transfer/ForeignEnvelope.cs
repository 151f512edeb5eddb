namespace CseKms.Core.Transfer;

/// <summary>Tells by the failure whether an envelope may be another object's, which is no sign of tampering where several are tried.</summary>
internal static class ForeignEnvelope
{
    /// <summary>Whether the envelope does not go with the object.</summary>
    public static bool IsMismatch(ErrorId failure) => failure is
        ErrorId.CommitmentMismatch or ErrorId.AuthenticationFailed or ErrorId.WrappedKeyInvalid or ErrorId.EnvelopeMixed or ErrorId.EnvelopeInvalid;

    /// <summary>Whether nobody reads the object by the envelope, whatever the caller gives.</summary>
    public static bool IsOfNoUse(ErrorId failure) => IsMismatch(failure) || failure is
        ErrorId.DecryptionFailed or ErrorId.UnsupportedFormat or ErrorId.InstructionFileUnclear or ErrorId.NotEncrypted;

    /// <summary>Whether it may not go with the object; what the caller gave, or did not, may be the cause as well.</summary>
    public static bool MayBeOne(ErrorId failure) => IsMismatch(failure) || failure is
        ErrorId.ContextMismatch or ErrorId.LocationMismatch or ErrorId.KmsKeyMismatch or ErrorId.KeyKindMismatch;
}
