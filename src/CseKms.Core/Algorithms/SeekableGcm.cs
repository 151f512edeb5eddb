using System.Security.Cryptography;

namespace CseKms.Core.Algorithms;

/// <summary>
/// One AES-256-GCM message (96-bit IV, 128-bit tag; NIST SP 800-38D) that is encrypted or decrypted in segments, in
/// any order and on any threads, and is byte for byte the standard message. Memory does not grow with the message.
/// </summary>
/// <remarks>
/// <para>
/// Ciphertext: block i of the data is XORed with E(IV || 2 + i), so any block can be reached (6.5, 7.1).
/// </para>
/// <para>
/// Tag. Let + be XOR and * the product in GF(2^128), H = E(0), J0 = IV || 1, X a string of n blocks, zero-padded.<br/>
/// (1) P(X) = X1*H^n + X2*H^(n-1) + … + Xn*H is its GHASH (6.4).<br/>
/// (2) P(X || Y) = P(X)*H^m + P(Y), where Y has m blocks: follows from (1).<br/>
/// (3) A message with associated data A and ciphertext C of c blocks has the tag
/// P(A || C || [len A][len C]) + E(J0) = (P(A)*H^c + P(C) + [len A][len C]) * H + E(J0): (1), (2) and 7.1.<br/>
/// (4) Give a segment S to the platform as associated data, with no plaintext and the same IV. By (3), its tag is
/// T(S) = (P(S) + [len S][0]) * H + E(J0).<br/>
/// (5) Q(S) = T(S) + E(J0) + [len S][0]*H is therefore P(S)*H. Sums are kept as Q, so nothing is ever divided by H.<br/>
/// (6) Q(X || Y) = Q(X)*H^m + Q(Y): (2) times H. Neighbouring segments combine by it, in whatever order they came.<br/>
/// (7) The tag is Q(A)*H^c + Q(C) + [len A][len C]*H + E(J0): put Q into (3).
/// </para>
/// <para>
/// (4) uses one nonce many times, which nothing else may do: with two tags of one nonce anyone can find H, and with H
/// forge. It is safe here because these tags stay inside. H and its powers, E(J0) and all Q are secrets: they are never
/// returned, logged or compared outside, and <see cref="Dispose"/> zeroes them (as far as managed code can: registers
/// and stack are beyond it).
/// </para>
/// <para>
/// Thread-safe: all methods may run at the same time. Each running segment has an Aes and an AesGcm of its own, since
/// a shared AesGcm gives wrong tags without an exception; about 64 KiB for each segment that ran at the same time.
/// Working in place is the fastest, since memory is then the bound. Segments of a MiB and more are worth the set-up.
/// The caller answers for the IV: it is new for each message under a key, and not all zero.
/// </para>
/// </remarks>
internal sealed class SeekableGcm : IDisposable
{
    /// <summary>The longest message in bytes, 2^36 - 32: the last block's counter is 2^32 - 1 (SP 800-38D, 5.2.1.1).</summary>
    public const long MaxPlaintextLength = 68_719_476_704;

    /// <summary>The length of the key in bytes. One of AES-128, <see cref="ShortKeySize"/>, is for reading what others wrote.</summary>
    public const int KeySize = 32;

    /// <summary>The length of a key of AES-128 in bytes.</summary>
    public const int ShortKeySize = 16;

    /// <summary>The length of the IV in bytes.</summary>
    public const int IvSize = 12;

    /// <summary>The length of the tag in bytes.</summary>
    public const int TagSize = 16;

    /// <summary>Offsets are a multiple of this many bytes, and so is the length of all segments but the last.</summary>
    public const int BlockSize = 16;

    /// <summary>
    /// The bytes that are worked on at a time: they are hashed while they are still in the second-level cache from the XOR, and what the
    /// caller does with them next may find them there too. A quarter of a MiB to one are as fast, and below 64 KiB the set-up shows.
    /// </summary>
    public const int StripSize = 256 * 1024;

