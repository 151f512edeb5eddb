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
    EnvelopeDescription? Envelope);

/// <summary>An envelope as a user reads it.</summary>
/// <param name="Format">V1, V2 or V3.</param>
/// <param name="Algorithm">Name of the content algorithm suite.</param>
/// <param name="Wrapping">Name of the wrapping algorithm.</param>
/// <param name="IsCommitting">Whether the object commits to its key.</param>
/// <param name="PlaintextSize">Plaintext bytes; <see langword="null"/> where only decryption tells.</param>
/// <param name="StoredContext">The encryption context, or a raw key's material description, as stored and unverified.</param>
public sealed record EnvelopeDescription(
    string Format,
    string Algorithm,
    string Wrapping,
    bool IsCommitting,
    long? PlaintextSize,
    IReadOnlyDictionary<string, string> StoredContext);
