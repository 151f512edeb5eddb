namespace CseKms.Core;

/// <summary>How far a failure reaches.</summary>
public enum ErrorReach
{
    /// <summary>It is one object's.</summary>
    OneObject,

    /// <summary>It is one object's, unless it strikes many and no object succeeds.</summary>
    PerhapsAllObjects,

    /// <summary>It fails all objects of a call alike, so that going on is of no use.</summary>
    AllObjects,
}

/// <summary>How far each failure reaches. Without a default, so that a new id does not compile until it is placed.</summary>
public static class ErrorReaches
{
#pragma warning disable CS8524 // No value without a name is ever thrown.
    /// <summary>How far a failure reaches.</summary>
    public static ErrorReach Reach(this ErrorId errorId) => errorId switch
    {
        ErrorId.BucketNameInvalid or ErrorId.MetadataInvalid or ErrorId.HeaderInvalid or ErrorId.ContentTypeInvalid or ErrorId.ObjectLockInvalid
            or ErrorId.NoSuchBucket or ErrorId.WrongRegion or ErrorId.RegionRequired
            or ErrorId.CredentialsNotFound or ErrorId.CredentialsInvalid or ErrorId.CredentialsExpired or ErrorId.ProfileNotFound
            or ErrorId.MfaCodeRequired or ErrorId.MfaCodeRejected or ErrorId.SsoSignInRequired
            or ErrorId.EndpointInvalid or ErrorId.EndpointUnreachable or ErrorId.ServiceUnavailable
            or ErrorId.ClockSkewed or ErrorId.CertificateUntrusted
            or ErrorId.WrappingKeyInvalid or ErrorId.KmsKeyIdRequired or ErrorId.KmsKeyNotFound or ErrorId.KmsKeyDisabled => ErrorReach.AllObjects,

        ErrorId.KmsAccessDenied => ErrorReach.PerhapsAllObjects,

        ErrorId.NotEncrypted or ErrorId.UnsupportedFormat or ErrorId.EnvelopeInvalid or ErrorId.EnvelopeMixed or ErrorId.InstructionFileUnclear
            or ErrorId.CommitmentMismatch or ErrorId.CommitmentRequired or ErrorId.LegacyNotAllowed
            or ErrorId.LocationMismatch or ErrorId.ContextMismatch
            or ErrorId.AuthenticationFailed or ErrorId.DecryptionFailed or ErrorId.RangeOutsideObject or ErrorId.RangeNotSupported
            or ErrorId.ReservedName or ErrorId.MetadataTooLarge or ErrorId.MetadataNotAscii
            or ErrorId.KeyKindMismatch or ErrorId.NotForThisKey
            or ErrorId.KmsKeyMismatch or ErrorId.WrappedKeyInvalid or ErrorId.KmsRequestFailed
            or ErrorId.RewrapImpossible or ErrorId.NotCurrentVersion or ErrorId.AttributesUnreadable or ErrorId.EnvelopeNotStored or ErrorId.CopyNotConfirmed
            or ErrorId.AlreadyReadable or ErrorId.InTheClear or ErrorId.EnvelopeNotFound or ErrorId.EnvelopeUnproved
            or ErrorId.NoSuchKey or ErrorId.DeleteMarker or ErrorId.ObjectChanged or ErrorId.AlreadyExists or ErrorId.WriteConflict or ErrorId.UploadVanished
            or ErrorId.InstructionFileNotStored or ErrorId.S3AccessDenied or ErrorId.S3RequestFailed
            or ErrorId.ConnectionBroken or ErrorId.AnswerInvalid or ErrorId.ListingIncomplete or ErrorId.ListingUnordered or ErrorId.BodyIncomplete
            or ErrorId.ObjectArchived or ErrorId.RequestInvalid
            or ErrorId.SourceUnreadable or ErrorId.SourceBlocked or ErrorId.SourceChanged or ErrorId.SourceTooLarge
            or ErrorId.FileExists or ErrorId.DestinationBlocked or ErrorId.DestinationUnwritable
            or ErrorId.TooLargeForPipeline => ErrorReach.OneObject,
    };
#pragma warning restore CS8524
}
