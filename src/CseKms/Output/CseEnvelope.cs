using CseKms.Core.Transfer;

namespace CseKms;

/// <summary>What stands beside an encrypted object, or in its instruction file, as stored and not verified.</summary>
public sealed class CseEnvelope
{
    internal CseEnvelope(EnvelopeDescription envelope, IReadOnlyDictionary<string, string> metadata)
    {
        Format = envelope.Format;
        Algorithm = envelope.Algorithm;
        Wrapping = envelope.Wrapping;
        IsCommitting = envelope.IsCommitting;
        StoredContext = envelope.StoredContext;
        Metadata = metadata;
    }

    /// <summary>V1, V2 or V3.</summary>
    public string Format { get; }

    /// <summary>The content algorithm suite.</summary>
    public string Algorithm { get; }

    /// <summary>How the data key is wrapped.</summary>
    public string Wrapping { get; }

    /// <summary>Whether the object commits to its key.</summary>
    public bool IsCommitting { get; }

    /// <summary>
    /// The encryption context as stored, or the material description of a raw key. It is compared with what a receiver gives, and never
    /// taken for it.
    /// </summary>
    public IReadOnlyDictionary<string, string> StoredContext { get; }

    /// <summary>All user metadata of the object, the envelope's own included.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>Format and algorithm.</summary>
    public override string ToString() => $"{Format} {Algorithm}";
}
