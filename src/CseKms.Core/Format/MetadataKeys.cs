namespace CseKms.Core.Format;

/// <summary>Names of the envelope's metadata, without the <c>x-amz-meta-</c> prefix (specification: content-metadata).</summary>
internal static class MetadataKeys
{
    public const string Prefix = "x-amz-";

    public const string V1Key = "x-amz-key";

    public const string V2Key = "x-amz-key-v2";
    public const string V2WrapAlgorithm = "x-amz-wrap-alg";
    public const string V2ContentAlgorithm = "x-amz-cek-alg";
    public const string V2TagLength = "x-amz-tag-len";

    public const string Iv = "x-amz-iv";
    public const string MaterialDescription = "x-amz-matdesc";
    public const string UnencryptedContentLength = "x-amz-unencrypted-content-length";

    public const string V3ContentAlgorithm = "x-amz-c";
    public const string V3Key = "x-amz-3";
    public const string V3WrapAlgorithm = "x-amz-w";
    public const string V3KeyCommitment = "x-amz-d";
    public const string V3MessageId = "x-amz-i";
    public const string V3EncryptionContext = "x-amz-t";
    public const string V3MaterialDescription = "x-amz-m";

    /// <summary>Marks an instruction file in its own metadata; not all writers set it.</summary>
    public const string InstructionFileMark = "x-amz-crypto-instr-file";

    /// <summary>The context pair that binds a wrapped key to its content algorithm.</summary>
    public const string ContextContentAlgorithm = "aws:x-amz-cek-alg";

    /// <summary>The context pair of the legacy <c>kms</c> wrapping.</summary>
    public const string ContextLegacyKeyId = "kms_cmk_id";

    /// <summary>Keys that only V2 uses.</summary>
    public static readonly IReadOnlyList<string> V2Only = [V2Key, V2WrapAlgorithm, V2ContentAlgorithm, V2TagLength];

    /// <summary>Keys that V1 and V2 share. <see cref="UnencryptedContentLength"/> alone is no envelope.</summary>
    public static readonly IReadOnlyList<string> SharedByV1AndV2 = [Iv, MaterialDescription];

    /// <summary>Keys that only V3 uses.</summary>
    public static readonly IReadOnlyList<string> V3Only =
        [V3ContentAlgorithm, V3Key, V3WrapAlgorithm, V3KeyCommitment, V3MessageId, V3EncryptionContext, V3MaterialDescription];

    /// <summary>Keys that never stand in an instruction file: V3's of the content, and the plaintext's length.</summary>
    public static readonly IReadOnlyList<string> ObjectOnly =
        [V3ContentAlgorithm, V3KeyCommitment, V3MessageId, UnencryptedContentLength];

    /// <summary>All keys that make up an envelope of any version.</summary>
    public static readonly IReadOnlyList<string> Envelope = [V1Key, .. V2Only, .. SharedByV1AndV2, .. V3Only];
}
