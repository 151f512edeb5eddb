using System.Management.Automation;
using CseKms.Core;

namespace CseKms.Errors;

/// <summary>PowerShell's category of each failure of the engine. Without a default, so that a new id does not compile until it is placed.</summary>
internal static class ErrorCategories
{
#pragma warning disable CS8524 // No value without a name is ever thrown.
    public static ErrorCategory Of(ErrorId errorId) => errorId switch
    {
        ErrorId.NotEncrypted or ErrorId.UnsupportedFormat => ErrorCategory.InvalidType,

        ErrorId.EnvelopeInvalid or ErrorId.InstructionFileUnclear or ErrorId.EnvelopeUnproved => ErrorCategory.InvalidData,

        ErrorId.EnvelopeMixed or ErrorId.CommitmentMismatch or ErrorId.CommitmentRequired or ErrorId.LegacyNotAllowed
            or ErrorId.ContextMismatch or ErrorId.LocationMismatch or ErrorId.AuthenticationFailed or ErrorId.DecryptionFailed
            or ErrorId.KmsKeyMismatch or ErrorId.WrappedKeyInvalid or ErrorId.SourceBlocked or ErrorId.DestinationBlocked
            or ErrorId.CertificateUntrusted => ErrorCategory.SecurityError,

        ErrorId.WrappingKeyInvalid or ErrorId.KeyKindMismatch or ErrorId.NotForThisKey
            or ErrorId.RangeOutsideObject or ErrorId.RangeNotSupported or ErrorId.ReservedName or ErrorId.MetadataNotAscii
            or ErrorId.KmsKeyIdRequired or ErrorId.RegionRequired or ErrorId.WrongRegion or ErrorId.EndpointInvalid
            or ErrorId.RequestInvalid or ErrorId.BucketNameInvalid or ErrorId.MetadataInvalid or ErrorId.HeaderInvalid
            or ErrorId.ContentTypeInvalid or ErrorId.ObjectLockInvalid => ErrorCategory.InvalidArgument,

        ErrorId.MetadataTooLarge or ErrorId.SourceTooLarge or ErrorId.TooLargeForPipeline => ErrorCategory.LimitsExceeded,

        ErrorId.KmsKeyNotFound or ErrorId.NoSuchBucket or ErrorId.NoSuchKey or ErrorId.DeleteMarker or ErrorId.ProfileNotFound
            or ErrorId.EnvelopeNotFound => ErrorCategory.ObjectNotFound,

        ErrorId.KmsKeyDisabled or ErrorId.ServiceUnavailable or ErrorId.ObjectArchived => ErrorCategory.ResourceUnavailable,

        ErrorId.KmsAccessDenied or ErrorId.S3AccessDenied or ErrorId.AttributesUnreadable => ErrorCategory.PermissionDenied,

        ErrorId.CredentialsNotFound or ErrorId.CredentialsInvalid or ErrorId.CredentialsExpired
            or ErrorId.MfaCodeRequired or ErrorId.MfaCodeRejected or ErrorId.SsoSignInRequired
            or ErrorId.ClockSkewed => ErrorCategory.AuthenticationError,

        ErrorId.EndpointUnreachable or ErrorId.ConnectionBroken or ErrorId.BodyIncomplete => ErrorCategory.ConnectionError,

        ErrorId.AnswerInvalid or ErrorId.ListingIncomplete or ErrorId.ListingUnordered => ErrorCategory.ProtocolError,

        ErrorId.AlreadyExists or ErrorId.FileExists => ErrorCategory.ResourceExists,

        ErrorId.SourceUnreadable => ErrorCategory.ReadError,

        ErrorId.SourceChanged or ErrorId.ObjectChanged or ErrorId.WriteConflict or ErrorId.UploadVanished => ErrorCategory.InvalidResult,

        ErrorId.DestinationUnwritable or ErrorId.InstructionFileNotStored or ErrorId.EnvelopeNotStored or ErrorId.CopyNotConfirmed => ErrorCategory.WriteError,

        ErrorId.KmsRequestFailed or ErrorId.S3RequestFailed
            or ErrorId.RewrapImpossible or ErrorId.NotCurrentVersion
            or ErrorId.AlreadyReadable or ErrorId.InTheClear => ErrorCategory.InvalidOperation,
    };
#pragma warning restore CS8524
}
