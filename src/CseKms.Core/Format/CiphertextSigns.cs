using System.Text.Unicode;
using CseKms.Core.Algorithms;

namespace CseKms.Core.Format;

/// <summary>
/// Tells by the beginning of an object without an envelope whether it may be ciphertext. Ciphertext has no order at all; text, tables,
/// programs and pictures have, and what packs them says so in its first bytes.
/// </summary>
internal static class CiphertextSigns
{
    /// <summary>How many bytes of the beginning are looked at.</summary>
    public const int SampleLength = 4096;

    private const int BitsOfByte = 8;

    // Of a thousand objects of ciphertext one lies outside by chance; sixteen characters of text do not lie inside.
    private const double MostDeviations = 3.9;

    // A few bytes hold few values, so that chance has more room.
    private const double MostDeviationsOfValues = 6;

    private static readonly byte[][] PackedFormats =
    [
        [0x1f, 0x8b], "PK"u8.ToArray(), "BZh"u8.ToArray(), "7z"u8.ToArray(), "Rar!"u8.ToArray(), [0xfd, 0x37, 0x7a, 0x58, 0x5a],
        [0x28, 0xb5, 0x2f, 0xfd], [0x04, 0x22, 0x4d, 0x18], [0xff, 0xd8, 0xff], [0x89, 0x50, 0x4e, 0x47], "GIF8"u8.ToArray(),
        "%PDF"u8.ToArray(), "RIFF"u8.ToArray(), "OggS"u8.ToArray(), "ID3"u8.ToArray(), "fLaC"u8.ToArray(), [0x1a, 0x45, 0xdf, 0xa3],
        "Obj\u0001"u8.ToArray(), "PAR1"u8.ToArray(), "Salted__"u8.ToArray(),
    ];

    /// <summary>Whether the bytes look like ciphertext.</summary>
    /// <param name="beginning">The first <see cref="SampleLength"/> bytes of an object, or all of a shorter one.</param>
    public static bool LooksEncrypted(ReadOnlySpan<byte> beginning)
    {
        if (beginning.Length < AlgorithmSuite.TagLength || IsPacked(beginning) || Utf8.IsValid(beginning))
        {
            return false;
        }

        Span<int> ones = stackalloc int[BitsOfByte];
        Span<int> values = stackalloc int[256];
        foreach (var value in beginning)
        {
            values[value]++;
            for (var bit = 0; bit < BitsOfByte; bit++)
            {
                ones[bit] += (value >> bit) & 1;
            }
        }

        // Each bit is set in half of the bytes, and each value is as frequent as every other.
        var length = beginning.Length;
        foreach (var count in ones)
        {
            if (Math.Abs(count - (length / 2.0)) > MostDeviations * Math.Sqrt(length) / 2)
            {
                return false;
            }
        }

        return ChiSquareDeviation(values, length) < MostDeviationsOfValues;
    }

    private static bool IsPacked(ReadOnlySpan<byte> beginning)
    {
        foreach (var signature in PackedFormats)
        {
            if (beginning.StartsWith(signature))
            {
                return true;
            }
        }

        // MP4 and its kin.
        return beginning.Length > 8 && beginning[4..8].SequenceEqual("ftyp"u8);
    }

    // How many standard deviations the sum lies above what chance gives, of 255 degrees of freedom.
    private static double ChiSquareDeviation(ReadOnlySpan<int> values, int length)
    {
        const double Freedom = 255;
        var expected = length / 256.0;
        var sum = 0.0;
        foreach (var count in values)
        {
            sum += (count - expected) * (count - expected) / expected;
        }

        return (sum - Freedom) / Math.Sqrt(2 * Freedom);
    }
}
