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
        byte[]? dataKey = null;
        try
        {
            dataKey = unwrap();
        }
        catch (CryptographicException)
        {
            // Told below, and alike.
        }

        if (dataKey?.Length == AlgorithmSuite.KeyLength)
        {
            return new DecryptionMaterials(suite, dataKey);
        }

        CryptographicOperations.ZeroMemory(dataKey);
        throw new CseException(
            ErrorId.WrappedKeyInvalid,
            "The raw key cannot open the object's wrapped data key: it is another key, or the envelope was changed.");
    }
}
