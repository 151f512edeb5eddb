using CseKms.Core.Algorithms;

namespace CseKms.Core.Materials;

/// <summary>Wraps and unwraps data keys under a wrapping key (specification: keyrings). Implementations are thread-safe.</summary>
internal interface IKeyring
{
    /// <summary>Makes and wraps a new data key.</summary>
    /// <param name="suite">The content suite that the key is for; it is bound into the wrapping.</param>
    /// <param name="encryptionContext">The caller's own pairs.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    Task<EncryptionMaterials> OnEncryptAsync(
        AlgorithmSuite suite, IReadOnlyDictionary<string, string> encryptionContext, CancellationToken cancellationToken);

    /// <summary>Unwraps a stored data key.</summary>
    /// <param name="suite">The content suite of the object.</param>
    /// <param name="encryptedDataKey">The stored key.</param>
    /// <param name="expectedContext">The pairs that the stored context must hold, or <see langword="null"/> to take whatever is stored.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <exception cref="CseFault">The stored key or its context must not be used.</exception>
    Task<DecryptionMaterials> OnDecryptAsync(
        AlgorithmSuite suite,
        EncryptedDataKey encryptedDataKey,
        IReadOnlyDictionary<string, string>? expectedContext,
        CancellationToken cancellationToken);
}
