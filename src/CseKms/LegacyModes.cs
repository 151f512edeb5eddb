namespace CseKms;

/// <summary>Legacy modes that are read by request. None of them is ever written.</summary>
[Flags]
public enum LegacyModes
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>Data keys whose wrapping does not bind the content algorithm: kms, AESWrap, OAEP with SHA-256, and all of V1.</summary>
    Wrapping = 1,

    /// <summary>Content by AES-CBC, which nothing authenticates.</summary>
    Content = 2,
}
