using System.Collections.ObjectModel;

namespace CseKms.Core;

/// <summary>What S3 stores beside an object's bytes.</summary>
public sealed record ObjectAttributes
{
    /// <summary>User metadata, without the <c>x-amz-meta-</c> prefix.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; init; } = ReadOnlyDictionary<string, string>.Empty;

    /// <summary>Tags.</summary>
    public IReadOnlyDictionary<string, string> Tags { get; init; } = ReadOnlyDictionary<string, string>.Empty;

    /// <summary>MIME type.</summary>
    public string? ContentType { get; init; }

    /// <summary>
    /// What whoever fetches the object is told: <c>Cache-Control</c>, <c>Content-Disposition</c>, <c>Content-Encoding</c>,
    /// <c>Content-Language</c>, <c>Expires</c>.
    /// </summary>
    public IReadOnlyDictionary<string, string> Headers { get; init; } = ReadOnlyDictionary<string, string>.Empty;

    /// <summary>Canned ACL as S3 names it: <c>bucket-owner-full-control</c>, …</summary>
    public string? CannedAcl { get; init; }

    /// <summary>How the object is retained: <c>GOVERNANCE</c> or <c>COMPLIANCE</c>.</summary>
    public string? ObjectLockMode { get; init; }

    /// <summary>Until when the object is retained; goes with <see cref="ObjectLockMode"/>.</summary>
    public DateTimeOffset? ObjectLockRetainUntil { get; init; }

    /// <summary>Legal hold: <c>ON</c> or <c>OFF</c>.</summary>
    public string? ObjectLockLegalHold { get; init; }

    /// <summary>Whether object lock is asked for.</summary>
    internal bool IsLocked => ObjectLockMode is not null || ObjectLockLegalHold is not null;

    /// <summary>Storage class as S3 names it.</summary>
    public string? StorageClass { get; init; }

    /// <summary>Server-side encryption as S3 names it: <c>AES256</c>, <c>aws:kms</c>, …</summary>
    public string? ServerSideEncryption { get; init; }

    /// <summary>KMS key of the server-side encryption.</summary>
    public string? ServerSideEncryptionKmsKeyId { get; init; }

    /// <summary>Whether S3 encrypts under a key of the bucket that it takes from KMS once in a while.</summary>
    internal bool? BucketKeyEnabled { get; init; }

    /// <summary>Where whoever fetches the object from a website endpoint is sent.</summary>
    internal string? WebsiteRedirectLocation { get; init; }

    /// <summary>Grants of an ACL: who, by the header of each permission.</summary>
    internal IReadOnlyDictionary<string, string> Grants { get; init; } = ReadOnlyDictionary<string, string>.Empty;
}
