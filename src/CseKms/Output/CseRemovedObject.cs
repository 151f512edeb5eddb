using CseKms.Core.Transfer;

namespace CseKms;

/// <summary>An object, or a version of one, that was removed.</summary>
public sealed class CseRemovedObject
{
    internal CseRemovedObject(RemovedObject removed)
    {
        BucketName = removed.Address.BucketName;
        Key = removed.Address.Key;
        VersionId = removed.Address.VersionId;
        DeleteMarker = removed.IsDeleteMarker;
        DeleteMarkerVersionId = removed.DeleteMarkerVersionId;
        InstructionFileKey = removed.InstructionFile?.Key;
    }

    /// <summary>The bucket.</summary>
    public string BucketName { get; }

    /// <summary>The object's key.</summary>
    public string Key { get; }

    /// <summary>The version that was removed for good, where one was named.</summary>
    public string? VersionId { get; }

    /// <summary>Whether a delete marker hides the object now, or with a version, whether that version was a delete marker.</summary>
    public bool DeleteMarker { get; }

    /// <summary>The version of that marker. Removing it brings the object back.</summary>
    public string? DeleteMarkerVersionId { get; }

    /// <summary>The key of its instruction file, where that was removed with it.</summary>
    public string? InstructionFileKey { get; }

    /// <summary>Which object.</summary>
    public override string ToString() => CseText.Escape(VersionId is null ? $"{BucketName}/{Key}" : $"{BucketName}/{Key} ({VersionId})");
}
