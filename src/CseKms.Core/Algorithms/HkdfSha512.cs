using System.Security.Cryptography;

namespace CseKms.Core.Algorithms;

/// <summary>
/// The key derivation of the committing suites (S3EC specification, key-derivation.md, "HKDF Operation"): from the data
/// key of one object its key commitment and its content encryption key, by HKDF with SHA-512. The encryption key comes
/// only after the commitment: derived by who writes, verified by who reads (decryption.md, "Decrypting With Commitment").
/// Not thread-safe.
/// </summary>
internal sealed class HkdfSha512 : IDisposable
{
    /// <summary>The length of the data key in bytes.</summary>
    public const int DataKeySize = 32;

    /// <summary>The length of the message id, the salt, in bytes.</summary>
    public const int MessageIdSize = 28;

    /// <summary>The length of the suite id in bytes.</summary>
    public const int SuiteIdSize = 2;

    /// <summary>The length of the key commitment in bytes.</summary>
    public const int CommitmentSize = 28;

    /// <summary>The length of the content encryption key in bytes.</summary>
    public const int EncryptionKeySize = 32;

    private readonly byte[] _pseudorandomKey = GC.AllocateArray<byte>(SHA512.HashSizeInBytes, pinned: true);
    private readonly byte[] _commitmentInfo;
    private readonly byte[] _encryptionKeyInfo;
    private Commitment _commitment;
    private bool _disposed;

    /// <summary>Extracts the pseudorandom key: salt is the message id, input keying material the data key.</summary>
    /// <param name="dataKey">The plaintext data key of the object, 32 bytes. Stays the caller's, who zeroes it.</param>
    /// <param name="messageId">28 bytes, not all zero.</param>
    /// <param name="suiteId">The id of the algorithm suite, big-endian: 00 73, also for ranged reads with its CTR twin.</param>
    /// <exception cref="ArgumentException">A length is wrong, or the message id is all zero.</exception>
    public HkdfSha512(ReadOnlySpan<byte> dataKey, ReadOnlySpan<byte> messageId, ReadOnlySpan<byte> suiteId)
    {
        RequireLength(dataKey.Length, DataKeySize, nameof(dataKey));
        RequireLength(messageId.Length, MessageIdSize, nameof(messageId));
        RequireLength(suiteId.Length, SuiteIdSize, nameof(suiteId));
        if (!messageId.ContainsAnyExcept((byte)0))
        {
            throw new ArgumentException("The message id is all zero, as if it was never generated.", nameof(messageId));
        }

        _commitmentInfo = [.. suiteId, .. "COMMITKEY"u8];
        _encryptionKeyInfo = [.. suiteId, .. "DERIVEKEY"u8];
        HKDF.Extract(HashAlgorithmName.SHA512, dataKey, messageId, _pseudorandomKey);
    }

    private enum Commitment
    {
        Unknown,
        Held,
        Broken,
    }

    /// <summary>Derives the key commitment, for an object that is written.</summary>
    /// <param name="commitment">Receives it: 28 bytes.</param>
    /// <exception cref="ArgumentException"><paramref name="commitment"/> is not 28 bytes long.</exception>
    /// <exception cref="InvalidOperationException">A commitment was already found to be wrong.</exception>
    /// <exception cref="ObjectDisposedException">Disposed of.</exception>
    public void DeriveCommitment(Span<byte> commitment)
    {
        RequireLength(commitment.Length, CommitmentSize, nameof(commitment));
        RequireNotBroken();
        Expand(_commitmentInfo, commitment);
        _commitment = Commitment.Held;
    }

    /// <summary>
    /// Whether a stored commitment is that of this data key and message id, compared in constant time. After false this
    /// instance derives nothing any more.
    /// </summary>
    /// <param name="stored">The commitment from the object's metadata. A wrong length is simply not equal.</param>
    /// <exception cref="InvalidOperationException">A commitment was already found to be wrong.</exception>
    /// <exception cref="ObjectDisposedException">Disposed of.</exception>
    public bool VerifyCommitment(ReadOnlySpan<byte> stored)
    {
        RequireNotBroken();
        Span<byte> derived = stackalloc byte[CommitmentSize];
        Expand(_commitmentInfo, derived);
        bool equal = CryptographicOperations.FixedTimeEquals(derived, stored);
        CryptographicOperations.ZeroMemory(derived);
        _commitment = equal ? Commitment.Held : Commitment.Broken;
        return equal;
    }

    /// <summary>Derives the content encryption key, once the commitment was derived or found right.</summary>
    /// <param name="encryptionKey">Receives it: 32 bytes, which the caller zeroes after use.</param>
    /// <exception cref="ArgumentException"><paramref name="encryptionKey"/> is not 32 bytes long.</exception>
    /// <exception cref="InvalidOperationException">The commitment was neither derived nor found right.</exception>
    /// <exception cref="ObjectDisposedException">Disposed of.</exception>
    public void DeriveEncryptionKey(Span<byte> encryptionKey)
    {
        RequireLength(encryptionKey.Length, EncryptionKeySize, nameof(encryptionKey));
        RequireNotBroken();
        if (_commitment != Commitment.Held)
        {
            throw new InvalidOperationException("The key commitment must be derived or verified before the encryption key.");
        }

        Expand(_encryptionKeyInfo, encryptionKey);
    }

    /// <summary>Zeroes the pseudorandom key. May be called twice.</summary>
    public void Dispose()
    {
        _disposed = true;
        CryptographicOperations.ZeroMemory(_pseudorandomKey);
    }

    private static void RequireLength(int length, int required, string name)
    {
        if (length != required)
        {
            throw new ArgumentException($"Must be {required} bytes long, is {length}.", name);
        }
    }

    private void RequireNotBroken()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (_commitment == Commitment.Broken)
        {
            throw new InvalidOperationException("The key commitment was wrong: nothing may be derived from this data key.");
        }
    }

    private void Expand(byte[] info, Span<byte> output) =>
        HKDF.Expand(HashAlgorithmName.SHA512, _pseudorandomKey, output, info);
}
