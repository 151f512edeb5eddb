namespace CseKms.Core.Settings;

/// <summary>How the data keys of stored objects are wrapped anew. Immutable.</summary>
public sealed record RewrapSettings
{
    /// <summary>The key that wraps them then; the first of the caller's own unless given.</summary>
    public KeySource? Key { get; init; }

    /// <summary>The profile that KMS is called as for that key; the caller's own unless given.</summary>
    public string? KmsProfileName { get; init; }

    /// <summary>The endpoint of KMS for that key, when it is not the caller's own.</summary>
    public string? KmsEndpointUrl { get; init; }

    /// <summary>
    /// The encryption context, or for a raw key the material description, that objects carry then; what they carry already unless given.
    /// </summary>
    public IReadOnlyDictionary<string, string>? EncryptionContext { get; init; }
}
