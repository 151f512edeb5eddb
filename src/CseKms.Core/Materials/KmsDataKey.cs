using System.Security.Cryptography;
using CseKms.Core.Algorithms;
using CseKms.Core.Format;
using CseKms.Core.Settings;

namespace CseKms.Core.Materials;

/// <summary>What all keyrings of KMS do alike when they unwrap a data key.</summary>
internal static class KmsDataKey
{
    /// <summary>Length of the wrapped data key in KMS's usual answer, in bytes.</summary>
    public const int UsualWrappedLength = 184;

    /// <summary>Checks a stored data key and has KMS unwrap it.</summary>
    /// <param name="kms">KMS.</param>
    /// <param name="keyId">The only key that may have wrapped it; <see langword="null"/> leaves that to the caller to check.</param>
    /// <param name="suite">The content suite of the object.</param>
    /// <param name="stored">The stored key.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <exception cref="CseException">The object was relabelled, is not wrapped by KMS, or KMS refuses.</exception>
    public static async Task<DecryptedDataKey> DecryptAsync(
        IKms kms, string? keyId, AlgorithmSuite suite, EncryptedDataKey stored, CancellationToken cancellationToken)
    {
        EnsureUsable(suite, stored);
        var dataKey = await AskAsync(
            keyId, stored, () => kms.DecryptAsync(keyId, stored.Ciphertext, stored.EncryptionContext, cancellationToken)).ConfigureAwait(false);
        EnsureLength(dataKey.Plaintext, suite.TakesKey(dataKey.Plaintext.Length));
        return dataKey;
    }

    /// <summary>Checks a stored data key before KMS is asked.</summary>
    /// <exception cref="CseException">The object was relabelled, or is not wrapped by KMS.</exception>
    public static void EnsureUsable(AlgorithmSuite suite, EncryptedDataKey stored)
    {
        stored.EnsureKind(WrappingKeyKind.Kms);
        EnsureNotRelabelled(suite, stored);
    }

    /// <summary>Asks KMS about a stored data key.</summary>
    /// <param name="keyId">The key that was named; <see langword="null"/> where whoever writes to the bucket chose it, and must not end the call by it.</param>
    /// <param name="stored">The stored key.</param>
    /// <param name="ask">The call.</param>
    public static async Task<T> AskAsync<T>(string? keyId, EncryptedDataKey stored, Func<Task<T>> ask)
    {
        try
        {
            return await ask().ConfigureAwait(false);
        }
        catch (CseException failure) when (keyId is null && IsAboutKey(failure.ErrorId))
        {
            failure.Reach = ErrorReach.OneObject;
            throw;
        }
        catch (CseException failure) when (failure.ErrorId == ErrorId.KmsKeyMismatch
            && stored.Wrapping == WrappingAlgorithm.Kms && stored.EncryptionContext.TryGetValue(MetadataKeys.ContextLegacyKeyId, out var storedKey))
        {
            throw NamingKey(failure, storedKey);
        }
    }

    // The legacy wrapping tells whose it is, unauthenticated.
    private static CseException NamingKey(CseException failure, string storedKey) => new(
        failure.ErrorId, $"{failure.Message} The object's envelope names '{storedKey}'.", failure)
    {
        Operation = failure.Operation,
        RequestId = failure.RequestId,
        StatusCode = failure.StatusCode,
    };

    private static bool IsAboutKey(ErrorId failure) => failure is ErrorId.KmsAccessDenied or ErrorId.KmsKeyNotFound or ErrorId.KmsKeyDisabled;

    /// <summary>Zeroes and refuses a data key that KMS made in another length.</summary>
    /// <exception cref="CseException"><see cref="ErrorId.EnvelopeInvalid"/>.</exception>
    public static void EnsureLength(byte[] dataKey) => EnsureLength(dataKey, dataKey.Length == AlgorithmSuite.KeyLength);

    private static void EnsureLength(byte[] dataKey, bool isRight)
    {
        if (!isRight)
        {
            CryptographicOperations.ZeroMemory(dataKey);
            throw new CseException(ErrorId.EnvelopeInvalid, $"KMS answered with a data key that is not {AlgorithmSuite.KeyLength} bytes long.");
        }
    }

    // The pair that names the content algorithm is authenticated by KMS; that it equals the object's own
    // statement keeps an object from being relabelled as one of a weaker suite or wrapping.
    private static void EnsureNotRelabelled(AlgorithmSuite suite, EncryptedDataKey stored)
    {
        stored.EncryptionContext.TryGetValue(MetadataKeys.ContextContentAlgorithm, out var bound);
        var expected = stored.Wrapping == WrappingAlgorithm.KmsContext ? suite.MetadataValue : null;
        if (bound != expected)
        {
            throw new CseException(
                ErrorId.EnvelopeInvalid,
                $"The object's envelope names the content algorithm '{suite.MetadataValue}' and the wrapping {stored.Wrapping.Name}, but its " +
                $"encryption context {(bound is null ? "names no algorithm" : $"names '{bound}'")}. The object may have been relabelled.");
        }
    }
}
