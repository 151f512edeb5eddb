using CseKms.Core.Settings;

namespace CseKms.Core.Materials;

/// <summary>Keyrings of keys outside KMS.</summary>
internal static class RawKeyring
{
    /// <summary>The keyring of keys of one kind, whose owner disposes them after the last use.</summary>
    public static IKeyring Of(params IReadOnlyList<RawKey> keys) => keys.Count == 1 ? Of(keys[0]) : new RawMultiKeyring([.. keys.Select(Of)]);

    private static IKeyring Of(RawKey key) => key.Rsa is { } rsa ? new RsaKeyring(rsa) : new AesKeyring(key.Aes!);
}
