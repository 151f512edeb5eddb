using CseKms.Core.Algorithms;
using CseKms.Core.Content;
using Xunit;

namespace CseKms.Core.Tests.Content;

/// <summary>Pieces of a stored object become plaintext, which is committed only under the right tag.</summary>
public class MessageDecryptorTests
{
    private const int Tag = AlgorithmSuite.TagLength;

    private static readonly byte[] Key = TestContent.Of(32, seed: 7);

    public static TheoryData<int, int> Cuts => new(
        from length in new[] { 0, 1, 16, 100 }
        from cut in Enumerable.Range(0, Tag + 1)
        select (length, cut));

    [Theory]
    [MemberData(nameof(Cuts))]
    public void The_tag_may_arrive_cut_in_two(int length, int cut)
    {
        var content = TestContent.Of(length);
        var (nonce, stored) = Encrypt(content);

        foreach (var isReversed in new[] { false, true })
        {
            (int Start, int End)[] pieces = [(0, length + cut), (length + cut, stored.Length)];
            var (sink, plaintext) = Decrypt(nonce, stored, isReversed ? [.. pieces.Reverse()] : pieces);

            Assert.Equal(length, plaintext);
            Assert.Equal(content, sink.Bytes);
        }
    }

    [Theory]
    [MemberData(nameof(Cuts))]
    public void A_wrong_byte_in_either_half_of_the_tag_is_an_error_and_commits_nothing(int length, int cut)
    {
        var (nonce, good) = Encrypt(TestContent.Of(length));
        foreach (var index in new[] { length, length + Math.Max(0, cut - 1), length + Math.Min(cut, Tag - 1), good.Length - 1 })
        {
            byte[] stored = [.. good];
            stored[index] ^= 1;
            using var sink = new MemorySink(length);

            var failure = Assert.Throws<CseException>(() => Decrypt(sink, nonce, stored, [(0, length + cut), (length + cut, stored.Length)]));

            Assert.Equal(ErrorId.AuthenticationFailed, failure.ErrorId);
            Assert.Throws<InvalidOperationException>(() => sink.Bytes);
        }
    }

    [Fact]
    public void Pieces_in_any_order_are_one_message()
    {
        var content = TestContent.Of(100_003);
        var (nonce, stored) = Encrypt(content);
        int[] bounds = [0, 16, 4096, 65_536, 100_000, stored.Length];
        (int Start, int End)[] pieces = [.. bounds.Zip(bounds.Skip(1))];
        new Random(1).Shuffle(pieces);

        Assert.Equal(content, Decrypt(nonce, stored, pieces).Sink.Bytes);
    }

    [Fact]
    public void Two_pieces_that_changed_places_are_an_error()
    {
        var (nonce, stored) = Encrypt(TestContent.Of(64));
        byte[] swapped = [.. stored[32..64], .. stored[..32], .. stored[64..]];

        Assert.Equal(
            ErrorId.AuthenticationFailed,
            Assert.Throws<CseException>(() => Decrypt(nonce, swapped, [(0, 32), (32, swapped.Length)])).ErrorId);
    }

    [Fact]
    public void Nothing_is_committed_while_a_piece_is_missing()
    {
        var (nonce, stored) = Encrypt(TestContent.Of(64));
        using var sink = new MemorySink(64);

        Assert.Throws<InvalidOperationException>(() => Decrypt(sink, nonce, stored, [(0, 32), (48, stored.Length)]));

        Assert.Throws<InvalidOperationException>(() => sink.Bytes);
    }

    private static (byte[] Nonce, byte[] Stored) Encrypt(byte[] content)
    {
        byte[] stored = [.. content, .. new byte[Tag]];
        using var cipher = ContentCipher.ForEncryption(AlgorithmSuite.AesGcm, Key);
        cipher.EncryptWhole(stored.AsSpan(0, content.Length), stored.AsSpan(content.Length));
        return (cipher.Nonce, stored);
    }

    private static (MemorySink Sink, int Plaintext) Decrypt(byte[] nonce, byte[] stored, (int Start, int End)[] pieces)
    {
        var sink = new MemorySink(stored.Length);
        return (sink, Decrypt(sink, nonce, stored, pieces));
    }

    private static int Decrypt(MemorySink sink, byte[] nonce, byte[] stored, (int Start, int End)[] pieces)
    {
        using var cipher = ContentCipher.ForDecryption(AlgorithmSuite.AesGcm, Key, nonce, keyCommitment: null);
        using var decryptor = new MessageDecryptor(cipher, stored.Length - Tag, sink);
        sink.Open(stored.Length - Tag);
        var plaintext = pieces.Sum(piece => decryptor.Decrypt(piece.Start, stored.AsSpan()[piece.Start..piece.End].ToArray()));
        decryptor.Commit();
        return plaintext;
    }
}
