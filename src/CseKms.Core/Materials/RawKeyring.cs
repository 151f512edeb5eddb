using CseKms.Core.Settings;

namespace CseKms.Core.Materials;

/// <summary>Keyrings of keys outside KMS.</summary>
internal static class RawKeyring
{
    /// <summary>The keyring of a key, which its owner disposes after the last use.</summary>
    public static IKeyring Of(RawKey key) => key.Rsa is { } rsa ? new RsaKeyring(rsa) : new AesKeyring(key.Aes!);
}
