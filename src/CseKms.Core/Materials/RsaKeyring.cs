using System.Security.Cryptography;
using System.Text;
using CseKms.Core.Algorithms;
using CseKms.Core.Format;
using CseKms.Core.Settings;

namespace CseKms.Core.Materials;

/// <summary>
/// Data keys under a raw RSA key: writes <c>RSA-OAEP-SHA1</c>, reads the legacy OAEP with SHA-256 and V1's PKCS #1 v1.5 too.
/// Thread-safe.
/// </summary>
/// <param name="rsa">The key; its owner disposes it after the last use.</param>
internal sealed class RsaKeyring(RSA rsa) : IKeyring
{
    private const int MinWritingKeySize = 2048;

    /// <inheritdoc/>
    public WrappingAlgorithm Wrapping => WrappingAlgorithm.RsaOaepSha1;

    /// <inheritdoc/>
    public int WrappedLength => rsa.KeySize / 8;

    /// <inheritdoc/>
    public Task<EncryptionMaterials> OnEncryptAsync(
        AlgorithmSuite suite, IReadOnlyDictionary<string, string> pairs, CancellationToken cancellationToken) =>
        Task.FromResult(RawDataKey.Generate(suite, Wrapping, pairs, dataKey => Wrap(suite, dataKey)));

    /// <inheritdoc/>
    public Task<DecryptionMaterials> OnDecryptAsync(
        AlgorithmSuite suite, EncryptedDataKey encryptedDataKey, CancellationToken cancellationToken)
    {
        encryptedDataKey.EnsureKind(WrappingKeyKind.Rsa);
        var (wrapped, wrapping) = (encryptedDataKey.Ciphertext, encryptedDataKey.Wrapping);
        return Task.FromResult(wrapping == WrappingAlgorithm.RsaPkcs1
            ? RawDataKey.OpenOrSubstitute(suite, () => Decrypt(wrapped, RSAEncryptionPadding.Pkcs1))
            : RawDataKey.Open(suite, () => wrapping == WrappingAlgorithm.RsaOaepSha1 ? Unwrap(suite, wrapped) : UnwrapOaepSha256(wrapped)));
    }

    /// <inheritdoc/>
    public Task<WrappedDataKey> OnWrapAsync(
        AlgorithmSuite suite, byte[] dataKey, IReadOnlyDictionary<string, string> pairs, CancellationToken cancellationToken) =>
        Task.FromResult(new WrappedDataKey(new EncryptedDataKey(Wrap(suite, dataKey), Wrapping, pairs), KmsKeyId: null));

    // One byte of the key's length, the key, and the content algorithm.
    private static byte[] Frame(AlgorithmSuite suite, ReadOnlySpan<byte> dataKey) =>
        [(byte)dataKey.Length, .. dataKey, .. Encoding.UTF8.GetBytes(suite.MetadataValue)];

    private static void Clear(RSAParameters key)
    {
        foreach (var secret in new[] { key.D, key.P, key.Q, key.DP, key.DQ, key.InverseQ })
        {
            CryptographicOperations.ZeroMemory(secret);
        }
    }

    private byte[] Wrap(AlgorithmSuite suite, byte[] dataKey)
    {
        if (rsa.KeySize < MinWritingKeySize)
        {
            throw new CseException(
                ErrorId.WrappingKeyInvalid, $"The RSA key has {rsa.KeySize} bits; data keys are wrapped under {MinWritingKeySize} or more.");
        }

        var message = Frame(suite, dataKey);
        try
        {
            // One key of the platform is not for several threads.
            lock (rsa)
            {
                return rsa.Encrypt(message, RSAEncryptionPadding.OaepSHA1);
            }
        }
        finally
        {
            CryptographicOperations.ZeroMemory(message);
        }
    }

    private byte[]? Unwrap(AlgorithmSuite suite, byte[] wrapped)
    {
        var message = Decrypt(wrapped, RSAEncryptionPadding.OaepSHA1);
        var length = message.Length - Frame(suite, []).Length;
        var dataKey = suite.TakesKey(length) ? message[1..(1 + length)] : [];
        var expected = Frame(suite, dataKey);
        var matches = CryptographicOperations.FixedTimeEquals(message, expected);
        CryptographicOperations.ZeroMemory(message);
        CryptographicOperations.ZeroMemory(expected);
        if (!matches)
        {
            CryptographicOperations.ZeroMemory(dataKey);
        }

        return matches ? dataKey : null;
    }

    private byte[] Decrypt(byte[] wrapped, RSAEncryptionPadding padding)
    {
        lock (rsa)
        {
            return rsa.Decrypt(wrapped, padding);
        }
    }

    private byte[]? UnwrapOaepSha256(byte[] wrapped)
    {
        RSAParameters key;
        lock (rsa)
        {
            key = rsa.ExportParameters(includePrivateParameters: true);
        }

        try
        {
            return JavaOaepSha256.Decrypt(key, wrapped);
        }
        finally
        {
            Clear(key);
        }
    }
}
