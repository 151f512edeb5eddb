using System.Security.Cryptography;
using CseKms.Core.Algorithms;
using Xunit;

namespace CseKms.Core.Tests.Algorithms;

/// <summary>The commitment and the encryption key of the committing suite.</summary>
public sealed class HkdfSha512Tests
{
    private static readonly byte[] Suite = [0x00, 0x73];
    private static readonly byte[] DataKey = Convert.FromHexString("80d90dc4cc7e77d8a6332efa44eba56230a7fe7b89af37d1e501ab2e07c0a163");
    private static readonly byte[] MessageId = Convert.FromHexString("b8ea76bed24c7b85382a148cb9dcd1cfdfb765f55ded4dfa6e0c4c79");
    private static readonly byte[] EncryptionKey = Convert.FromHexString("6dd14f546cc006e639126e83f5d4d1b118576bb5df97f38c6fb3a1db87bbc338");
    private static readonly byte[] Commitment = Convert.FromHexString("f89818bc0a346d3a3426b68e9509b6b2ae5fe1f904aa329fb73625db");

    [Fact]
    public void Known_answer_of_a_writer()
    {
        using HkdfSha512 hkdf = Known();
        byte[] commitment = new byte[28];
        byte[] key = new byte[32];
        hkdf.DeriveCommitment(commitment);
        hkdf.DeriveEncryptionKey(key);
        Assert.Equal(Commitment, commitment);
        Assert.Equal(EncryptionKey, key);
    }

    [Fact]
    public void Known_answer_of_a_reader()
    {
        using HkdfSha512 hkdf = Known();
        byte[] key = new byte[32];
        Assert.True(hkdf.VerifyCommitment(Commitment));
        hkdf.DeriveEncryptionKey(key);
        Assert.Equal(EncryptionKey, key);
    }

    [Fact]
    public void Random_inputs_agree_with_HMAC()
    {
        var random = new Random(41);
        for (int i = 0; i < 50; i++)
        {
            byte[] dataKey = new byte[32];
            byte[] messageId = new byte[28];
            byte[] suite = new byte[2];
            random.NextBytes(dataKey);
            random.NextBytes(messageId);
            random.NextBytes(suite);

            // RFC 5869 with one round, since both outputs are shorter than a hash.
            byte[] pseudorandomKey = HMACSHA512.HashData(messageId, dataKey);
            byte[] expectedCommitment = HMACSHA512.HashData(pseudorandomKey, (byte[])[.. suite, .. "COMMITKEY"u8, 1])[..28];
            byte[] expectedKey = HMACSHA512.HashData(pseudorandomKey, (byte[])[.. suite, .. "DERIVEKEY"u8, 1])[..32];

            using var hkdf = new HkdfSha512(dataKey, messageId, suite);
            byte[] commitment = new byte[28];
            byte[] key = new byte[32];
            hkdf.DeriveCommitment(commitment);
            hkdf.DeriveEncryptionKey(key);
            Assert.Equal(expectedCommitment, commitment);
            Assert.Equal(expectedKey, key);
        }
    }

    [Fact]
    public void A_flipped_bit_of_the_commitment_is_noticed_and_stops_the_derivation()
    {
        for (int bit = 0; bit < 28 * 8; bit++)
        {
            byte[] stored = [.. Commitment];
            stored[bit / 8] ^= (byte)(1 << (bit % 8));
            using HkdfSha512 hkdf = Known();
            Assert.False(hkdf.VerifyCommitment(stored), $"bit {bit}");
            AssertDerivesNothing(hkdf);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(27)]
    [InlineData(29)]
    public void A_commitment_of_another_length_is_not_equal(int length)
    {
        byte[] stored = new byte[length];
        Commitment.AsSpan(0, Math.Min(length, 28)).CopyTo(stored);
        using HkdfSha512 hkdf = Known();
        Assert.False(hkdf.VerifyCommitment(stored));
        AssertDerivesNothing(hkdf);
    }

    [Fact]
    public void The_encryption_key_comes_only_after_the_commitment()
    {
        using HkdfSha512 hkdf = Known();
        byte[] key = new byte[32];
        Assert.Throws<InvalidOperationException>(() => hkdf.DeriveEncryptionKey(key));
        Assert.Equal(new byte[32], key);
    }

    [Fact]
    public void An_all_zero_message_id_is_refused()
    {
        Assert.Throws<ArgumentException>(() => new HkdfSha512(DataKey, new byte[28], Suite));
        for (int i = 0; i < 28; i++)
        {
            byte[] almost = new byte[28];
            almost[i] = 1;
            new HkdfSha512(DataKey, almost, Suite).Dispose();
        }
    }

    [Fact]
    public void Lengths_are_checked()
    {
        foreach (int difference in (int[])[-1, 1])
        {
            Assert.Throws<ArgumentException>("dataKey", () => new HkdfSha512(TestContent.Of(32 + difference), MessageId, Suite));
            Assert.Throws<ArgumentException>("messageId", () => new HkdfSha512(DataKey, TestContent.Of(28 + difference), Suite));
            Assert.Throws<ArgumentException>("suiteId", () => new HkdfSha512(DataKey, MessageId, TestContent.Of(2 + difference)));
        }

        using HkdfSha512 hkdf = Known();
        Assert.True(hkdf.VerifyCommitment(Commitment));
        foreach (int difference in (int[])[-1, 1])
        {
            Assert.Throws<ArgumentException>("commitment", () => hkdf.DeriveCommitment(new byte[28 + difference]));
            Assert.Throws<ArgumentException>("encryptionKey", () => hkdf.DeriveEncryptionKey(new byte[32 + difference]));
        }
    }

    [Fact]
    public void After_dispose_nothing_works()
    {
        HkdfSha512 hkdf = Known();
        Assert.True(hkdf.VerifyCommitment(Commitment));
        hkdf.Dispose();
        hkdf.Dispose();
        Assert.Throws<ObjectDisposedException>(() => hkdf.DeriveEncryptionKey(new byte[32]));
        Assert.Throws<ObjectDisposedException>(() => hkdf.DeriveCommitment(new byte[28]));
        Assert.Throws<ObjectDisposedException>(() => hkdf.VerifyCommitment(Commitment));
    }

    private static HkdfSha512 Known() => new(DataKey, MessageId, Suite);

    private static void AssertDerivesNothing(HkdfSha512 hkdf)
    {
        byte[] output = new byte[32];
        Assert.Throws<InvalidOperationException>(() => hkdf.DeriveEncryptionKey(output));
        Assert.Throws<InvalidOperationException>(() => hkdf.DeriveCommitment(output.AsSpan(0, 28)));
        Assert.Throws<InvalidOperationException>(() => hkdf.VerifyCommitment(Commitment));
        Assert.Equal(new byte[32], output);
    }
}
