namespace CseKms.Core.Transfer;

/// <summary>One object to fetch, verify and decrypt.</summary>
/// <param name="Address">Which.</param>
public sealed record DownloadRequest(ObjectAddress Address)
{
    /// <summary>Stored bytes as a listing told them; a hint that spares memory, never trusted.</summary>
    public long? SizeHint { get; init; }
}
