using CseKms.Core.Settings;

namespace CseKms.Core.Format;

/// <summary>How a data key is wrapped (specification: content-metadata, "x-amz-wrap-alg" and "x-amz-w"). Immutable.</summary>
internal sealed class WrappingAlgorithm
{
    /// <summary>KMS, with the content algorithm bound into the encryption context.</summary>
    public static readonly WrappingAlgorithm KmsContext = new("kms+context", WrappingKeyKind.Kms, v3Value: "12");

    /// <summary>A raw AES key by AES-GCM, with the content algorithm as associated data.</summary>
    public static readonly WrappingAlgorithm AesGcm = new("AES/GCM", WrappingKeyKind.Aes, v3Value: "02", overhead: 28);

    /// <summary>A raw RSA key by OAEP with SHA-1, over a message that names the content algorithm.</summary>
    public static readonly WrappingAlgorithm RsaOaepSha1 = new("RSA-OAEP-SHA1", WrappingKeyKind.Rsa, v3Value: "22");

    /// <summary>Legacy: KMS, without a binding to the content algorithm.</summary>
    public static readonly WrappingAlgorithm Kms = new("kms", WrappingKeyKind.Kms);

    /// <summary>Legacy: a raw AES key by RFC 3394.</summary>
    public static readonly WrappingAlgorithm AesWrap = new("AESWrap", WrappingKeyKind.Aes, overhead: 8);

    /// <summary>Legacy: a raw RSA key by OAEP with SHA-256 over the bare key.</summary>
    public static readonly WrappingAlgorithm RsaOaepSha256 = new("RSA/ECB/OAEPWithSHA-256AndMGF1Padding", WrappingKeyKind.Rsa);

    /// <summary>Legacy, V1: a raw AES key by ECB with PKCS #7 padding. V1 stores no name; this is Java's.</summary>
    public static readonly WrappingAlgorithm AesEcb = new("AES/ECB/PKCS5Padding", WrappingKeyKind.Aes, overhead: 16);

    /// <summary>Legacy, V1: a raw RSA key by PKCS #1 v1.5. V1 stores no name; this is Java's.</summary>
    public static readonly WrappingAlgorithm RsaPkcs1 = new("RSA/ECB/PKCS1Padding", WrappingKeyKind.Rsa);

    private static readonly WrappingAlgorithm[] Named = [KmsContext, AesGcm, RsaOaepSha1, Kms, AesWrap, RsaOaepSha256];

    private WrappingAlgorithm(string name, WrappingKeyKind keyKind, string? v3Value = null, int? overhead = null)
    {
        Overhead = overhead;
        Name = name;
        KeyKind = keyKind;
        V3Value = v3Value;
    }

    /// <summary>The name as the specification spells it.</summary>
    public string Name { get; }

    /// <summary>What kind of key unwraps it.</summary>
    public WrappingKeyKind KeyKind { get; }

    /// <summary>The value that stands for it in V3, or <see langword="null"/> when V3 does not know it.</summary>
    public string? V3Value { get; }

    /// <summary>Bytes that wrapping adds to a data key; <see langword="null"/> where the length of a wrapped key tells nothing.</summary>
    public int? Overhead { get; }

    /// <summary>Whether it is read only when the caller allows legacy wrapping. V3 knows exactly those that are not.</summary>
    public bool IsLegacy => V3Value is null;

    /// <summary>Whether unwrapping tells that the data key is the one that was wrapped. Of a padding alone it must not be told.</summary>
    public bool ProvesKey => this != AesEcb && this != RsaPkcs1;

    /// <summary>The algorithm of a V2 name, or <see langword="null"/>.</summary>
    public static WrappingAlgorithm? FromName(string name) => Array.Find(Named, algorithm => algorithm.Name == name);

    /// <summary>The algorithm of a V3 value, or <see langword="null"/>.</summary>
    public static WrappingAlgorithm? FromV3Value(string value) => Array.Find(Named, algorithm => algorithm.V3Value == value);
}
