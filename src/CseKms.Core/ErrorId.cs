namespace CseKms.Core;

/// <summary>Why an operation failed. Each name is the stable id that a user sees in an error record.</summary>
public enum ErrorId
{
    /// <summary>The object carries no envelope of the Amazon S3 Encryption Client.</summary>
    NotEncrypted,

    /// <summary>The envelope names a format, suite or wrapping that this client does not read.</summary>
    UnsupportedFormat,

    /// <summary>The envelope is incomplete or one of its values is malformed.</summary>
    EnvelopeInvalid,

    /// <summary>The envelope holds keys of two format versions.</summary>
    EnvelopeMixed,

    /// <summary>The data key is not the one that the object commits to.</summary>
    CommitmentMismatch,

    /// <summary>The commitment policy refuses an object without key commitment.</summary>
    CommitmentRequired,

    /// <summary>The object was written in a legacy mode that is not switched on.</summary>
    LegacyNotAllowed,

    /// <summary>The object is not bound to its bucket and key, or is bound to others.</summary>
    LocationMismatch,

    /// <summary>The stored encryption context is not the one that the caller gave.</summary>
    ContextMismatch,

    /// <summary>The authentication tag is wrong: the object, its length or its key was changed.</summary>
    AuthenticationFailed,

    /// <summary>Content without authentication could not be decrypted: it, its key or its envelope is not what was written.</summary>
    DecryptionFailed,

    /// <summary>A range of bytes was asked for that the object does not have.</summary>
    RangeOutsideObject,

    /// <summary>A range of bytes was asked for of an object whose algorithm has none.</summary>
    RangeNotSupported,

    /// <summary>A name that the format reserves was given for metadata or encryption context.</summary>
    ReservedName,

    /// <summary>Envelope and user metadata exceed the 2,048 bytes that S3 stores.</summary>
    MetadataTooLarge,

    /// <summary>User metadata holds a character that S3 metadata cannot carry unchanged.</summary>
    MetadataNotAscii,

    /// <summary>A name or value of user metadata cannot be sent as a header, or would not be stored as it is.</summary>
    MetadataInvalid,

    /// <summary>A header of the object is not stored by S3, or its value is malformed.</summary>
    HeaderInvalid,

    /// <summary>The content type is none.</summary>
    ContentTypeInvalid,

    /// <summary>What is asked of object lock is incomplete or past.</summary>
    ObjectLockInvalid,

    /// <summary>The raw wrapping key cannot be read or is none.</summary>
    WrappingKeyInvalid,

    /// <summary>The object's data key is wrapped under another kind of key than was given.</summary>
    KeyKindMismatch,

    /// <summary>A parameter does not go with the kind of key that was given.</summary>
    NotForThisKey,

    /// <summary>An object is of a legacy mode, which to wrap its data key anew would keep.</summary>
    RewrapImpossible,

    /// <summary>The object was stored and its instruction file was not, so that nobody can read it.</summary>
    InstructionFileNotStored,

    /// <summary>No version of an instruction file is known to belong to an old version of its object.</summary>
    InstructionFileUnclear,

    /// <summary>No KMS key was named.</summary>
    KmsKeyIdRequired,

    /// <summary>The KMS key does not exist in that account and region.</summary>
    KmsKeyNotFound,

    /// <summary>The KMS key is disabled, pending deletion or otherwise unusable.</summary>
    KmsKeyDisabled,

    /// <summary>KMS denied the caller the use of the key.</summary>
    KmsAccessDenied,

    /// <summary>The data key was wrapped under another KMS key.</summary>
    KmsKeyMismatch,

    /// <summary>The wrapped data key could not be opened with this key and context.</summary>
    WrappedKeyInvalid,

    /// <summary>KMS failed in a way that has no id of its own.</summary>
    KmsRequestFailed,

    /// <summary>What was given as a bucket is no name of one, or more than that.</summary>
    BucketNameInvalid,

    /// <summary>The bucket does not exist.</summary>
    NoSuchBucket,

    /// <summary>The object, or that version of it, does not exist.</summary>
    NoSuchKey,

    /// <summary>That version of the object is a delete marker, which holds nothing.</summary>
    DeleteMarker,

    /// <summary>The object changed while it was read.</summary>
    ObjectChanged,

