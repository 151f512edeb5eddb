using CseKms.Core.Aws;
using CseKms.Core.Format;

namespace CseKms.Core.Transfer;

/// <summary>What HEAD tells of an object.</summary>
/// <param name="Size">Stored bytes.</param>
/// <param name="ETag">The entity tag, quoted.</param>
/// <param name="VersionId">The version, where the bucket keeps versions.</param>
/// <param name="LastModified">When it was stored.</param>
/// <param name="StorageClass">The storage class, <see langword="null"/> for the standard one.</param>
/// <param name="Metadata">All user metadata without its prefix, the envelope's included.</param>
/// <param name="Envelope">The envelope, or <see langword="null"/> when the object has none.</param>
public sealed record ObjectDescription(
    long Size,
    string ETag,
    string? VersionId,
    DateTime? LastModified,
    string? StorageClass,
    IReadOnlyDictionary<string, string> Metadata,
    EnvelopeDescription? Envelope)
{
    /// <summary>Describes a stored object.</summary>
    /// <param name="head">What S3 tells of it.</param>
    /// <param name="metadata">Its envelope, if it has one.</param>
    /// <exception cref="CseException"><see cref="ErrorId.EnvelopeInvalid"/>: the format allows no object of that length.</exception>
    internal static ObjectDescription Of(ObjectHead head, ContentMetadata? metadata) => new(
        head.Size,
        head.ETag,
        head.VersionId,
        head.LastModified,
        head.StorageClass,
        head.Metadata,
        metadata is null ? null : new EnvelopeDescription(metadata, head.Size));
}
