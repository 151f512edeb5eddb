using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using CseKms.Core.Algorithms;
using CseKms.Core.Format;
using CseKms.Core.Settings;

namespace CseKms.Core.Materials;

/// <summary>
/// Data keys under a raw AES key: writes <c>AES/GCM</c>, reads the legacy <c>AESWrap</c> and V1's ECB too. Thread-safe.
/// </summary>
/// <param name="key">32 bytes, or 16, which only read; their owner zeroes them after the last use.</param>
internal sealed class AesKeyring(byte[] key) : IKeyring
{
    private const int IvLength = 12;
    private const int TagLength = 16;
    private const int HalfBlock = 8;

    // RFC 3394, 2.2.3.1
    private const ulong KeyWrapCheckValue = 0xA6A6A6A6A6A6A6A6;

    // PKCS #7, after whole blocks.
    private static readonly byte[] PaddingBlock = [.. Enumerable.Repeat((byte)16, 16)];

    /// <inheritdoc/>
    public WrappingAlgorithm Wrapping => WrappingAlgorithm.AesGcm;

    /// <inheritdoc/>
    public LegacyModes RequiredLegacy => key.Length == AlgorithmSuite.KeyLength ? LegacyModes.None : LegacyModes.Aes128;

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
        if (suite.IsCommitting && key.Length != AlgorithmSuite.KeyLength)
        {
            throw new CseException(
                ErrorId.WrappingKeyInvalid, $"A data key of {suite.Name} is never wrapped under an AES key of {key.Length} bytes.")
            {
                // It may be right for others.
                Reach = ErrorReach.OneObject,
            };
        }

        var (wrapped, wrapping) = (encryptedDataKey.Ciphertext, encryptedDataKey.Wrapping);

        // 64 bits of check in AESWrap, and 128 in GCM: whoever cannot wrap learns nothing from a refusal.
        return Task.FromResult(wrapping == WrappingAlgorithm.AesEcb
            ? RawDataKey.OpenOrSubstitute(suite, () => UnwrapEcb(suite, wrapped))
            : RawDataKey.Open(suite, () => wrapping == WrappingAlgorithm.AesGcm ? Unwrap(suite, wrapped) : UnwrapRfc3394(suite, wrapped)));
    }

    /// <inheritdoc/>
    public Task<WrappedDataKey> OnWrapAsync(
        AlgorithmSuite suite, byte[] dataKey, IReadOnlyDictionary<string, string> pairs, CancellationToken cancellationToken) =>
        Task.FromResult(new WrappedDataKey(new EncryptedDataKey(Wrap(suite, dataKey), Wrapping, pairs), KmsKeyId: null));

    private static byte[] AssociatedData(AlgorithmSuite suite) => Encoding.UTF8.GetBytes(suite.MetadataValue);

    private byte[] Wrap(AlgorithmSuite suite, byte[] dataKey)
    {
        if (key.Length != AlgorithmSuite.KeyLength)
        {
            throw new CseException(
                ErrorId.WrappingKeyInvalid,
                $"Data keys are wrapped under an AES key of {AlgorithmSuite.KeyLength} bytes, and this one has {key.Length}.");
        }

        var wrapped = new byte[WrappedLength];
        var iv = wrapped.AsSpan(0, IvLength);
        RandomNumberGenerator.Fill(iv);
        using var gcm = new AesGcm(key, TagLength);
        gcm.Encrypt(iv, dataKey, wrapped.AsSpan(IvLength, dataKey.Length), wrapped.AsSpan(IvLength + dataKey.Length), AssociatedData(suite));
        return wrapped;
    }

    private byte[]? Unwrap(AlgorithmSuite suite, byte[] wrapped)
    {
        var length = wrapped.Length - IvLength - TagLength;
        if (!suite.TakesKey(length))
        {
            return null;
        }

        var dataKey = new byte[length];
        using var gcm = new AesGcm(key, TagLength);
        gcm.Decrypt(wrapped.AsSpan(0, IvLength), wrapped.AsSpan(IvLength, dataKey.Length), wrapped.AsSpan(^TagLength..), dataKey, AssociatedData(suite));
        return dataKey;
    }

    // RFC 3394, 2.2.2
    private byte[]? UnwrapRfc3394(AlgorithmSuite suite, byte[] wrapped)
    {
        if (!suite.TakesKey(wrapped.Length - HalfBlock))
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

    // A data key has whole blocks, so its padding is a block of its own. The platform's way to refuse padding takes another time.
    private byte[]? UnwrapEcb(AlgorithmSuite suite, byte[] wrapped)
    {
        if (!suite.TakesKey(wrapped.Length - PaddingBlock.Length))
        {
            return null;
        }

        using var aes = Aes.Create();
        aes.Key = key;
        var padded = aes.DecryptEcb(wrapped, PaddingMode.None);
        var isPadded = CryptographicOperations.FixedTimeEquals(padded.AsSpan(^PaddingBlock.Length..), PaddingBlock);
        var dataKey = padded[..^PaddingBlock.Length];
        CryptographicOperations.ZeroMemory(padded);
        if (!isPadded)
        {
            CryptographicOperations.ZeroMemory(dataKey);
        }

        return isPadded ? dataKey : null;
    }
}
