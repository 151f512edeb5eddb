using System.Security.Cryptography;
using CseKms.Core.Algorithms;
using CseKms.Core.Format;

namespace CseKms.Core.Materials;

/// <summary>What all raw keyrings do alike.</summary>
internal static class RawDataKey
{
    /// <summary>A new data key, wrapped.</summary>
    public static EncryptionMaterials Generate(
        AlgorithmSuite suite, WrappingAlgorithm wrapping, IReadOnlyDictionary<string, string> description, Func<byte[], byte[]> wrap)
    {
        var dataKey = RandomNumberGenerator.GetBytes(AlgorithmSuite.KeyLength);
        return new EncryptionMaterials(suite, dataKey, new EncryptedDataKey(wrap(dataKey), wrapping, description));
    }

    /// <summary>Unwraps a stored data key. Every failure is the same error, whatever in the wrapped key is wrong.</summary>
    /// <param name="suite">The content suite of the object.</param>
    /// <param name="unwrap">Returns the data key, or <see langword="null"/> when it is not as it must be; may throw what the platform throws.</param>
    /// <exception cref="CseException"><see cref="ErrorId.WrappedKeyInvalid"/>.</exception>
    public static DecryptionMaterials Open(AlgorithmSuite suite, Func<byte[]?> unwrap)
    {
        var dataKey = Unwrap(suite, unwrap) ?? throw new CseException(
            ErrorId.WrappedKeyInvalid,
            "The raw key cannot open the object's wrapped data key: it is another key, or the envelope was changed.");
        return new DecryptionMaterials(suite, dataKey);
    }

    /// <summary>
    /// Unwraps a data key of V1, whose padding alone would tell whoever made it that it was well-formed (Bleichenbacher's attack, and
    /// Vaudenay's): never fails.
    /// </summary>
    /// <inheritdoc cref="Open" path="/param"/>
    /// <returns>The data key, or a random one that is marked as a substitute.</returns>
    public static DecryptionMaterials OpenOrSubstitute(AlgorithmSuite suite, Func<byte[]?> unwrap)
    {
        var random = RandomNumberGenerator.GetBytes(AlgorithmSuite.KeyLength);
        var dataKey = Unwrap(suite, unwrap);
        return new DecryptionMaterials(suite, dataKey ?? random) { IsSubstitute = dataKey is null };
    }

    private static byte[]? Unwrap(AlgorithmSuite suite, Func<byte[]?> unwrap)
    {
        byte[]? dataKey = null;
        try
        {
            dataKey = unwrap();
        }
        catch (CryptographicException)
        {
            // Told by the caller, and alike.
        }

        if (dataKey is not null && suite.TakesKey(dataKey.Length))
        {
            return dataKey;
        }

        CryptographicOperations.ZeroMemory(dataKey);
        return null;
    }
}
