namespace CseKms;

/// <summary>What stands beside an encrypted object, or in its instruction file, as stored and not verified.</summary>
public sealed class CseEnvelope
{
    /// <summary>V1, V2 or V3.</summary>
    public required string Format { get; init; }

    /// <summary>The content algorithm suite.</summary>
    public required string Algorithm { get; init; }

    /// <summary>How the data key is wrapped.</summary>
    public required string Wrapping { get; init; }

    /// <summary>Whether the object commits to its key.</summary>
    public required bool IsCommitting { get; init; }

    /// <summary>
    /// The encryption context as stored, or the material description of a raw key. It is compared with what a receiver gives, and never
    /// taken for it.
    /// </summary>
    public required IReadOnlyDictionary<string, string> StoredContext { get; init; }

    /// <summary>All user metadata of the object, the envelope's own included.</summary>
    public required IReadOnlyDictionary<string, string> Metadata { get; init; }

    /// <summary>Format and algorithm.</summary>
    public override string ToString() => $"{Format} {Algorithm}";
}
