using CseKms.Core.Format;

namespace CseKms.Core.Materials;

/// <summary>A data key that was wrapped anew.</summary>
/// <param name="EncryptedDataKey">What is stored.</param>
/// <param name="KmsKeyId">ARN of the KMS key that wraps it now, as KMS tells it; <see langword="null"/> for a raw key.</param>
internal sealed record WrappedDataKey(EncryptedDataKey EncryptedDataKey, string? KmsKeyId)
{
    /// <summary>The envelope of the data key's object with it.</summary>
    public ContentMetadata Renew(ContentMetadata metadata) => metadata with
    {
        EncryptedDataKey = EncryptedDataKey.Ciphertext,
        Wrapping = EncryptedDataKey.Wrapping,
        EncryptionContext = EncryptedDataKey.EncryptionContext,
    };

    /// <summary>ARN of the KMS key that wrapped it before, as KMS tells it.</summary>
    public string? OldKmsKeyId { get; init; }

    /// <summary>Whether it was unwrapped here in between.</summary>
    public bool WasOpened { get; init; }
}
