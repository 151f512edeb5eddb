using CseKms.Core.Algorithms;
using CseKms.Core.Format;
using CseKms.Core.Settings;

namespace CseKms.Core.Materials;

/// <summary>Wraps and unwraps data keys under wrapping keys (specification: keyrings). Implementations are thread-safe.</summary>
internal interface IKeyring
{
    /// <summary>How it wraps.</summary>
    WrappingAlgorithm Wrapping { get; }

    /// <summary>The legacy modes without which nothing is read by its keys.</summary>
    LegacyModes RequiredLegacy => LegacyModes.None;

    /// <summary>Length of a data key that it wraps, in bytes; for KMS, whose answer is not known before, that of a usual answer.</summary>
    int WrappedLength { get; }

    /// <summary>Makes and wraps a new data key.</summary>
    /// <param name="suite">The content suite that the key is for; it is bound into the wrapping.</param>
    /// <param name="pairs">The caller's own pairs: an encryption context under KMS, a material description under a raw key.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <exception cref="CseException">The keyring cannot wrap.</exception>
    Task<EncryptionMaterials> OnEncryptAsync(
        AlgorithmSuite suite, IReadOnlyDictionary<string, string> pairs, CancellationToken cancellationToken);

    /// <summary>Unwraps a stored data key.</summary>
    /// <param name="suite">The content suite of the object.</param>
    /// <param name="encryptedDataKey">The stored key.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <exception cref="CseException">The stored key must not be used, or is not wrapped under this keyring's key.</exception>
    Task<DecryptionMaterials> OnDecryptAsync(AlgorithmSuite suite, EncryptedDataKey encryptedDataKey, CancellationToken cancellationToken);
}
