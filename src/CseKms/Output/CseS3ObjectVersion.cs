using CseKms.Core;
using CseKms.Core.Transfer;

namespace CseKms;

/// <summary>A version of an object, or a delete marker. Pipes into cmdlets that take BucketName, Key and VersionId.</summary>
public sealed class CseS3ObjectVersion : CseS3Object
{
    internal CseS3ObjectVersion(ListedVersion listed)
        : base(listed)
    {
        IsLatest = listed.IsLatest;
        IsDeleteMarker = listed.IsDeleteMarker;
    }

    internal CseS3ObjectVersion(ListedVersion listed, ObjectDescription found)
        : base(listed.Address, found, withEnvelope: true) =>
        IsLatest = listed.IsLatest;

    /// <summary>Whether it is the newest of its key, which is read when no version is named.</summary>
    public bool IsLatest { get; }

    /// <summary>Whether it is a delete marker, which holds nothing. Removing the newest one brings the object back.</summary>
    public bool IsDeleteMarker { get; }

    /// <summary>Bucket, key and version.</summary>
    public override string ToString() => CseText.Escape($"{BucketName}/{Key} ({VersionId})");
}