    private readonly object _gate = new();
    private readonly Stack<GcmWorker> _idle = new();
    private readonly byte[] _key;
    private readonly byte[] _iv;
    private readonly int _associatedDataLength;
    private readonly GhashKey _ghash;
    private readonly SegmentLedger _ledger;
    private GhashElement _associatedDataSum;
    private long? _end;
    private bool _sealed;
    private bool _disposed;
    private Direction _direction;

    /// <summary>Sets up a message. All three arguments are copied.</summary>
    /// <param name="key">32 bytes, or 16.</param>
    /// <param name="iv">12 bytes, never used before with this key.</param>
    /// <param name="associatedData">Authenticated, not encrypted; may be empty.</param>
    /// <exception cref="ArgumentException">The key or the IV has another length.</exception>
    public SeekableGcm(ReadOnlySpan<byte> key, ReadOnlySpan<byte> iv, ReadOnlySpan<byte> associatedData)
    {
        if (key.Length != ShortKeySize)
        {
            RequireLength(key.Length, KeySize, nameof(key));
        }

        RequireLength(iv.Length, IvSize, nameof(iv));

        _iv = iv.ToArray();
        _key = GC.AllocateArray<byte>(key.Length, pinned: true);
        _associatedDataLength = associatedData.Length;
        GcmWorker? worker = null;
        try
        {
            key.CopyTo(_key);
            worker = new GcmWorker(_key, _iv);
            _ghash = worker.DeriveGhashKey();
            _associatedDataSum = Sum(worker, default, 0, associatedData);
        }
        catch
        {
            CryptographicOperations.ZeroMemory(_key);
            worker?.Dispose();
            _ghash?.Dispose();
            throw;
        }

        _ledger = new SegmentLedger(_ghash);
        _idle.Push(worker);
    }

    private enum Direction
    {
        Undecided,
        Encrypt,
        Decrypt,
    }

    /// <summary>Encrypts a segment. An instance that has encrypted does not decrypt.</summary>
    /// <param name="offset">Where the segment begins in the message, in bytes: a multiple of 16.</param>
    /// <param name="plaintext">The segment. Its length is a multiple of 16, except where the message ends. May be empty.</param>
    /// <param name="ciphertext">As long as <paramref name="plaintext"/>: the same memory, or memory apart from it.</param>
    /// <exception cref="ArgumentOutOfRangeException">The offset is negative or not a multiple of 16, or the segment goes
    /// beyond <see cref="MaxPlaintextLength"/>.</exception>
    /// <exception cref="ArgumentException">The buffers differ in length or overlap at a shift.</exception>
    /// <exception cref="InvalidOperationException">A part of the range was encrypted before, or lies beyond the end that
    /// a partial block gave the message, or this partial block would end the message before a range already taken; the
    /// instance decrypts; the tag was already computed. As after the other two, nothing was done and no keystream used.</exception>
    /// <exception cref="CryptographicException">The platform failed. The range stays taken, so the message cannot be completed.</exception>
    /// <exception cref="ObjectDisposedException">Disposed of, before or during the call.</exception>
    public void Encrypt(long offset, ReadOnlySpan<byte> plaintext, Span<byte> ciphertext) =>
        Transform(Direction.Encrypt, offset, plaintext, ciphertext, nameof(plaintext), nameof(ciphertext));

    /// <summary>
    /// Decrypts a segment. The plaintext is unverified, and nobody may see it, until <see cref="VerifyTag"/> has returned
    /// true for the whole message. An instance that has decrypted does not encrypt.
    /// </summary>
    /// <param name="offset">Where the segment begins in the message, in bytes: a multiple of 16.</param>
    /// <param name="ciphertext">The segment, without the tag. Its length is a multiple of 16, except where the message
    /// ends. May be empty.</param>
    /// <param name="plaintext">As long as <paramref name="ciphertext"/>: the same memory, or memory apart from it.</param>
    /// <inheritdoc cref="Encrypt" path="/exception"/>
    public void Decrypt(long offset, ReadOnlySpan<byte> ciphertext, Span<byte> plaintext) =>
        Transform(Direction.Decrypt, offset, ciphertext, plaintext, nameof(ciphertext), nameof(plaintext));

