using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using CseKms.Core.Algorithms;
using CseKms.Core.Format;
using CseKms.Core.Settings;

namespace CseKms.Core.Materials;

/// <summary>
/// Data keys under a raw AES-256 key: writes <c>AES/GCM</c>, reads the legacy <c>AESWrap</c> and V1's ECB too. Thread-safe.
/// </summary>
/// <param name="key">32 bytes; their owner zeroes them after the last use.</param>
internal sealed class AesKeyring(byte[] key) : IKeyring
{
    private const int IvLength = 12;
    private const int TagLength = 16;
    private const int HalfBlock = 8;

    // RFC 3394, 2.2.3.1
    private const ulong KeyWrapCheckValue = 0xA6A6A6A6A6A6A6A6;

    /// <inheritdoc/>
    public WrappingAlgorithm Wrapping => WrappingAlgorithm.AesGcm;

    /// <inheritdoc/>
    public int WrappedLength => IvLength + AlgorithmSuite.KeyLength + TagLength;

    /// <inheritdoc/>
    public Task<EncryptionMaterials> OnEncryptAsync(
        AlgorithmSuite suite, IReadOnlyDictionary<string, string> pairs, CancellationToken cancellationToken) =>
        Task.FromResult(RawDataKey.Generate(suite, Wrapping, pairs, dataKey => Wrap(suite, dataKey)));

    /// <inheritdoc/>
    public Task<DecryptionMaterials> OnDecryptAsync(
        AlgorithmSuite suite, EncryptedDataKey encryptedDataKey, CancellationToken cancellationToken)
    {
        encryptedDataKey.EnsureKind(WrappingKeyKind.Aes);
        var (wrapped, wrapping) = (encryptedDataKey.Ciphertext, encryptedDataKey.Wrapping);
        return Task.FromResult(RawDataKey.Open(
            suite,
            () => wrapping == WrappingAlgorithm.AesGcm ? Unwrap(suite, wrapped)
                : wrapping == WrappingAlgorithm.AesWrap ? UnwrapRfc3394(wrapped)
                : UnwrapEcb(wrapped)));
    }

    private static byte[] AssociatedData(AlgorithmSuite suite) => Encoding.UTF8.GetBytes(suite.MetadataValue);

    private byte[] Wrap(AlgorithmSuite suite, byte[] dataKey)
    {
        var wrapped = new byte[WrappedLength];
        var iv = wrapped.AsSpan(0, IvLength);
        RandomNumberGenerator.Fill(iv);
        using var gcm = new AesGcm(key, TagLength);
        gcm.Encrypt(iv, dataKey, wrapped.AsSpan(IvLength, dataKey.Length), wrapped.AsSpan(IvLength + dataKey.Length), AssociatedData(suite));
        return wrapped;
    }

    private byte[]? Unwrap(AlgorithmSuite suite, byte[] wrapped)
    {
        if (wrapped.Length != WrappedLength)
        {
            return null;
        }

        var dataKey = new byte[AlgorithmSuite.KeyLength];
        using var gcm = new AesGcm(key, TagLength);
        gcm.Decrypt(wrapped.AsSpan(0, IvLength), wrapped.AsSpan(IvLength, dataKey.Length), wrapped.AsSpan(^TagLength..), dataKey, AssociatedData(suite));
        return dataKey;
    }

    // RFC 3394, 2.2.2
    private byte[]? UnwrapRfc3394(byte[] wrapped)
    {
        if (wrapped.Length != AlgorithmSuite.KeyLength + HalfBlock)
        {
            return null;
        }

        using var aes = Aes.Create();
        aes.Key = key;
        var check = BinaryPrimitives.ReadUInt64BigEndian(wrapped);
        var dataKey = wrapped[HalfBlock..];
        var count = dataKey.Length / HalfBlock;
        Span<byte> block = stackalloc byte[2 * HalfBlock];
        for (var step = 6 * count; step > 0; step--)
        {
            var half = dataKey.AsSpan((step - 1) % count * HalfBlock, HalfBlock);
            BinaryPrimitives.WriteUInt64BigEndian(block, check ^ (ulong)step);
            half.CopyTo(block[HalfBlock..]);
            aes.DecryptEcb(block, block, PaddingMode.None);
            check = BinaryPrimitives.ReadUInt64BigEndian(block);
            block[HalfBlock..].CopyTo(half);
        }

        CryptographicOperations.ZeroMemory(block);
        if (check == KeyWrapCheckValue)
        {
            return dataKey;
        }

        CryptographicOperations.ZeroMemory(dataKey);
        return null;
    }

    private byte[] UnwrapEcb(byte[] wrapped)
    {
        using var aes = Aes.Create();
        aes.Key = key;
        return aes.DecryptEcb(wrapped, PaddingMode.PKCS7);
    }
}
