using CseKms.Core.Algorithms;
using CseKms.Core.Content;
using Xunit;

namespace CseKms.Core.Tests.Algorithms;

/// <summary>The engine against AesGcm and BouncyCastle.</summary>
public sealed class SeekableGcmTests
{
    private const int KiB = 1024;
    private const int MiB = 1024 * KiB;

    public static TheoryData<int> BoundaryLengths()
    {
        var lengths = new TheoryData<int>();
        foreach (int boundary in (int[])[32 * KiB, 64 * KiB, SeekableGcm.StripSize, MiB, Part.Size])
        {
            foreach (int difference in (int[])[-17, -16, -15, -1, 0, 1, 15, 16, 17])
            {
                lengths.Add(boundary + difference);
            }
        }

        return lengths;
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    [InlineData(-1)]
    public void Every_short_length_is_the_standard_message(int associatedDataLength)
    {
        for (int length = 0; length <= 1_100; length++)
        {
            int seed = 2_000_000 + (10_000 * associatedDataLength) + length;
            var message = new GcmCase(seed, length, associatedDataLength < 0 ? seed % 67 : associatedDataLength);
            message.AgreesWithBouncyCastle();
            message.EngineAgrees(inPlace: length % 2 == 0, maximumSegments: 1 + (length % 11));
        }
    }

    [Theory]
    [MemberData(nameof(BoundaryLengths))]
    public void Every_length_around_a_boundary_is_the_standard_message(int length)
    {
        var message = new GcmCase(seed: length, length, associatedDataLength: length % 2 == 0 ? 0 : 2);
        message.AgreesWithBouncyCastle();
        message.EngineAgrees(inPlace: false, maximumSegments: 1);
        message.EngineAgrees(inPlace: true, maximumSegments: 7);
    }

    [Fact]
    public void Parts_in_order_backwards_and_interleaved_are_the_standard_message()
    {
        var message = new GcmCase(seed: 5, (40 * 4 * KiB) + 9, associatedDataLength: 2);
        (int Offset, int Length)[] parts = [.. Enumerable.Range(0, 41).Select(i => (i * 4 * KiB, i == 40 ? 9 : 4 * KiB))];
        IEnumerable<(int Offset, int Length)>[] orders =
        [
            parts,
            parts.Reverse(),
            [.. parts.Where((_, i) => i % 2 == 0), .. parts.Where((_, i) => i % 2 == 1)],
            [.. parts.Skip(20), .. parts.Take(20)],
        ];

        foreach (IEnumerable<(int Offset, int Length)> order in orders)
        {
            using SeekableGcm engine = message.Engine();
            byte[] output = new byte[message.Plaintext.Length];
            foreach ((int offset, int length) in order)
            {
                engine.Encrypt(offset, message.Plaintext.AsSpan(offset, length), output.AsSpan(offset, length));
            }

            byte[] tag = new byte[16];
            engine.ComputeTag(output.Length, tag);
            message.Same(message.Ciphertext, output, "the ciphertext");
            message.Same(message.Tag, tag, "the tag");
        }
    }

    [Theory]
    [InlineData(11, 6 * MiB + 5, 5_000)]
    [InlineData(12, 24 * MiB, 40)]
    public void Segments_on_many_threads_are_the_standard_message(int seed, int length, int segments)
    {
        var message = new GcmCase(seed, length, associatedDataLength: 2);
        byte[] buffer = [.. message.Plaintext];
        var options = new ParallelOptions { MaxDegreeOfParallelism = 8 };

        using (SeekableGcm encryptor = message.Engine())
        {
            Parallel.ForEach(
                message.RandomSegments(segments),
                options,
                part => encryptor.Encrypt(part.Offset, buffer.AsSpan(part.Offset, part.Length), buffer.AsSpan(part.Offset, part.Length)));
            byte[] tag = new byte[16];
            encryptor.ComputeTag(length, tag);
            message.Same(message.Ciphertext, buffer, "the ciphertext");
            message.Same(message.Tag, tag, "the tag");
        }

        using SeekableGcm decryptor = message.Engine();
        Parallel.ForEach(
            message.RandomSegments(segments),
            options,
            part => decryptor.Decrypt(part.Offset, buffer.AsSpan(part.Offset, part.Length), buffer.AsSpan(part.Offset, part.Length)));
        Assert.True(decryptor.VerifyTag(length, message.Tag));
        message.Same(message.Plaintext, buffer, "the plaintext");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(16)]
    [InlineData(100)]
    public void A_flipped_bit_anywhere_fails_the_tag(int length)
    {
        var message = new GcmCase(seed: 7, length, associatedDataLength: 20);
        Assert.True(Verifies(message.Key, message.Iv, message.AssociatedData, message.Ciphertext, message.Tag));

        byte[][] parts = [message.Key, message.Iv, message.AssociatedData, message.Ciphertext, message.Tag];
        for (int part = 0; part < parts.Length; part++)
        {
            for (int bit = 0; bit < parts[part].Length * 8; bit++)
            {
                byte[][] changed = [.. parts.Select(bytes => bytes.ToArray())];
                changed[part][bit / 8] ^= (byte)(1 << (bit % 8));
                Assert.False(
                    Verifies(changed[0], changed[1], changed[2], changed[3], changed[4]), $"part {part}, bit {bit} was not noticed");
            }
        }
    }

    [Fact]
    public void A_flipped_bit_in_any_place_of_a_long_message_fails_the_tag()
    {
        const int Length = (600 * KiB) + 3;
        var message = new GcmCase(seed: 8, Length, associatedDataLength: 2);
        foreach (int at in (int[])[0, 15, 16, (32 * KiB) - 1, 32 * KiB, (256 * KiB) - 1, 256 * KiB, (512 * KiB) + 77, Length - 4, Length - 1])
        {
            message.Ciphertext[at] ^= 0x40;
            Assert.False(Verifies(message.Key, message.Iv, message.AssociatedData, message.Ciphertext, message.Tag), $"byte {at}");
            message.Ciphertext[at] ^= 0x40;
        }

        Assert.True(Verifies(message.Key, message.Iv, message.AssociatedData, message.Ciphertext, message.Tag));
    }

    [Fact]
    public void Swapped_segments_and_a_shorter_message_fail_the_tag()
    {
        var message = new GcmCase(seed: 9, 96, associatedDataLength: 2);
        byte[] swapped = [.. message.Ciphertext[48..], .. message.Ciphertext[..48]];
        Assert.False(Verifies(message.Key, message.Iv, message.AssociatedData, swapped, message.Tag));
        for (int length = 0; length < 96; length++)
        {
            Assert.False(
                Verifies(message.Key, message.Iv, message.AssociatedData, message.Ciphertext[..length], message.Tag), $"length {length}");
        }

        // What the length block is for: zeroes that only fill up a block are not the same message.
        byte[] longer = [.. message.Ciphertext, 0];
        Assert.False(Verifies(message.Key, message.Iv, message.AssociatedData, longer, message.Tag));
        byte[] longerData = [.. message.AssociatedData, 0];
        Assert.False(Verifies(message.Key, message.Iv, longerData, message.Ciphertext, message.Tag));
    }

    private static bool Verifies(byte[] key, byte[] iv, byte[] associatedData, byte[] ciphertext, byte[] tag)
    {
        using var engine = new SeekableGcm(key, iv, associatedData);
        engine.Decrypt(0, ciphertext, new byte[ciphertext.Length]);
        return engine.VerifyTag(ciphertext.Length, tag);
    }
}
