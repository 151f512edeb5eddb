namespace CseKms.Core;

/// <summary>Which failures say something of an object.</summary>
public static class ErrorFindings
{
    /// <summary>
    /// Whether a failure is what a test of an object finds: the object, as it is stored, is not what the caller takes for intact. All
    /// others say that it could not be tested.
    /// </summary>
    public static bool IsFinding(this ErrorId errorId) => errorId
        is ErrorId.NoSuchKey
        or ErrorId.NotEncrypted or ErrorId.UnsupportedFormat or ErrorId.EnvelopeInvalid or ErrorId.EnvelopeMixed
        or ErrorId.InstructionFileUnclear
        or ErrorId.CommitmentMismatch or ErrorId.CommitmentRequired or ErrorId.LegacyNotAllowed
        or ErrorId.ContextMismatch or ErrorId.LocationMismatch
        or ErrorId.KeyKindMismatch or ErrorId.KmsKeyMismatch or ErrorId.WrappedKeyInvalid
        or ErrorId.AuthenticationFailed or ErrorId.DecryptionFailed;
}
