using CseKms.Core.Format;

namespace CseKms.Core.Transfer;

/// <summary>One object to fetch, verify and decrypt.</summary>
/// <param name="Address">Which.</param>
public sealed record DownloadRequest(ObjectAddress Address)
{
    /// <summary>Stored bytes as a listing told them; a hint that spares memory, never trusted.</summary>
    public long? SizeHint { get; init; }

    /// <summary>The part of the plaintext to receive, unauthenticated; all of it, authenticated, unless given.</summary>
    public PlaintextRange? Range { get; init; }

    /// <summary>The stored properties that a received file gets. Nothing authenticates them.</summary>
    public KeptProperties Keep { get; init; }

    /// <summary>What an instruction file's key adds to the object's key.</summary>
    public string InstructionFileSuffix { get; init; } = InstructionFile.Suffix;
}

/// <summary>A part of an object's plaintext.</summary>
/// <param name="First">Offset of the first byte, 0 or more.</param>
/// <param name="Last">Offset of the last byte, not before the first; the object's end when it lies beyond or is <see langword="null"/>.</param>
public sealed record PlaintextRange(long First, long? Last);