    /// <summary>
    /// Computes the tag of a message that was encrypted, and closes the instance to further segments: two tags of one
    /// IV would give H away. For a message that was decrypted there is only <see cref="VerifyTag"/>: the right tag of a
    /// forged ciphertext is not for the caller to see.
    /// </summary>
    /// <param name="length">The length of the message in bytes.</param>
    /// <param name="tag">Receives the tag: 16 bytes.</param>
    /// <exception cref="ArgumentOutOfRangeException">The length is negative or over <see cref="MaxPlaintextLength"/>.</exception>
    /// <exception cref="ArgumentException"><paramref name="tag"/> is not 16 bytes long.</exception>
    /// <exception cref="InvalidOperationException">The segments do not cover exactly the bytes from 0 to
    /// <paramref name="length"/>, or one is still running, or the instance decrypts. Nothing has changed.</exception>
    /// <exception cref="ObjectDisposedException">Disposed of.</exception>
    public void ComputeTag(long length, Span<byte> tag)
    {
        RequireMessageLength(length);
        RequireLength(tag.Length, TagSize, nameof(tag));
        lock (_gate)
        {
            Seal(Direction.Encrypt, length).Write(tag);
        }
    }

    /// <summary>
    /// Whether <paramref name="tag"/> is the tag of the message that was decrypted (or encrypted), compared in constant
    /// time. Closes the instance to further segments. False means: throw the plaintext away.
    /// </summary>
    /// <param name="length">The length of the message in bytes, without the tag.</param>
    /// <param name="tag">The tag that came with the message: 16 bytes.</param>
    /// <exception cref="ArgumentOutOfRangeException">The length is negative or over <see cref="MaxPlaintextLength"/>.</exception>
    /// <exception cref="ArgumentException"><paramref name="tag"/> is not 16 bytes long.</exception>
    /// <exception cref="InvalidOperationException">The segments do not cover exactly the bytes from 0 to
    /// <paramref name="length"/>, or one is still running. Nothing has changed.</exception>
    /// <exception cref="ObjectDisposedException">Disposed of.</exception>
    public bool VerifyTag(long length, ReadOnlySpan<byte> tag)
    {
        RequireMessageLength(length);
        RequireLength(tag.Length, TagSize, nameof(tag));
        Span<byte> expected = stackalloc byte[TagSize];
        lock (_gate)
        {
            Direction direction = _direction == Direction.Undecided ? Direction.Decrypt : _direction;
            Seal(direction, length).Write(expected);
        }

        bool matches = CryptographicOperations.FixedTimeEquals(expected, tag);
        CryptographicOperations.ZeroMemory(expected);
        return matches;
    }

    /// <summary>
    /// Zeroes the key and all that was derived from it. A segment that is still running ends with
    /// <see cref="ObjectDisposedException"/>, and its copies go then. May be called twice.
    /// </summary>
    public void Dispose()
    {
        lock (_gate)
        {
            if (_disposed)
            {
                return;
            }

            _disposed = true;
            foreach (GcmWorker worker in _idle)
            {
                worker.Dispose();
            }

            _idle.Clear();
            _ledger.Dispose();
            _ghash.Dispose();
            _associatedDataSum = default;
            CryptographicOperations.ZeroMemory(_key);
        }
    }

    private static void RequireLength(int length, int required, string name)
    {
        if (length != required)
        {
            throw new ArgumentException($"Must be {required} bytes long, is {length}.", name);
        }
    }

