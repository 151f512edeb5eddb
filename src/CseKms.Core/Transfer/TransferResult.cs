namespace CseKms.Core.Transfer;

/// <summary>An object that was stored, or received and verified.</summary>
/// <param name="ETag">The entity tag, quoted.</param>
/// <param name="VersionId">The version, where the bucket keeps versions.</param>
/// <param name="PlaintextSize">Plaintext bytes.</param>
/// <param name="Size">Stored bytes.</param>
/// <param name="Algorithm">Name of the content algorithm suite.</param>
public sealed record TransferResult(string ETag, string? VersionId, long PlaintextSize, long Size, string Algorithm);
