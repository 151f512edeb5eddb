namespace CseKms.Core;

/// <summary>Names one object of S3.</summary>
/// <param name="BucketName">The bucket.</param>
/// <param name="Key">The exact key; a leading slash belongs to it.</param>
/// <param name="VersionId">A version, or <see langword="null"/> for the newest.</param>
/// <param name="ExpectedBucketOwner">Account that must own the bucket, if given.</param>
public sealed record ObjectAddress(string BucketName, string Key, string? VersionId = null, string? ExpectedBucketOwner = null)
{
    /// <summary>
    /// Whether the key is one by which an empty object stands for a folder: it ends in a slash (S3's console, S3A) or in <c>_$folder$</c>
    /// (Hadoop, EMR).
    /// </summary>
    public bool IsNamedLikeFolder => Key.EndsWith('/') || Key.EndsWith("_$folder$", StringComparison.Ordinal);

    /// <inheritdoc/>
    public override string ToString() => $"{BucketName}/{Key}";
}
