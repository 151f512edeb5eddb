using System.Numerics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace CseKms.Core.Algorithms;

/// <summary>
/// The secrets of one GCM message apart from its AES key: the hash key H with its powers, and E(J0). Reading is
/// thread-safe. After <see cref="Dispose"/> everything in it is zero, and so the results are meaningless: the owner
/// sees to it that none of them gets out.
/// </summary>
internal sealed class GhashKey : IDisposable
{
    // _powers[k] = H^(2^k). A message has fewer than 2^32 blocks, so 32 of them make any power. Pinned: the garbage
    // collector leaves no copy behind when it compacts.
    private readonly GhashElement[] _powers = GC.AllocateArray<GhashElement>(32, pinned: true);
    private readonly GhashElement[] _tagMask = GC.AllocateArray<GhashElement>(1, pinned: true);

    /// <param name="hashKey">H: the encryption of the zero block.</param>
    /// <param name="tagMask">E(J0): the encryption of the first counter block, which masks the tag.</param>
    public GhashKey(GhashElement hashKey, GhashElement tagMask)
    {
        _tagMask[0] = tagMask;
        _powers[0] = hashKey;
        for (int k = 1; k < _powers.Length; k++)
        {
            _powers[k] = _powers[k - 1] * _powers[k - 1];
        }
    }

    /// <summary>E(J0).</summary>
    public GhashElement TagMask => _tagMask[0];

    /// <summary>
    /// <paramref name="value"/> * H^<paramref name="blocks"/>. The time it takes depends on <paramref name="blocks"/>,
    /// a length and so public, and on nothing else.
    /// </summary>
    /// <param name="value">What to multiply.</param>
    /// <param name="blocks">The exponent, in blocks of 16 bytes: 0 to 2^32 - 1.</param>
    public GhashElement TimesPower(GhashElement value, uint blocks)
    {
        for (; blocks != 0; blocks &= blocks - 1)
        {
            value *= _powers[BitOperations.TrailingZeroCount(blocks)];
        }

        return value;
    }

    /// <summary>The block of the two lengths that ends every GHASH (NIST SP 800-38D, 7.1 step 5), times H.</summary>
    /// <param name="associatedDataBytes">The length of the associated data in bytes.</param>
    /// <param name="ciphertextBytes">The length of the ciphertext in bytes.</param>
    public GhashElement LengthBlockTimesKey(long associatedDataBytes, long ciphertextBytes) =>
        new GhashElement((ulong)associatedDataBytes * 8, (ulong)ciphertextBytes * 8) * _powers[0];

    /// <summary>The length in blocks of 16 bytes, a last partial one counted whole.</summary>
    /// <param name="bytes">A length in bytes: 0 to 2^36 - 16.</param>
    public static uint Blocks(long bytes) => checked((uint)((bytes + GhashElement.Size - 1) / GhashElement.Size));

    /// <summary>Zeroes the secrets. May be called twice.</summary>
    public void Dispose()
    {
        CryptographicOperations.ZeroMemory(MemoryMarshal.AsBytes(_powers.AsSpan()));
        CryptographicOperations.ZeroMemory(MemoryMarshal.AsBytes(_tagMask.AsSpan()));
    }
}
