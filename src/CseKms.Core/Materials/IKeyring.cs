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

    /// <summary>Wraps the data key of a stored object, which keeps it.</summary>
    /// <param name="suite">The content suite of the object; it is bound into the wrapping.</param>
    /// <param name="dataKey">The data key; its owner zeroes it.</param>
    /// <param name="pairs">The caller's own pairs, as for a new data key.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <exception cref="CseException">The keyring cannot wrap.</exception>
    Task<WrappedDataKey> OnWrapAsync(
        AlgorithmSuite suite, byte[] dataKey, IReadOnlyDictionary<string, string> pairs, CancellationToken cancellationToken);

    /// <summary>
    /// Wraps a data key of this keyring's under another keyring without showing it to the client, where one request reaches both.
    /// </summary>
    /// <param name="suite">The content suite of the object.</param>
    /// <param name="encryptedDataKey">The stored key.</param>
    /// <param name="target">The other keyring.</param>
    /// <param name="pairs">The caller's own pairs, as for a new data key.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <returns>The data key, or <see langword="null"/> where it takes two requests.</returns>
    /// <exception cref="CseException">As <see cref="OnDecryptAsync"/> and <see cref="OnWrapAsync"/>.</exception>
    Task<WrappedDataKey?> OnReEncryptAsync(
        AlgorithmSuite suite,
        EncryptedDataKey encryptedDataKey,
        IKeyring target,
        IReadOnlyDictionary<string, string> pairs,
        CancellationToken cancellationToken) => Task.FromResult<WrappedDataKey?>(null);

    /// <summary>The keyring that does the work, opened.</summary>
    ValueTask<IKeyring> OpenAsync(CancellationToken cancellationToken) => new(this);
}
