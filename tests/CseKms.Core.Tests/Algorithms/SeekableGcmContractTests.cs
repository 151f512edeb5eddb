using System.Buffers.Binary;
using System.Security.Cryptography;
using CseKms.Core.Algorithms;
using Xunit;

namespace CseKms.Core.Tests.Algorithms;

/// <summary>What the engine refuses, and that a refusal leaves nothing behind.</summary>
public sealed class SeekableGcmContractTests
{
    private const long Maximum = (1L << 36) - 32;
    private const byte Untouched = 0xAA;

    public static TheoryData<string, long, int> Refused => new()
    {
        // Ranges 64–127 and 192–195 were taken; the latter ended the message inside a block.
        { "the same range", 64, 64 },
        { "the end of a range", 112, 32 },
        { "the start of a range", 48, 32 },
        { "the inside of a range", 80, 16 },
        { "around a range", 0, 192 },
        { "all of it", 0, 196 },
        { "the same last block", 192, 4 },
        { "more of the last block", 192, 16 },
        { "a shorter last block", 176, 20 },
        { "beyond the end", 208, 16 },
        { "far beyond the end", 1 << 20, 1 },
        { "another end before it", 128, 3 },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public void A_range_that_may_not_be_taken_is_refused_before_any_work(string range, long offset, int length)
    {
        var message = new GcmCase(seed: 21, 196, associatedDataLength: 2);
        using SeekableGcm engine = message.Engine();
        byte[] output = new byte[196];
        Encrypt(64, 64);
        Encrypt(192, 4);

        byte[] refused = Filled(length);
        Assert.Throws<InvalidOperationException>(() => engine.Encrypt(offset, new byte[length], refused));
        Assert.True(!refused.AsSpan().ContainsAnyExcept(Untouched), $"{range}: the output was touched");

        Encrypt(128, 64);
        Encrypt(0, 64);
        byte[] tag = new byte[16];
        engine.ComputeTag(196, tag);
        Assert.Equal(message.Ciphertext, output);
        Assert.Equal(message.Tag, tag);

        void Encrypt(int at, int count) => engine.Encrypt(at, message.Plaintext.AsSpan(at, count), output.AsSpan(at, count));
    }

    [Fact]
    public void A_decryptor_refuses_overlaps_too()
    {
        var message = new GcmCase(seed: 22, 64, associatedDataLength: 0);
        using SeekableGcm engine = message.Engine();
        engine.Decrypt(0, message.Ciphertext.AsSpan(0, 32), new byte[32]);
        Assert.Throws<InvalidOperationException>(() => engine.Decrypt(16, message.Ciphertext.AsSpan(16, 48), new byte[48]));
        engine.Decrypt(32, message.Ciphertext.AsSpan(32), new byte[32]);
        Assert.True(engine.VerifyTag(64, message.Tag));
    }

    [Fact]
    public void A_partial_block_before_a_range_already_taken_is_refused()
    {
        using SeekableGcm engine = Engine();
        engine.Encrypt(32, new byte[16], new byte[16]);
        Assert.Throws<InvalidOperationException>(() => engine.Encrypt(0, new byte[20], new byte[20]));
        engine.Encrypt(0, new byte[32], new byte[32]);
        engine.Encrypt(48, new byte[1], new byte[1]);
        engine.ComputeTag(49, new byte[16]);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(8)]
    [InlineData(15)]
    [InlineData(17)]
    [InlineData(-16)]
    [InlineData(-1)]
    [InlineData(long.MinValue)]
    public void An_unaligned_or_negative_offset_is_refused(long offset)
    {
        using SeekableGcm engine = Engine();
        Assert.Throws<ArgumentOutOfRangeException>(() => engine.Encrypt(offset, new byte[16], new byte[16]));
        Assert.Throws<ArgumentOutOfRangeException>(() => engine.Decrypt(offset, new byte[16], new byte[16]));
    }

    [Fact]
    public void A_gap_or_another_length_has_no_tag()
    {
        var message = new GcmCase(seed: 23, 80, associatedDataLength: 2);
        using SeekableGcm engine = message.Engine();
        byte[] tag = Filled(16);
        Assert.Throws<InvalidOperationException>(() => engine.ComputeTag(80, tag));
        engine.Encrypt(32, message.Plaintext.AsSpan(32), new byte[48]);
        foreach (long length in (long[])[0, 16, 32, 48, 79, 80, 81, Maximum])
        {
            Assert.Throws<InvalidOperationException>(() => engine.ComputeTag(length, tag));
            Assert.Throws<InvalidOperationException>(() => engine.VerifyTag(length, tag));
        }

        engine.Encrypt(16, message.Plaintext.AsSpan(16, 16), new byte[16]);
        Assert.Throws<InvalidOperationException>(() => engine.ComputeTag(80, tag));
        Assert.Throws<InvalidOperationException>(() => engine.ComputeTag(64, tag));
        engine.Encrypt(0, message.Plaintext.AsSpan(0, 16), new byte[16]);
        foreach (long length in (long[])[0, 64, 79, 81, 96])
        {
            Assert.Throws<InvalidOperationException>(() => engine.ComputeTag(length, tag));
        }

        Assert.Equal(Filled(16), tag);
        engine.ComputeTag(80, tag);
        Assert.Equal(message.Tag, tag);
    }

    [Fact]
    public void A_segment_that_still_runs_has_no_sum()
    {
        using var key = new GhashKey(new GhashElement(1, 2), new GhashElement(3, 4));
        using var ledger = new SegmentLedger(key);
        SegmentLedger.Entry first = ledger.Take(0, 32);
        Assert.False(ledger.TryGetSum(32, out _));
        SegmentLedger.Entry second = ledger.Take(32, 40);
        Assert.Throws<InvalidOperationException>(() => ledger.Take(16, 48));
        ledger.Complete(second, new GhashElement(5, 6));
        Assert.False(ledger.TryGetSum(40, out _));
        ledger.Complete(first, new GhashElement(7, 8));
        Assert.True(ledger.TryGetSum(40, out GhashElement sum));
        Assert.Equal(key.TimesPower(new GhashElement(7, 8), 1) + new GhashElement(5, 6), sum);
    }

    [Fact]
    public void One_instance_goes_one_way()
    {
        using SeekableGcm encryptor = Engine();
        encryptor.Encrypt(0, new byte[16], new byte[16]);
        Assert.Throws<InvalidOperationException>(() => encryptor.Decrypt(16, new byte[16], new byte[16]));

        using SeekableGcm decryptor = Engine();
        decryptor.Decrypt(0, new byte[16], new byte[16]);
        Assert.Throws<InvalidOperationException>(() => decryptor.Encrypt(16, new byte[16], new byte[16]));

        // The right tag of a ciphertext that came from elsewhere is what a forger looks for.
        Assert.Throws<InvalidOperationException>(() => decryptor.ComputeTag(16, new byte[16]));
        Assert.False(decryptor.VerifyTag(16, new byte[16]));
    }

    [Fact]
    public void An_empty_message_that_was_verified_does_not_give_its_tag_away()
    {
        using SeekableGcm engine = Engine();
        Assert.False(engine.VerifyTag(0, new byte[16]));
        Assert.Throws<InvalidOperationException>(() => engine.ComputeTag(0, new byte[16]));
    }

    [Fact]
    public void The_tag_closes_the_message()
    {
        byte[] first = new byte[16];
        byte[] again = new byte[16];
        using SeekableGcm engine = Engine();
        engine.Encrypt(0, new byte[32], new byte[32]);
        engine.ComputeTag(32, first);
        byte[] output = Filled(16);
        Assert.Throws<InvalidOperationException>(() => engine.Encrypt(32, new byte[16], output));
        Assert.Equal(Filled(16), output);
        engine.ComputeTag(32, again);
        Assert.Equal(first, again);
    }

    [Fact]
    public void After_dispose_nothing_works()
    {
        SeekableGcm engine = Engine();
        engine.Encrypt(0, new byte[16], new byte[16]);
        engine.Dispose();
        engine.Dispose();
        byte[] output = Filled(16);
        Assert.Throws<ObjectDisposedException>(() => engine.Encrypt(16, new byte[16], output));
        Assert.Throws<ObjectDisposedException>(() => engine.Decrypt(16, new byte[16], output));
        Assert.Throws<ObjectDisposedException>(() => engine.ComputeTag(16, output));
        Assert.Throws<ObjectDisposedException>(() => engine.VerifyTag(16, output));
        Assert.Equal(Filled(16), output);
    }

    [Fact]
    public void Dispose_zeroes_the_hash_key()
    {
        var key = new GhashKey(new GhashElement(1, 2), new GhashElement(3, 4));
        Assert.NotEqual(default, key.TimesPower(new GhashElement(5, 6), uint.MaxValue));
        key.Dispose();
        Assert.Equal(default, key.TagMask);
        for (int bit = 0; bit < 32; bit++)
        {
            Assert.Equal(default, key.TimesPower(new GhashElement(5, 6), 1u << bit));
        }
    }

    [Fact]
    public void Buffers_and_lengths_are_checked()
    {
        using SeekableGcm engine = Engine();
        byte[] buffer = new byte[64];
        Assert.Throws<ArgumentException>(() => engine.Encrypt(0, new byte[16], new byte[15]));
        Assert.Throws<ArgumentException>(() => engine.Encrypt(0, new byte[16], new byte[17]));
        Assert.Throws<ArgumentException>(() => engine.Encrypt(0, buffer.AsSpan(0, 32), buffer.AsSpan(1, 32)));
        Assert.Throws<ArgumentException>(() => engine.Encrypt(0, buffer.AsSpan(16, 32), buffer.AsSpan(0, 32)));
        Assert.Throws<ArgumentException>(() => engine.ComputeTag(0, new byte[15]));
        Assert.Throws<ArgumentException>(() => engine.VerifyTag(0, new byte[17]));
        Assert.Throws<ArgumentOutOfRangeException>(() => engine.ComputeTag(-1, new byte[16]));
        Assert.Throws<ArgumentOutOfRangeException>(() => engine.VerifyTag(Maximum + 1, new byte[16]));
        Assert.Throws<ArgumentException>(() => new SeekableGcm(new byte[24], new byte[12], default));
        Assert.Throws<ArgumentException>(() => new SeekableGcm(new byte[33], new byte[12], default));
        Assert.Throws<ArgumentException>(() => new SeekableGcm(new byte[32], new byte[16], default));
        engine.Encrypt(0, buffer.AsSpan(0, 32), buffer.AsSpan(32, 32));
        engine.ComputeTag(32, new byte[16]);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public void The_last_legal_block_is_encrypted_with_the_last_counter(int missing)
    {
        const int Length = 80_000;
        const long Offset = Maximum - Length;
        var message = new GcmCase(seed: 24, Length - missing, associatedDataLength: 2);
        byte[] expected = message.Plaintext.ToArray();
        uint lastCounter = 0;
        using (var aes = Aes.Create())
        {
            aes.Key = message.Key;
            byte[] block = new byte[16];
            message.Iv.CopyTo(block, 0);
            for (int i = 0; i < expected.Length; i++)
            {
                lastCounter = (uint)(2 + ((Offset + i) / 16));
                BinaryPrimitives.WriteUInt32BigEndian(block.AsSpan(12), lastCounter);
                byte[] keystream = i % 16 == 0 ? aes.EncryptEcb(block, PaddingMode.None) : [];
                for (int k = 0; k < keystream.Length && i + k < expected.Length; k++)
                {
                    expected[i + k] ^= keystream[k];
                }
            }
        }

        Assert.Equal(uint.MaxValue, lastCounter);
        byte[] output = new byte[expected.Length];
        using SeekableGcm encryptor = message.Engine();
        encryptor.Encrypt(Offset, message.Plaintext, output);
        message.Same(expected, output, "the ciphertext");

        using SeekableGcm decryptor = message.Engine();
        decryptor.Decrypt(Offset, output, output);
        message.Same(message.Plaintext, output, "the plaintext");
    }

    [Fact]
    public void One_byte_more_than_the_last_block_is_refused_before_any_work()
    {
        const int Length = 64;
        const long Offset = Maximum - Length;
        using SeekableGcm engine = Engine();
        byte[] output = Filled(Length + 1);
        Assert.Throws<ArgumentOutOfRangeException>(() => engine.Encrypt(Offset, new byte[Length + 1], output));
        Assert.Throws<ArgumentOutOfRangeException>(() => engine.Encrypt(Maximum, new byte[1], new byte[1]));
        Assert.Throws<ArgumentOutOfRangeException>(() => engine.Encrypt(Maximum + 16, new byte[16], new byte[16]));
        Assert.Throws<ArgumentOutOfRangeException>(() => engine.Encrypt(long.MaxValue - 15, new byte[16], new byte[16]));
        Assert.Equal(Filled(Length + 1), output);

        // No range was taken, no direction settled.
        engine.Decrypt(Offset, new byte[Length], new byte[Length]);
    }

    private static SeekableGcm Engine() => new(new byte[32], new byte[12], default);

    private static byte[] Filled(int length)
    {
        byte[] bytes = new byte[length];
        Array.Fill(bytes, Untouched);
        return bytes;
    }
}
