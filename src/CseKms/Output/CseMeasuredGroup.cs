namespace CseKms;

/// <summary>Objects that are encrypted alike.</summary>
public sealed class CseMeasuredGroup
{
    internal CseMeasuredGroup(CseMeasuredObject first)
    {
        Format = first.Format!;
        Algorithm = first.Algorithm!;
        Wrapping = first.Wrapping!;
        StorageClass = first.StorageClass;
        KmsKeyId = first.KmsKeyId;
        CommitmentPolicy = first.CommitmentPolicy!.Value;
        AllowLegacy = first.AllowLegacy!.Value;
    }

    /// <summary>V1, V2 or V3.</summary>
    public string Format { get; }

    /// <summary>The content algorithm suite.</summary>
    public string Algorithm { get; }

    /// <summary>How the data keys are wrapped.</summary>
    public string Wrapping { get; }

    /// <summary>The storage class.</summary>
    public string StorageClass { get; }

    /// <summary>The ARN of the KMS key that wraps the data keys, with -ResolveKey; empty where KMS was not asked or did not tell.</summary>
    public string? KmsKeyId { get; }

    /// <summary>The strictest commitment policy under which they can be read.</summary>
    public CommitmentPolicy CommitmentPolicy { get; }

    /// <summary>The legacy modes that must be allowed to read them.</summary>
    public LegacyModes AllowLegacy { get; }

    /// <summary>How many.</summary>
    public long Objects { get; private set; }

    /// <summary>Stored bytes.</summary>
    public long Size { get; private set; }

    /// <summary>Plaintext bytes; empty for CBC, where only decryption tells.</summary>
    public long? PlaintextSize { get; private set; }

    /// <summary>How they are encrypted, and how many they are.</summary>
    public override string ToString() =>
        CseText.Escape(string.Join(", ", new[] { $"{Format} {Algorithm}", Wrapping, StorageClass, KmsKeyId }.OfType<string>()))
        + $": {Objects:N0} objects, {Size:N0} bytes";

    /// <summary>Counts one more.</summary>
    internal void Add(CseMeasuredObject item)
    {
        Objects++;
        Size += item.Size;
        PlaintextSize = item.PlaintextSize is { } plaintext ? (PlaintextSize ?? 0) + plaintext : null;
    }
}
