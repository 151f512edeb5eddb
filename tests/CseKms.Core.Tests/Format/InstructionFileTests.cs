using System.Text;
using CseKms.Core.Format;
using Xunit;

namespace CseKms.Core.Tests.Format;

public class InstructionFileTests
{
    private static readonly Dictionary<string, string> Nothing = [];

    public static TheoryDataRow<string, string>[] BadFiles =>
    [
        new("", "JSON") { Label = "empty" },
        new("{", "JSON") { Label = "not JSON" },
        new("[]", "JSON") { Label = "array" },
        new("""{"x-amz-w":12}""", "JSON") { Label = "number value" },
        new("""{"x-amz-t":{"a":"b"}}""", "JSON") { Label = "nested" },
        new("""{"x-amz-w":"12","x-amz-w":"02"}""", "JSON") { Label = "duplicate key" },
        new("""{"x-amz-w":"12"} x""", "JSON") { Label = "text after it" },
        new("\uFEFF{}", "JSON") { Label = "byte order mark" },
        new("""{"x-amz-w":"12","owner":"me"}""", "owner") { Label = "unrelated key" },
        new("""{"X-Amz-W":"12"}""", "X-Amz-W") { Label = "key in another case" },
        new("""{"x-amz-unencrypted-content-length":"5"}""", "x-amz-unencrypted-content-length") { Label = "plaintext length alone" },
        new("""{"x-amz-w":"12","x-amz-unencrypted-content-length":"5"}""", "x-amz-unencrypted-content-length") { Label = "plaintext length beside V3" },
        new("""{"x-amz-key-v2":1}""", "JSON") { Label = "another number" },
        new("""{"x-amz-tag-len":true}""", "JSON") { Label = "tag length that is no number" },
        new("""{"x-amz-tag-len":128,"x-amz-tag-len":"128"}""", "JSON") { Label = "tag length twice" },
        new("""{"x-amz-c":"115"}""", "x-amz-c") { Label = "V3 algorithm" },
        new("""{"x-amz-d":"AA=="}""", "x-amz-d") { Label = "V3 commitment" },
        new("""{"x-amz-i":"AA=="}""", "x-amz-i") { Label = "V3 message id" },
        new(new string('[', 5000), "JSON") { Label = "deep" },
    ];

    [Theory]
    [InlineData("a.instruction", ".instruction", "a")]
    [InlineData("a.instruction.instruction", ".instruction", "a.instruction")]
    [InlineData("a.other", ".other", "a")]
    [InlineData("a.instruction", ".other", null)]
    [InlineData("a.INSTRUCTION", ".instruction", null)]
    [InlineData("a.instruction/b", ".instruction", null)]
    [InlineData(".instruction", ".instruction", null)]
    [InlineData("", ".instruction", null)]
    public void Its_key_names_the_object_that_it_belongs_to(string key, string suffix, string? owner)
    {
        Assert.Equal(owner, InstructionFile.OwnerOf(key, suffix));
        Assert.True(owner is null || InstructionFile.KeyOf(owner, suffix) == key);
    }

    [Theory]
    [MemberData(nameof(BadFiles))]
    public void What_does_not_belong_there_is_refused(string json, string told)
    {
        var failure = Assert.Throws<CseException>(() => InstructionFile.Decode(Encoding.UTF8.GetBytes(json)));

        Assert.Equal(ErrorId.EnvelopeInvalid, failure.ErrorId);
        Assert.Contains("instruction file", failure.Message, StringComparison.Ordinal);
        Assert.Contains(told, failure.Message, StringComparison.Ordinal);
    }

    // As the PHP client writes them.
    [Theory]
    [InlineData("128", "5")]
    [InlineData("\"128\"", "\"5\"")]
    [InlineData("\"128\"", "5")]
    public void Tag_length_and_plaintext_length_are_taken_as_text_or_as_numbers(string tagLength, string contentLength)
    {
        var file = V2("{}");
        file.Remove("x-amz-tag-len");
        var json = Encoding.UTF8.GetString(InstructionFile.Encode(file))[..^1];

        var read = InstructionFile.Decode(Encoding.UTF8.GetBytes(
            $$"""{{json}},"x-amz-tag-len":{{tagLength}},"x-amz-unencrypted-content-length":{{contentLength}}}"""));

        Assert.Equal("128", read["x-amz-tag-len"]);
        Assert.Equal(2, ContentMetadataCodec.Decode(Nothing, read)!.FormatVersion);
    }

    [Theory]
    [InlineData("96")]
    [InlineData("128.0")]
    [InlineData("1.28e2")]
    public void Another_tag_length_in_it_is_invalid(string tagLength)
    {
        var file = V2("{}");
        file.Remove("x-amz-tag-len");
        var json = Encoding.UTF8.GetString(InstructionFile.Encode(file))[..^1];
        var read = InstructionFile.Decode(Encoding.UTF8.GetBytes($$"""{{json}},"x-amz-tag-len":{{tagLength}}}"""));

        Assert.Equal(ErrorId.EnvelopeInvalid, Assert.Throws<CseException>(() => ContentMetadataCodec.Decode(Nothing, read)).ErrorId);
    }

    [Fact]
    public void Bytes_that_are_no_UTF8_are_refused() =>
        Assert.Equal(
            ErrorId.EnvelopeInvalid,
            Assert.Throws<CseException>(() => InstructionFile.Decode([.. "{\"x-amz-t\":\""u8, 0xFF, .. "\"}"u8])).ErrorId);

