namespace CseKms.Core;

/// <summary>A multipart upload that was begun and neither completed nor dropped. Its parts are stored, and paid for, until then.</summary>
/// <param name="Address">The object that it would become.</param>
/// <param name="UploadId">Its id.</param>
/// <param name="Initiated">When it was begun.</param>
/// <param name="StorageClass">The storage class.</param>
/// <param name="Initiator">Who began it, as S3 tells it.</param>
public sealed record OpenUpload(ObjectAddress Address, string UploadId, DateTime Initiated, string? StorageClass, string? Initiator);
