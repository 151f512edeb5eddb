namespace CseKms.Core;

/// <summary>A version of an object, or a delete marker, as a listing shows it.</summary>
/// <param name="Address">The object, with this version.</param>
/// <param name="IsLatest">Whether it is the newest of its key: what is read, or if it is a marker not found, without a version.</param>
/// <param name="IsDeleteMarker">Whether it is a delete marker, which holds nothing.</param>
/// <param name="LastModified">When it was stored, to the second.</param>
public sealed record ListedVersion(ObjectAddress Address, bool IsLatest, bool IsDeleteMarker, DateTime LastModified)
{
    /// <summary>Stored bytes; <see langword="null"/> for a delete marker.</summary>
    public long? Size { get; init; }

    /// <summary>The entity tag, quoted; <see langword="null"/> for a delete marker.</summary>
    public string? ETag { get; init; }

    /// <summary>The storage class; <see langword="null"/> for a delete marker.</summary>
    public string? StorageClass { get; init; }

    /// <summary>What is said of a delete marker that was to be read.</summary>
    /// <param name="address">The object, as it is shown.</param>
    public static string HoldsNothing(string address) => $"That version of {address} is a delete marker, which holds nothing.";
}