    [Fact]
    public void The_whole_of_V2_is_read_out_of_it_and_no_text_in_it_is_decoded()
    {
        var file = Decode(V2("""{"a":"=?UTF-8?B?6YOo?="}"""));

        var metadata = ContentMetadataCodec.Decode(Nothing, file)!;

        Assert.Equal(2, metadata.FormatVersion);
        Assert.Equal("=?UTF-8?B?6YOo?=", metadata.EncryptionContext["a"]);
    }

    [Fact]
    public void The_whole_of_V1_is_read_out_of_it()
    {
        var file = Decode(new()
        {
            ["x-amz-key"] = Convert.ToBase64String(TestContent.Of(48)),
            ["x-amz-iv"] = Convert.ToBase64String(TestContent.Of(16)),
            ["x-amz-matdesc"] = "{}",
        });

        Assert.Equal(1, ContentMetadataCodec.Decode(Nothing, file)!.FormatVersion);
    }

    [Fact]
    public void V3_is_read_out_of_both()
    {
        var metadata = ContentMetadataCodec.Decode(V3OnObject(), Decode(V3InFile()))!;

        Assert.Equal((3, "kms+context"), (metadata.FormatVersion, metadata.Wrapping.Name));
        Assert.Equal("115", metadata.EncryptionContext["aws:x-amz-cek-alg"]);
        Assert.Equal([1, 2, 3], metadata.EncryptedDataKey);
        Assert.Equal(TestContent.Of(28), metadata.KeyCommitment);
        Assert.Equal(TestContent.Of(28, seed: 2), metadata.Nonce);
    }

    [Fact]
    public void It_is_looked_for_exactly_when_the_object_has_none_or_only_the_contents_part()
    {
        Assert.True(ContentMetadataCodec.NeedsInstructionFile(Nothing));
        Assert.True(ContentMetadataCodec.NeedsInstructionFile(new Dictionary<string, string> { ["owner"] = "me", ["x-amz-unencrypted-content-length"] = "5", ["x-amz-key-v2"] = "" }));
        Assert.True(ContentMetadataCodec.NeedsInstructionFile(V3OnObject()));

        Assert.False(ContentMetadataCodec.NeedsInstructionFile(V2("{}")));
        Assert.False(ContentMetadataCodec.NeedsInstructionFile(V3OnObject().Concat(V3InFile()).ToDictionary()));
        foreach (var name in V3OnObject().Keys)
        {
            var partial = V3OnObject();
            partial.Remove(name);
            Assert.False(ContentMetadataCodec.NeedsInstructionFile(partial));
        }
    }

    [Fact]
    public void Two_versions_over_both_are_mixed()
    {
        AssertError(ErrorId.EnvelopeMixed, V3OnObject(), V2("{}"));
        AssertError(ErrorId.EnvelopeMixed, Nothing, V2("{}").Append(new("x-amz-key", "AAAA")).ToDictionary());
        AssertError(ErrorId.EnvelopeMixed, Nothing, V2("{}").Concat(V3InFile()).ToDictionary());
    }

    [Fact]
    public void A_partial_set_over_both_is_invalid()
    {
        AssertError(ErrorId.EnvelopeInvalid, Nothing, V3InFile());
        AssertError(ErrorId.EnvelopeInvalid, V3OnObject(), Nothing);
        foreach (var name in new[] { "x-amz-3", "x-amz-w" })
        {
            var file = V3InFile();
            file.Remove(name);
            AssertError(ErrorId.EnvelopeInvalid, V3OnObject(), file);
        }
    }

    [Fact]
    public void What_is_written_is_ASCII_JSON_that_is_read_back()
    {
        var written = InstructionFile.Encode(V2("""{"部門":"経理"}"""));

        Assert.All(written, b => Assert.InRange(b, (byte)' ', (byte)'~'));
        Assert.Equal(V2("""{"部門":"経理"}""").OrderBy(pair => pair.Key), InstructionFile.Decode(written).OrderBy(pair => pair.Key));
    }

    private static void AssertError(ErrorId expected, Dictionary<string, string> onObject, Dictionary<string, string> inFile) =>
        Assert.Equal(expected, Assert.Throws<CseException>(() => ContentMetadataCodec.Decode(onObject, Decode(inFile))).ErrorId);

    private static IReadOnlyDictionary<string, string> Decode(Dictionary<string, string> values) =>
        InstructionFile.Decode(InstructionFile.Encode(values));

    private static Dictionary<string, string> V2(string description) => new()
    {
        ["x-amz-key-v2"] = "AQID",
        ["x-amz-iv"] = Convert.ToBase64String(TestContent.Of(12)),
        ["x-amz-matdesc"] = description,
        ["x-amz-wrap-alg"] = "kms+context",
        ["x-amz-cek-alg"] = "AES/GCM/NoPadding",
        ["x-amz-tag-len"] = "128",
    };

    private static Dictionary<string, string> V3OnObject() => new()
    {
        ["x-amz-c"] = "115",
        ["x-amz-d"] = Convert.ToBase64String(TestContent.Of(28)),
        ["x-amz-i"] = Convert.ToBase64String(TestContent.Of(28, seed: 2)),
    };

    private static Dictionary<string, string> V3InFile() => new()
    {
        ["x-amz-3"] = "AQID",
        ["x-amz-w"] = "12",
        ["x-amz-t"] = """{"aws:x-amz-cek-alg":"115"}""",
    };
}
