namespace CseKms.Core;

/// <summary>Names one object of S3.</summary>
/// <param name="BucketName">The bucket.</param>
/// <param name="Key">The exact key; a leading slash belongs to it.</param>
/// <param name="VersionId">A version, or <see langword="null"/> for the newest.</param>
/// <param name="ExpectedBucketOwner">Account that must own the bucket, if given.</param>
public sealed record ObjectAddress(string BucketName, string Key, string? VersionId = null, string? ExpectedBucketOwner = null)
{
    /// <inheritdoc/>
    public override string ToString() => $"{BucketName}/{Key}";
}
