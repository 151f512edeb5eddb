using System.IO.Hashing;
using System.Security.Cryptography;
using CseKms.Core.Algorithms;
using CseKms.Core.Content;
using Xunit;

namespace CseKms.Core.Tests.Content;

/// <summary>Parts that are encrypted in any order are the standard message, with its checksums.</summary>
public sealed class MessageEncryptorTests : IDisposable
{
    private readonly byte[] _key = TestContent.Of(32, seed: 7);
    private readonly ContentCipher _cipher;
    private readonly MessageEncryptor _encryptor;

    public MessageEncryptorTests()
    {
        _cipher = ContentCipher.ForEncryption(AlgorithmSuite.AesGcm, _key);
        _encryptor = new MessageEncryptor(_cipher);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(Part.Size - 1)]
    [InlineData(Part.Size)]
    public void Parts_in_any_order_are_the_standard_message(int lastLength)
    {
        var content = TestContent.Of(Part.Size + lastLength);
        using var first = PartOf(content.AsSpan(0, Part.Size), 1, isLast: false);
        using var last = PartOf(content.AsSpan(Part.Size), 2, isLast: true);

        _encryptor.Encrypt(last);
        _encryptor.Encrypt(first);
        _encryptor.Seal(last);

        var expected = new byte[content.Length + 16];
        using var gcm = new AesGcm(_key, 16);
        gcm.Encrypt(_cipher.Nonce, content, expected.AsSpan(0, content.Length), expected.AsSpan(content.Length));
        Assert.Equal(expected.AsSpan(0, Part.Size), first.Content);
        Assert.Equal(expected.AsSpan(Part.Size, lastLength), last.Content);
        Assert.Equal(expected.AsSpan(content.Length), last.Tag);
        Assert.Equal(Crc32.HashToUInt32(expected.AsSpan(0, Part.Size)), first.Crc32.GetCurrentHashAsUInt32());

        // What of the tag goes beyond a part's size is sent apart.
        var sentTogether = Math.Min(lastLength + 16, Part.Size);
        Assert.Equal(Crc32.HashToUInt32(expected.AsSpan(Part.Size, sentTogether)), last.Crc32.GetCurrentHashAsUInt32());
        Assert.Equal(lastLength + 16 - sentTogether, last.TagOverflow);
    }

    [Fact]
    public void Nothing_is_encrypted_twice_under_one_keystream()
    {
        using var part = PartOf(TestContent.Of(100), 1, isLast: true);
        using var readAgain = PartOf(TestContent.Of(100, seed: 2), 1, isLast: true);
        _encryptor.Encrypt(part);
        var ciphertext = part.Content.ToArray();

        Assert.Throws<InvalidOperationException>(() => _encryptor.Encrypt(part));
        Assert.Throws<InvalidOperationException>(() => _encryptor.Encrypt(readAgain));

        Assert.Equal(ciphertext, part.Content);
        Assert.Equal(TestContent.Of(100, seed: 2), readAgain.Content);
    }

    [Fact]
    public void There_is_no_tag_before_all_parts_are_encrypted_and_no_second_one()
    {
        using var first = PartOf(TestContent.Of(Part.Size), 1, isLast: false);
        using var last = PartOf(TestContent.Of(5), 2, isLast: true);
        _encryptor.Encrypt(last);
        Assert.Throws<InvalidOperationException>(() => _encryptor.Seal(last));

        _encryptor.Encrypt(first);
        _encryptor.Seal(last);

        using var more = PartOf(TestContent.Of(5), 3, isLast: true);
        Assert.Throws<InvalidOperationException>(() => _encryptor.Encrypt(more));
    }

    public void Dispose()
    {
        _encryptor.Dispose();
        _cipher.Dispose();
    }

    private static Part PartOf(ReadOnlySpan<byte> content, int number, bool isLast)
    {
        var budget = new MemoryBudget(Part.BufferSize);
        var part = new Part(new TransferBuffer(new MemoryLease(budget, Part.BufferSize), Part.BufferSize), number, content.Length, isLast);
        content.CopyTo(part.Content);
        return part;
    }
}
