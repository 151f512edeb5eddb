namespace CseKms.Core;

/// <summary>An object as a listing shows it.</summary>
/// <param name="BucketName">The bucket.</param>
/// <param name="Key">The exact key.</param>
/// <param name="Size">Stored bytes.</param>
/// <param name="ETag">The entity tag, quoted.</param>
/// <param name="LastModified">When it was stored.</param>
/// <param name="StorageClass">The storage class.</param>
public sealed record ListedObject(
    string BucketName, string Key, long Size, string ETag, DateTime? LastModified, string? StorageClass);