    private static void RequireMessageLength(long length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, MaxPlaintextLength);
    }

    private void Transform(
        Direction direction, long offset, ReadOnlySpan<byte> source, Span<byte> target, string sourceName, string targetName)
    {
        RequireMessageLength(offset);
        if (offset % BlockSize != 0)
        {
            throw new ArgumentOutOfRangeException(nameof(offset), offset, $"Must be a multiple of {BlockSize}.");
        }

        if (source.Length > MaxPlaintextLength - offset)
        {
            throw new ArgumentOutOfRangeException(
                sourceName, $"The segment of {source.Length} bytes at {offset} goes beyond the {MaxPlaintextLength} bytes of a GCM message.");
        }

        RequireLength(target.Length, source.Length, targetName);
        if (source.Overlaps(target, out int shift) && shift != 0)
        {
            throw new ArgumentException("Must be the same memory as the input, or memory apart from it.", targetName);
        }

        if (!TryBegin(direction, offset, source.Length, out SegmentLedger.Entry? entry, out GcmWorker? worker))
        {
            return;
        }

        GhashElement sum = default;
        bool done = false;
        try
        {
            for (int at = 0; at < source.Length; at += StripSize)
            {
                int count = Math.Min(StripSize, source.Length - at);
                ReadOnlySpan<byte> from = source.Slice(at, count);
                Span<byte> to = target.Slice(at, count);
                if (direction == Direction.Encrypt)
                {
                    worker.Crypt(offset + at, from, to);
                    sum = Sum(worker, sum, at, to);
                }
                else
                {
                    // In this order, since decrypting in place overwrites what is to be hashed.
                    sum = Sum(worker, sum, at, from);
                    worker.Crypt(offset + at, from, to);
                }
            }

            done = true;
        }
        finally
        {
            End(entry, sum, worker, done);
        }
    }

    // Q of what came before and of data after it; see the remarks, (5) and (6).
    private GhashElement Sum(GcmWorker worker, GhashElement before, int beforeLength, ReadOnlySpan<byte> data)
    {
        if (data.IsEmpty)
        {
            return before;
        }

        GhashElement sum = worker.HashTag(data) + _ghash.TagMask + _ghash.LengthBlockTimesKey(data.Length, 0);
        return beforeLength == 0 ? sum : _ghash.TimesPower(before, GhashKey.Blocks(data.Length)) + sum;
    }

    // False: the segment is empty, and there is nothing to do.
    private bool TryBegin(
        Direction direction,
        long offset,
        int length,
        [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out SegmentLedger.Entry? entry,
        [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out GcmWorker? worker)
    {
        entry = null;
        worker = null;
        long end = offset + length;
        bool partial = end % BlockSize != 0;
        lock (_gate)
        {
            RequireUsable(direction);
            if (_sealed)
            {
                throw new InvalidOperationException("The tag was already computed: the message is complete.");
            }

            if (end > _end)
            {
                throw new InvalidOperationException($"Bytes {offset} to {end} go beyond the end of the message at {_end}.");
            }

            if (partial && _ledger.End > end)
            {
                throw new InvalidOperationException(
                    $"The segment ends at {end}, inside a block, but bytes up to {_ledger.End} were already processed.");
            }

            if (length != 0)
            {
                // The worker first: it may fail, and then the range is not lost. In the lock, so that the key is not
                // zeroed while it is read.
                bool pooled = _idle.TryPop(out worker);
                worker ??= new GcmWorker(_key, _iv);
                try
                {
                    entry = _ledger.Take(offset, end);
                }
                catch
                {
                    _idle.Push(worker);
                    throw;
                }
            }

            _direction = direction;
            _end = partial ? end : _end;
            return length != 0;
        }
    }

    private void End(SegmentLedger.Entry entry, GhashElement sum, GcmWorker worker, bool done)
    {
        lock (_gate)
        {
            if (!done || _disposed)
            {
                worker.Dispose();
            }
            else
            {
                _idle.Push(worker);
            }

            if (done)
            {
                ObjectDisposedException.ThrowIf(_disposed, this);
                _ledger.Complete(entry, sum);
            }
        }
    }

    private void RequireUsable(Direction direction)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (_direction != Direction.Undecided && _direction != direction)
        {
            throw new InvalidOperationException("One instance encrypts or decrypts, and never both.");
        }
    }

    // The tag; see the remarks, (7).
    private GhashElement Seal(Direction direction, long length)
    {
        RequireUsable(direction);
        if (!_ledger.TryGetSum(length, out GhashElement ciphertextSum))
        {
            throw new InvalidOperationException($"The segments processed do not cover exactly the {length} bytes of the message.");
        }

        _direction = direction;
        _sealed = true;
        return _ghash.TimesPower(_associatedDataSum, GhashKey.Blocks(length))
            + ciphertextSum
            + _ghash.LengthBlockTimesKey(_associatedDataLength, length)
            + _ghash.TagMask;
    }
}
