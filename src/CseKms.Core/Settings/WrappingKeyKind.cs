namespace CseKms.Core.Settings;

/// <summary>The kinds of keys that wrap data keys.</summary>
public enum WrappingKeyKind
{
    /// <summary>A key inside AWS KMS.</summary>
    Kms,

    /// <summary>A raw AES key.</summary>
    Aes,

    /// <summary>A raw RSA key pair.</summary>
    Rsa,
}
