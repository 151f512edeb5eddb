using System.Text;
using System.Text.Json;
using CseKms.Core.Format;
using Xunit;

namespace CseKms.Core.Tests.Format;

public class EnvelopeFileTests
{
    private static readonly Dictionary<string, string> V3 = new()
    {
        ["x-amz-c"] = "115",
        ["x-amz-3"] = Convert.ToBase64String(new byte[184]),
        ["x-amz-w"] = "12",
        ["x-amz-d"] = Convert.ToBase64String(Enumerable.Repeat((byte)1, 28).ToArray()),
        ["x-amz-i"] = Convert.ToBase64String(Enumerable.Repeat((byte)255, 28).ToArray()),
        ["x-amz-t"] = """{"aws:x-amz-cek-alg":"115","dept":"hr"}""",
    };

    private static readonly Dictionary<string, string> V2 = new()
    {
        ["x-amz-key-v2"] = Convert.ToBase64String(new byte[184]),
        ["x-amz-iv"] = Convert.ToBase64String(Enumerable.Repeat((byte)1, 12).ToArray()),
        ["x-amz-matdesc"] = """{"aws:x-amz-cek-alg":"AES/GCM/NoPadding"}""",
        ["x-amz-wrap-alg"] = "kms+context",
        ["x-amz-cek-alg"] = "AES/GCM/NoPadding",
        ["x-amz-tag-len"] = "128",
    };

    [Fact]
    public void What_is_written_is_what_head_object_prints_and_is_read_back()
    {
        var file = EnvelopeFile.Encode(V3, 1234);

        using var json = JsonDocument.Parse(file);
        Assert.Equal(1234, json.RootElement.GetProperty("ContentLength").GetInt64());
        Assert.Equal(V3, json.RootElement.GetProperty("Metadata").Deserialize<Dictionary<string, string>>());
        Assert.DoesNotContain("\\u002B", Encoding.UTF8.GetString(file));
        Assert.Equal("hr", EnvelopeFile.Decode([file]).EncryptionContext["dept"]);
    }

    public static TheoryData<string, string> Forms => new()
    {
        { "bare", Json(V3) },
        { "bare V2 with user metadata", Json(new(V2) { ["owner"] = "Ann" }) },
        { "bare V2", Json(V2) },
        { "prefixed", Json(V3.ToDictionary(pair => "x-amz-meta-" + pair.Key, pair => pair.Value)) },
        { "in capitals", Json(V3.ToDictionary(pair => "X-AMZ-META-" + pair.Key.ToUpperInvariant(), pair => pair.Value)) },
        { "capitals without prefix", Json(V3.ToDictionary(pair => pair.Key.ToUpperInvariant(), pair => pair.Value)) },
        { "head-object", $$"""{"AcceptRanges":"bytes","ContentLength":3,"ETag":"\"x\"","Metadata":{{Json(new(V2) { ["owner"] = "Ann" })}},"Metadata2":1}""" },
        { "small letters", $$"""{"metadata":{{Json(V3)}}}""" },
        { "with a byte order mark", "\uFEFF" + Json(V3) },
    };

    [Theory]
    [MemberData(nameof(Forms))]
    public void Other_forms_are_read(string form, string json) =>
        Assert.True(EnvelopeFile.Decode([Encoding.UTF8.GetBytes(json)]).FormatVersion is 2 or 3, form);

    [Fact]
    public void An_object_and_its_instruction_file_are_read_together_in_any_order()
    {
        string[] onObject = ["x-amz-c", "x-amz-d", "x-amz-i"];
        byte[] head = Encoding.UTF8.GetBytes($$"""{"Metadata":{{Json(V3.Where(pair => onObject.Contains(pair.Key)).ToDictionary())}}}""");
        byte[] instructions = Encoding.UTF8.GetBytes(Json(V3.Where(pair => !onObject.Contains(pair.Key)).ToDictionary()));

        Assert.Equal("hr", EnvelopeFile.Decode([head, instructions]).EncryptionContext["dept"]);
        Assert.Equal("hr", EnvelopeFile.Decode([instructions, head]).EncryptionContext["dept"]);
        Assert.Equal(ErrorId.EnvelopeInvalid, Assert.Throws<CseException>(() => EnvelopeFile.Decode([head])).ErrorId);
        Assert.Equal(ErrorId.EnvelopeInvalid, Assert.Throws<CseException>(() => EnvelopeFile.Decode([head, head])).ErrorId);
        Assert.Equal(ErrorId.EnvelopeInvalid, Assert.Throws<CseException>(() => EnvelopeFile.Decode([instructions, instructions])).ErrorId);
    }

    [Theory]
    [InlineData("", ErrorId.EnvelopeInvalid)]
    [InlineData("no json", ErrorId.EnvelopeInvalid)]
    [InlineData("[]", ErrorId.EnvelopeInvalid)]
    [InlineData("null", ErrorId.EnvelopeInvalid)]
    [InlineData("""{"Metadata":{},"metadata":{}}""", ErrorId.EnvelopeInvalid)]
    [InlineData("""{"Metadata":{"x-amz-c":"115","X-AMZ-C":"115"}}""", ErrorId.EnvelopeInvalid)]
    [InlineData("""{"Metadata":{"x-amz-c":"115","x-amz-meta-x-amz-c":"115"}}""", ErrorId.EnvelopeInvalid)]
    [InlineData("""{"Metadata":{"Count":1,"Keys":["x-amz-meta-x-amz-c"]}}""", ErrorId.EnvelopeInvalid)]
    [InlineData("""{"Metadata":[]}""", ErrorId.EnvelopeInvalid)]
    [InlineData("""{"Metadata":{"x-amz-key":"AAAA","x-amz-key-v2":"AAAA"}}""", ErrorId.EnvelopeMixed)]
    [InlineData("""{"Metadata":{"owner":"Ann"}}""", ErrorId.NotEncrypted)]
    [InlineData("{}", ErrorId.NotEncrypted)]
    [InlineData("""{"Metadata":{}}""", ErrorId.NotEncrypted)]
    public void What_is_no_envelope_is_refused(string json, ErrorId expected) =>
        Assert.Equal(expected, Assert.Throws<CseException>(() => EnvelopeFile.Decode([Encoding.UTF8.GetBytes(json)])).ErrorId);

    private static string Json(Dictionary<string, string> map) => JsonSerializer.Serialize(map);
}
