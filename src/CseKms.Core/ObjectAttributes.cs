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

    /// <summary>Storage class as S3 names it.</summary>
    public string? StorageClass { get; init; }

    /// <summary>Server-side encryption as S3 names it: <c>AES256</c>, <c>aws:kms</c>, …</summary>
    public string? ServerSideEncryption { get; init; }

    /// <summary>KMS key of the server-side encryption.</summary>
    public string? ServerSideEncryptionKmsKeyId { get; init; }
}
