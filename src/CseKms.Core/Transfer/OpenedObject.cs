using CseKms.Core.Algorithms;
using CseKms.Core.Format;
using CseKms.Core.Materials;

namespace CseKms.Core.Transfer;

/// <summary>A stored object whose data key was unwrapped. Disposing zeroes the key.</summary>
internal sealed class OpenedObject : IDisposable
{
    private readonly string _format;

    private OpenedObject(IStoredObject stored, ContentMetadata metadata, ContentCipher cipher, DecryptionMaterials materials)
    {
        Stored = stored;
        Cipher = cipher;
        HasSubstituteKey = materials.IsSubstitute;
        KmsKeyId = materials.KmsKeyId;
        _format = metadata.FormatName;
        Algorithm = metadata.Suite.NameFor(materials.PlaintextDataKey.Length);
    }

    /// <summary>The stored object.</summary>
    public IStoredObject Stored { get; }

    /// <summary>Decrypts it.</summary>
    public ContentCipher Cipher { get; }

    /// <summary>Whether the wrapped key was malformed, so that nothing may come of it in the end.</summary>
    public bool HasSubstituteKey { get; }

    /// <summary>ARN of the KMS key that unwrapped the data key; <see langword="null"/> with a raw key.</summary>
    public string? KmsKeyId { get; }

    /// <summary>Name of the content algorithm suite.</summary>
    public string Algorithm { get; }

    /// <summary>Unwraps the data key of an object.</summary>
    /// <param name="materialsManager">Holds the object to what the caller accepts.</param>
    /// <param name="stored">The object.</param>
    /// <param name="address">Where it is stored, if that is known.</param>
    /// <param name="metadata">Its envelope.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <exception cref="CseException">Policy, context, wrapping or commitment refuse it, or KMS does.</exception>
    public static async Task<OpenedObject> OpenAsync(
        CryptographicMaterialsManager materialsManager,
        IStoredObject stored,
        ObjectAddress? address,
        ContentMetadata metadata,
        CancellationToken cancellationToken)
    {
        using var materials = await materialsManager
            .GetDecryptionMaterialsAsync(metadata, address, cancellationToken).ConfigureAwait(false);
        var cipher = ContentCipher.ForDecryption(metadata.Suite, materials.PlaintextDataKey, metadata.Nonce, metadata.KeyCommitment);
        return new OpenedObject(stored, metadata, cipher, materials);
    }

    /// <summary>What is told of it when it was received.</summary>
    /// <param name="plaintextLength">Bytes received.</param>
    /// <param name="isAuthenticated">Whether the tag was verified.</param>
    public TransferResult Result(long plaintextLength, bool isAuthenticated) =>
        new(Stored.Head.ETag, Stored.Head.VersionId, plaintextLength, Stored.Head.Size, Algorithm)
        {
            KmsKeyId = KmsKeyId,
            Format = _format,
            Envelope = Stored.Head.Metadata.Where(pair => MetadataKeys.Envelope.Contains(pair.Key)).ToDictionary(),
            IsAuthenticated = isAuthenticated,
        };

    /// <inheritdoc/>
    public void Dispose() => Cipher.Dispose();
}
