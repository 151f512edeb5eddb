namespace CseKms.Core.Settings;

/// <summary>
/// What is read only by request (specification: client, "Enable Legacy Wrapping Algorithms" and "Enable Legacy Unauthenticated
/// Modes"). None of it is ever written.
/// </summary>
[Flags]
public enum LegacyModes
{
    /// <summary>Nothing legacy.</summary>
    None = 0,

    /// <summary>Data keys whose wrapping does not bind the content algorithm: <c>kms</c>, <c>AESWrap</c>, OAEP with SHA-256, all of V1.</summary>
    Wrapping = 1,

    /// <summary>Content by AES-CBC, which nothing authenticates.</summary>
    Content = 2,

    /// <summary>Data keys of 128 bits in V1 and V2, and AES wrapping keys of 128 bits.</summary>
    Aes128 = 4,
}
