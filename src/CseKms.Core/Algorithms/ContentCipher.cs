using System.Security.Cryptography;

namespace CseKms.Core.Algorithms;

/// <summary>
/// Encrypts or decrypts the content of one object under its data key (specification: encryption, "Content Encryption").
/// Serves one message once, so that no nonce is used twice. Disposing zeroes the derived key.
/// </summary>
internal sealed class ContentCipher : IDisposable
{
    private readonly byte[] _key;
    private readonly byte[] _iv;
    private readonly byte[] _associatedData;
    private int _used;

    private ContentCipher(AlgorithmSuite suite, byte[] key, byte[] nonce, byte[]? keyCommitment)
    {
        _key = key;
        Nonce = nonce;
        KeyCommitment = keyCommitment;
        _iv = suite.IsCommitting ? Enumerable.Repeat((byte)1, SeekableGcm.IvSize).ToArray() : nonce;
        _associatedData = suite.IsCommitting ? SuiteId(suite) : [];
    }

    /// <summary>The IV or message id that the object stores.</summary>
    public byte[] Nonce { get; }

    /// <summary>The commitment that the object stores, if its suite commits.</summary>
    public byte[]? KeyCommitment { get; }

    /// <summary>A cipher for a new object, with a random IV or message id.</summary>
    public static ContentCipher ForEncryption(AlgorithmSuite suite, ReadOnlySpan<byte> dataKey)
    {
        var nonce = new byte[suite.NonceLength];
        do
        {
            RandomNumberGenerator.Fill(nonce);
        }
        while (!nonce.AsSpan().ContainsAnyExcept((byte)0));

        if (!suite.IsCommitting)
        {
            return new ContentCipher(suite, dataKey.ToArray(), nonce, keyCommitment: null);
        }

        using var hkdf = new HkdfSha512(dataKey, nonce, SuiteId(suite));
        var commitment = new byte[AlgorithmSuite.CommitmentLength];
        hkdf.DeriveCommitment(commitment);
        return new ContentCipher(suite, EncryptionKey(hkdf), nonce, commitment);
    }

    /// <summary>A cipher for a stored object. The commitment is verified before the encryption key is derived.</summary>
    /// <exception cref="CseException"><see cref="ErrorId.CommitmentMismatch"/>.</exception>
    public static ContentCipher ForDecryption(AlgorithmSuite suite, ReadOnlySpan<byte> dataKey, byte[] nonce, byte[]? keyCommitment)
    {
        if (!suite.IsCommitting)
        {
            return new ContentCipher(suite, dataKey.ToArray(), nonce, keyCommitment: null);
        }

        using var hkdf = new HkdfSha512(dataKey, nonce, SuiteId(suite));
        return hkdf.VerifyCommitment(keyCommitment)
            ? new ContentCipher(suite, EncryptionKey(hkdf), nonce, keyCommitment)
            : throw new CseException(
                ErrorId.CommitmentMismatch,
                "The object does not commit to the data key that it carries: its envelope was changed or belongs to another object.");
    }

    /// <summary>Encrypts a whole message in place.</summary>
    /// <param name="content">Plaintext in, ciphertext out.</param>
    /// <param name="tag">Receives the tag, 16 bytes.</param>
    public void EncryptWhole(Span<byte> content, Span<byte> tag)
    {
        UseOnce();
        using var gcm = new AesGcm(_key, AlgorithmSuite.TagLength);
        gcm.Encrypt(_iv, content, content, tag, _associatedData);
    }

    /// <summary>Verifies and decrypts a whole message in place.</summary>
    /// <param name="content">Ciphertext in, plaintext out; zeroed when the tag is wrong.</param>
    /// <param name="tag">The stored tag, 16 bytes.</param>
    /// <exception cref="CseException"><see cref="ErrorId.AuthenticationFailed"/>.</exception>
    public void DecryptWhole(Span<byte> content, ReadOnlySpan<byte> tag)
    {
        UseOnce();
        using var gcm = new AesGcm(_key, AlgorithmSuite.TagLength);
        try
        {
            gcm.Decrypt(_iv, content, tag, content, _associatedData);
        }
        catch (AuthenticationTagMismatchException)
        {
            content.Clear();
            throw AuthenticationFailed();
        }
    }

    /// <summary>
    /// Whether a whole message has a tag, compared in constant time. Its ciphertext must not leave, and nor must the tag that it has: see
    /// <c>TagCheck</c>.
    /// </summary>
    /// <param name="content">Plaintext; zeroed.</param>
    /// <param name="tag">The tag, 16 bytes.</param>
    public bool HasTag(Span<byte> content, ReadOnlySpan<byte> tag)
    {
        UseOnce();
        Span<byte> own = stackalloc byte[AlgorithmSuite.TagLength];
        using var gcm = new AesGcm(_key, AlgorithmSuite.TagLength);
        try
        {
            gcm.Encrypt(_iv, content, content, own, _associatedData);
            return CryptographicOperations.FixedTimeEquals(own, tag);
        }
        finally
        {
            content.Clear();
            CryptographicOperations.ZeroMemory(own);
        }
    }

    /// <summary>Opens the message for work in segments. The caller disposes it.</summary>
    public SeekableGcm OpenMessage()
    {
        UseOnce();
        return new SeekableGcm(_key, _iv, _associatedData);
    }

    /// <summary>Opens the message for reading ranges that nothing authenticates.</summary>
    public CtrContent OpenRanges()
    {
        UseOnce();
        return new CtrContent(_key, _iv);
    }

    /// <summary>Opens content of the suite that has no authentication.</summary>
    public CbcContent OpenCbc()
    {
        UseOnce();
        return new CbcContent(_key);
    }

    /// <summary>The error of a wrong tag.</summary>
    public static CseException AuthenticationFailed() => new(
        ErrorId.AuthenticationFailed,
        "The object's authentication tag is wrong: its bytes or its envelope were changed after it was encrypted. Nothing of it was kept.");

    /// <inheritdoc/>
    public void Dispose() => CryptographicOperations.ZeroMemory(_key);

    private static byte[] EncryptionKey(HkdfSha512 hkdf)
    {
        var key = new byte[AlgorithmSuite.KeyLength];
        hkdf.DeriveEncryptionKey(key);
        return key;
    }

    private static byte[] SuiteId(AlgorithmSuite suite) => [(byte)(suite.Id >> 8), (byte)suite.Id];

    private void UseOnce()
    {
        if (Interlocked.Exchange(ref _used, 1) != 0)
        {
            throw new InvalidOperationException("A content cipher serves one message once.");
        }
    }
}
