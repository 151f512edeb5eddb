using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using CseKms.Core.Format;
using Xunit;

namespace CseKms.Core.Tests.Format;

public class CiphertextSignsTests
{
    public static TheoryData<string> Clear =>
    [
        "sixteen letters.", "id;name;amount\r\n1;Ann;20.00\r\n2;Bob;3.14\r\n", "{\"a\":[1,2,3],\"b\":\"some text that is longer than that\"}",
        "Zwölf Boxkämpfer jagen Viktor quer über den großen Sylter Deich", "日本語のテキストもここにあります。",
    ];

    [Theory]
    [InlineData(16)]
    [InlineData(31)]
    [InlineData(200)]
    [InlineData(1000)]
    [InlineData(1024)]
    [InlineData(4096)]
    public void Ciphertext_is_told_by_its_bytes(int length)
    {
        var told = Enumerable.Range(0, 2000).Count(_ => CiphertextSigns.LooksEncrypted(RandomNumberGenerator.GetBytes(length)));

        Assert.InRange(told, 1980, 2000);
    }

    [Theory]
    [MemberData(nameof(Clear))]
    public void What_has_an_order_does_not_look_like_it(string text)
    {
        Assert.False(CiphertextSigns.LooksEncrypted(Encoding.UTF8.GetBytes(text)));
        Assert.False(CiphertextSigns.LooksEncrypted(Encoding.Unicode.GetBytes(text)));
        Assert.False(CiphertextSigns.LooksEncrypted(Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(text, 300))).AsSpan(0, 4096)));
    }

    [Fact]
    public void Neither_does_nothing_nor_a_program_nor_what_is_packed()
    {
        Assert.False(CiphertextSigns.LooksEncrypted([]));
        Assert.False(CiphertextSigns.LooksEncrypted(new byte[4096]));
        Assert.False(CiphertextSigns.LooksEncrypted(File.ReadAllBytes(typeof(CiphertextSigns).Assembly.Location).AsSpan(0, 4096)));
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.SmallestSize, leaveOpen: true))
        {
            gzip.Write(RandomNumberGenerator.GetBytes(8000));
        }

        Assert.False(CiphertextSigns.LooksEncrypted(packed.ToArray().AsSpan(0, 4096)));
    }

    // Fewer bytes than a tag are no object of any format.
    [Fact]
    public void Fewer_bytes_than_a_tag_are_no_ciphertext() =>
        Assert.All(Enumerable.Range(0, 16), length => Assert.False(CiphertextSigns.LooksEncrypted(RandomNumberGenerator.GetBytes(length))));
}
