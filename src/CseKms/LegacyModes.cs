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

    /// <summary>Data keys of 128 bits in V1 and V2, and AES wrapping keys of 128 bits.</summary>
    Aes128 = 4,
}
