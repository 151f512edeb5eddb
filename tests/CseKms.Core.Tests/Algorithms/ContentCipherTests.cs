using System.Security.Cryptography;
using CseKms.Core.Algorithms;
using Xunit;

namespace CseKms.Core.Tests.Algorithms;

/// <summary>The content of one object, against the platform's own AesGcm and Aes.</summary>
public sealed class ContentCipherTests
{
    private static readonly byte[] DataKey = Convert.FromHexString("80d90dc4cc7e77d8a6332efa44eba56230a7fe7b89af37d1e501ab2e07c0a163");
    private static readonly byte[] MessageId = Convert.FromHexString("b8ea76bed24c7b85382a148cb9dcd1cfdfb765f55ded4dfa6e0c4c79");
    private static readonly byte[] EncryptionKey = Convert.FromHexString("6dd14f546cc006e639126e83f5d4d1b118576bb5df97f38c6fb3a1db87bbc338");
    private static readonly byte[] Commitment = Convert.FromHexString("f89818bc0a346d3a3426b68e9509b6b2ae5fe1f904aa329fb73625db");
    private static readonly byte[] Plaintext = TestContent.Of(1_000);

    public static TheoryData<bool> BothSuites => [true, false];

    [Fact]
    public void V3_is_GCM_under_the_derived_key_with_an_IV_of_ones_and_the_suite_as_associated_data()
    {
        var (content, tag) = Gcm(EncryptionKey, [.. Enumerable.Repeat((byte)1, 12)], [0x00, 0x73]);
        using var cipher = ContentCipher.ForDecryption(AlgorithmSuite.AesGcmCommitting, DataKey, MessageId, Commitment);

        cipher.DecryptWhole(content, tag);

        Assert.Equal(Plaintext, content);
    }

    [Fact]
    public void V2_is_GCM_under_the_data_key_with_the_stored_IV_and_no_associated_data()
    {
        var iv = TestContent.Of(12, seed: 2);
        var (content, tag) = Gcm(DataKey, iv, []);
        using var cipher = ContentCipher.ForDecryption(AlgorithmSuite.AesGcm, DataKey, iv, null);

        cipher.DecryptWhole(content, tag);

        Assert.Equal(Plaintext, content);
    }

    [Theory]
    [MemberData(nameof(BothSuites))]
    public void What_is_encrypted_whole_is_decrypted_in_segments_and_the_other_way_around(bool isCommitting)
    {
        var suite = Suite(isCommitting);
        byte[] whole = [.. Plaintext];
        var wholeTag = new byte[16];
        using var writer = ContentCipher.ForEncryption(suite, DataKey);
        writer.EncryptWhole(whole, wholeTag);
        using var reader = ContentCipher.ForDecryption(suite, DataKey, writer.Nonce, writer.KeyCommitment);
        using var message = reader.OpenMessage();
        message.Decrypt(496, whole.AsSpan(496), whole.AsSpan(496));
        message.Decrypt(0, whole.AsSpan(0, 496), whole.AsSpan(0, 496));

        Assert.True(message.VerifyTag(1_000, wholeTag));
        Assert.Equal(Plaintext, whole);

        byte[] parts = [.. Plaintext];
        var partsTag = new byte[16];
        using var partsWriter = ContentCipher.ForEncryption(suite, DataKey);
        using var written = partsWriter.OpenMessage();
        written.Encrypt(0, parts, parts);
        written.ComputeTag(1_000, partsTag);
        using var partsReader = ContentCipher.ForDecryption(suite, DataKey, partsWriter.Nonce, partsWriter.KeyCommitment);
        partsReader.DecryptWhole(parts, partsTag);

        Assert.Equal(Plaintext, parts);
    }

    [Theory]
    [MemberData(nameof(BothSuites))]
    public void Each_object_has_an_IV_or_message_id_of_its_own(bool isCommitting)
    {
        using var one = ContentCipher.ForEncryption(Suite(isCommitting), DataKey);
        using var two = ContentCipher.ForEncryption(Suite(isCommitting), DataKey);

        Assert.Equal(isCommitting ? 28 : 12, one.Nonce.Length);
        Assert.Contains(one.Nonce, b => b != 0);
        Assert.NotEqual(one.Nonce, two.Nonce);
        Assert.Equal(isCommitting ? 28 : null, one.KeyCommitment?.Length);
    }

