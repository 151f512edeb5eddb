using CseKms.Core.Algorithms;
using CseKms.Core.Format;

namespace CseKms.Core.Materials;

/// <summary>How objects are encrypted and which are accepted.</summary>
public sealed record EncryptionSettings
{
    /// <summary>Key id, key ARN, alias name or alias ARN of the KMS key; not needed for listing.</summary>
    public string? KmsKeyId { get; init; }

    /// <summary>The caller's own encryption context: written to each object sent, and required of each object received.</summary>
    public IReadOnlyDictionary<string, string> EncryptionContext { get; init; } = StringMap.Empty;

    /// <summary>Accept whatever encryption context an object carries.</summary>
    public bool AcceptAnyContext { get; init; }

    /// <summary>Which suites are written and read.</summary>
    public CommitmentPolicy CommitmentPolicy { get; init; }
}