    /// <summary>A version that is not the current one was to be changed.</summary>
    NotCurrentVersion,

    /// <summary>Something that stands beside an object cannot be read and would be lost, so that the object was left as it was.</summary>
    AttributesUnreadable,

    /// <summary>S3 says that it copied an object, and the copy does not carry the envelope that was given.</summary>
    EnvelopeNotStored,

    /// <summary>An object whose envelope was to be put back has one that opens.</summary>
    AlreadyReadable,

    /// <summary>An object whose envelope was to be put back has none, and by every sign never had one.</summary>
    InTheClear,

    /// <summary>No envelope was found that opens an object.</summary>
    EnvelopeNotFound,

    /// <summary>An envelope was found that may be the one of an object, and nothing can prove it.</summary>
    EnvelopeUnproved,

    /// <summary>S3 says that it copied an object, and the copy could not be looked at.</summary>
    CopyNotConfirmed,

    /// <summary>An object of that key exists and must not be overwritten.</summary>
    AlreadyExists,

    /// <summary>Somebody else wrote to the same key at the same time, again and again.</summary>
    WriteConflict,

    /// <summary>Somebody else ended the multipart upload.</summary>
    UploadVanished,

    /// <summary>S3 denied the request.</summary>
    S3AccessDenied,

    /// <summary>S3 failed in a way that has no id of its own.</summary>
    S3RequestFailed,

    /// <summary>The bucket lives in another region than the one that was asked.</summary>
    WrongRegion,

    /// <summary>No region was given and none could be found.</summary>
    RegionRequired,

    /// <summary>No credentials could be found.</summary>
    CredentialsNotFound,

    /// <summary>AWS does not accept the credentials.</summary>
    CredentialsInvalid,

    /// <summary>The credentials have expired.</summary>
    CredentialsExpired,

    /// <summary>The named profile does not exist.</summary>
    ProfileNotFound,

    /// <summary>The code of an MFA device is needed, and nobody can be asked for one.</summary>
    MfaCodeRequired,

    /// <summary>AWS did not accept the code of the MFA device.</summary>
    MfaCodeRejected,

    /// <summary>A sign-in to IAM Identity Center (SSO) is needed, and nobody can be asked for one.</summary>
    SsoSignInRequired,

    /// <summary>The endpoint is no URL, or cannot be what else was asked of it.</summary>
    EndpointInvalid,

    /// <summary>The endpoint could not be reached.</summary>
    EndpointUnreachable,

    /// <summary>The service asked for fewer requests, or was not available, for as long as a call is patient.</summary>
    ServiceUnavailable,

    /// <summary>The connection broke, or stood still, again and again in one object's request.</summary>
    ConnectionBroken,

    /// <summary>What the service answered is no answer to what it was asked.</summary>
    AnswerInvalid,

    /// <summary>A listing broke off before its end.</summary>
    ListingIncomplete,

    /// <summary>A listing is not in the order of its keys' bytes.</summary>
    ListingUnordered,

    /// <summary>An object's bytes always end before its length.</summary>
    BodyIncomplete,

    /// <summary>The object is archived and must be restored before it can be read.</summary>
    ObjectArchived,

    /// <summary>The clock of this machine differs too much from the service's.</summary>
    ClockSkewed,

    /// <summary>The endpoint's certificate is not trusted.</summary>
    CertificateUntrusted,

    /// <summary>The AWS SDK cannot make the request.</summary>
    RequestInvalid,

    /// <summary>The source file cannot be opened or read.</summary>
    SourceUnreadable,

    /// <summary>A link stands in the way to the source file, or in its place, where links are not followed.</summary>
    SourceBlocked,

    /// <summary>The source file changed while it was read.</summary>
    SourceChanged,

    /// <summary>The plaintext is longer than one message of the format may be.</summary>
    SourceTooLarge,

    /// <summary>A file of that name exists and must not be overwritten.</summary>
    FileExists,

    /// <summary>A link or what is no regular file stands in the way below the destination, or in the file's place.</summary>
    DestinationBlocked,

    /// <summary>The destination cannot be written.</summary>
    DestinationUnwritable,

    /// <summary>The plaintext is too long to go to the pipeline.</summary>
    TooLargeForPipeline,
}