    [Fact]
    public void A_wrong_commitment_is_told()
    {
        foreach (byte[]? wrong in (byte[]?[])[null, [], [.. Commitment[..27], (byte)(Commitment[27] ^ 1)]])
        {
            var failure = Assert.Throws<CseException>(() => ContentCipher.ForDecryption(AlgorithmSuite.AesGcmCommitting, DataKey, MessageId, wrong));
            Assert.Equal(ErrorId.CommitmentMismatch, failure.ErrorId);
            Assert.Contains("does not commit to the data key", failure.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_wrong_tag_is_told_and_leaves_no_plaintext()
    {
        var (content, tag) = Gcm(EncryptionKey, [.. Enumerable.Repeat((byte)1, 12)], [0x00, 0x73]);
        tag[15] ^= 1;
        using var cipher = ContentCipher.ForDecryption(AlgorithmSuite.AesGcmCommitting, DataKey, MessageId, Commitment);

        var failure = Assert.Throws<CseException>(() => cipher.DecryptWhole(content, tag));

        Assert.Equal(ErrorId.AuthenticationFailed, failure.ErrorId);
        Assert.Contains("authentication tag is wrong", failure.Message, StringComparison.Ordinal);
        Assert.All(content, b => Assert.Equal(0, b));
    }

    [Fact]
    public void A_cipher_serves_one_message_once()
    {
        foreach (var first in Uses())
        {
            foreach (var second in Uses())
            {
                using var cipher = ContentCipher.ForEncryption(AlgorithmSuite.AesGcm, DataKey);
                first(cipher);
                Assert.Throws<InvalidOperationException>(() => second(cipher));
            }
        }

        static Action<ContentCipher>[] Uses() =>
        [
            cipher => cipher.EncryptWhole(new byte[16], new byte[16]),
            cipher => cipher.OpenMessage().Dispose(),
            cipher => cipher.OpenRanges(),
            cipher => cipher.OpenCbc(),
        ];
    }

    [Fact]
    public void A_cipher_that_decrypted_serves_no_other_message()
    {
        var iv = TestContent.Of(12, seed: 2);
        var (content, tag) = Gcm(DataKey, iv, []);
        using var cipher = ContentCipher.ForDecryption(AlgorithmSuite.AesGcm, DataKey, iv, null);
        cipher.DecryptWhole(content, tag);

        Assert.Throws<InvalidOperationException>(() => cipher.EncryptWhole(content, tag));
    }

    [Fact]
    public void A_cipher_that_was_disposed_of_has_a_key_of_zeros()
    {
        var iv = TestContent.Of(12, seed: 2);
        var (expected, expectedTag) = Gcm(new byte[32], iv, []);
        byte[] content = [.. Plaintext];
        var tag = new byte[16];
        var cipher = ContentCipher.ForDecryption(AlgorithmSuite.AesGcm, DataKey, iv, null);
        cipher.Dispose();

        cipher.EncryptWhole(content, tag);

        Assert.Equal(expected, content);
        Assert.Equal(expectedTag, tag);
    }

    [Theory]
    [MemberData(nameof(BothSuites))]
    public void Any_range_is_decrypted_without_its_tag(bool isCommitting)
    {
        byte[] ciphertext = [.. Plaintext];
        using var writer = ContentCipher.ForEncryption(Suite(isCommitting), DataKey);
        writer.EncryptWhole(ciphertext, new byte[16]);
        using var reader = ContentCipher.ForDecryption(Suite(isCommitting), DataKey, writer.Nonce, writer.KeyCommitment);
        var ranges = reader.OpenRanges();

        foreach (var (start, end) in new[] { (96, 304), (0, 1), (0, 1_000), (16, 16), (992, 1_000), (496, 512) })
        {
            var bytes = ciphertext[start..end];
            ranges.Decrypt(start, bytes);
            Assert.Equal(Plaintext[start..end], bytes);
        }
    }

    [Fact]
    public void The_last_block_of_the_longest_message_has_the_last_counter()
    {
        var iv = TestContent.Of(12, seed: 2);
        using var aes = Aes.Create();
        aes.Key = DataKey;
        var keystream = aes.EncryptEcb([.. iv, 0xFF, 0xFF, 0xFF, 0xFF], PaddingMode.None);
        using var cipher = ContentCipher.ForDecryption(AlgorithmSuite.AesGcm, DataKey, iv, null);
        var bytes = new byte[16];

        cipher.OpenRanges().Decrypt((1L << 36) - 48, bytes);

        Assert.Equal(keystream, bytes);
    }

    [Fact]
    public void CBC_is_decrypted_from_any_block_on()
    {
        var iv = TestContent.Of(16, seed: 3);
        using var aes = Aes.Create();
        aes.Key = DataKey;
        var ciphertext = aes.EncryptCbc(Plaintext, iv, PaddingMode.PKCS7);
        var (head, tail) = (ciphertext[..512], ciphertext[512..]);
        using var cipher = ContentCipher.ForDecryption(AlgorithmSuite.AesCbc, DataKey, iv, null);
        var cbc = cipher.OpenCbc();

        cbc.Decrypt(ciphertext.AsSpan(496, 16), tail);
        cbc.Decrypt(iv, head);

        Assert.Equal(Plaintext, (byte[])[.. head, .. tail[..^CbcContent.PaddingLength(tail.AsSpan(^16))!.Value]]);
    }

    [Fact]
    public void Padding_of_1_to_16_bytes_has_its_length()
    {
        for (var length = 1; length <= 16; length++)
        {
            var block = new byte[16];
            block.AsSpan(16 - length).Fill((byte)length);
            Assert.Equal(length, CbcContent.PaddingLength(block));
        }
    }

    [Fact]
    public void Whatever_is_wrong_with_padding_it_has_no_length()
    {
        var blocks = new List<byte[]> { new byte[16], Filled(17), Filled(255) };
        for (var length = 2; length <= 16; length++)
        {
            for (var at = 16 - length; at < 15; at++)
            {
                var block = Filled((byte)length);
                block[at] ^= 1;
                blocks.Add(block);
            }
        }

        Assert.All(blocks, block => Assert.Null(CbcContent.PaddingLength(block)));

        static byte[] Filled(byte value) => [.. Enumerable.Repeat(value, 16)];
    }

    private static AlgorithmSuite Suite(bool isCommitting) => isCommitting ? AlgorithmSuite.AesGcmCommitting : AlgorithmSuite.AesGcm;

    private static (byte[] Content, byte[] Tag) Gcm(byte[] key, byte[] iv, byte[] associatedData)
    {
        var (content, tag) = (new byte[Plaintext.Length], new byte[16]);
        using var gcm = new AesGcm(key, 16);
        gcm.Encrypt(iv, Plaintext, content, tag, associatedData);
        return (content, tag);
    }
}
