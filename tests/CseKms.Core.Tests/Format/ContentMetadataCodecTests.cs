using CseKms.Core.Algorithms;
using CseKms.Core.Format;
using Xunit;

namespace CseKms.Core.Tests.Format;

public class ContentMetadataCodecTests
{
    private static readonly string Key = Base64(184);

    public static TheoryData<string> V3Keys => [.. V3().Keys.Where(key => key != MetadataKeys.V3EncryptionContext)];

    public static TheoryData<string> V2Required =>
        [MetadataKeys.V2Key, MetadataKeys.Iv, MetadataKeys.V2WrapAlgorithm, MetadataKeys.V2ContentAlgorithm];

    public static TheoryData<string, string> BadBase64 => new()
    {
        { "no padding", "AQIDBA" },
        { "white space", "AQID BA==" },
        { "line break", "AQIDBA==\n" },
        { "URL alphabet", "AQID-_==" },
        { "stray bits", "AQIDBB==" },
        { "not base64", "!" },
    };

    public static TheoryData<string, string> BadJson => new()
    {
        { "not JSON", "{" },
        { "array", "[]" },
        { "number value", """{"a":1}""" },
        { "null value", """{"a":null}""" },
        { "nested", """{"a":{"b":"c"}}""" },
        { "duplicate key", """{"a":"1","a":"2"}""" },
        { "duplicate key by escape", """{"a":"1","\u0061":"2"}""" },
        { "trailing text", """{"a":"1"} x""" },
        { "two maps", """{"a":"1"}{"b":"2"}""" },
        { "trailing comma", """{"a":"1",}""" },
        { "comment", """{/**/"a":"1"}""" },
        { "lone surrogate", """{"a":"\ud800"}""" },
        { "string", "\"a\"" },
    };

    [Fact]
    public void V3_has_its_six_keys_and_no_other()
    {
        var written = ContentMetadataCodec.Encode(ContentMetadataCodec.Decode(V3())!, plaintextLength: 5);

        Assert.Equal(V3().OrderBy(pair => pair.Key), written.OrderBy(pair => pair.Key));
    }

    [Fact]
    public void V2_has_its_seven_keys_and_no_other()
    {
        var written = ContentMetadataCodec.Encode(ContentMetadataCodec.Decode(V2())!, plaintextLength: 5);

        Assert.Equal(V2().OrderBy(pair => pair.Key), written.OrderBy(pair => pair.Key));
    }

    [Fact]
    public void A_context_beyond_ASCII_is_written_as_ASCII_and_read_back()
    {
        var map = new Dictionary<string, string> { ["部門"] = "経理 🔐 <&+>", ["aws:x-amz-cek-alg"] = "115" };

        var json = StringMap.ToJson(map);

        Assert.All(json, c => Assert.InRange(c, ' ', '~'));
        Assert.True(StringMap.TryParse(json, out var read));
        Assert.True(map.SameAs(read!));
    }

    /// <summary>Found by fuzzing: it was written as it is, and decoded when it was read.</summary>
    [Fact]
    public void A_context_that_looks_like_an_encoded_word_is_read_back()
    {
        var stored = ContentMetadataCodec.Decode(V3())! with
        {
            EncryptionContext = new Dictionary<string, string> { ["=?UTF-8?Q?a?="] = "=?UTF-8?B?6YOo?= =?x" },
        };

        var read = ContentMetadataCodec.Decode(ContentMetadataCodec.Encode(stored, null))!;

        Assert.True(stored.EncryptionContext.SameAs(read.EncryptionContext));
    }

    [Fact]
    public void Metadata_without_any_key_of_an_envelope_is_none()
    {
        Assert.Null(ContentMetadataCodec.Decode(new Dictionary<string, string>()));
        Assert.Null(ContentMetadataCodec.Decode(With([], ("owner", "me"), (MetadataKeys.UnencryptedContentLength, "5"), (MetadataKeys.V2Key, ""))));
    }

    [Fact]
    public void Names_are_compared_without_case_since_they_were_HTTP_headers()
    {
        var upper = V3().ToDictionary(pair => pair.Key.ToUpperInvariant(), pair => pair.Value);

        Assert.Equal(3, ContentMetadataCodec.Decode(upper)!.FormatVersion);
    }

    [Theory]
    [MemberData(nameof(V3Keys))]
    public void V3_without_one_of_its_keys_is_invalid(string key) =>
        AssertError(ErrorId.EnvelopeInvalid, Without(V3(), key));

    [Theory]
    [MemberData(nameof(V2Required))]
    public void V2_without_one_of_its_keys_is_invalid(string key) =>
        AssertError(ErrorId.EnvelopeInvalid, Without(V2(), key));

    [Fact]
    public void An_absent_context_is_an_empty_one()
    {
        Assert.Empty(ContentMetadataCodec.Decode(Without(V3(), MetadataKeys.V3EncryptionContext))!.EncryptionContext);
        Assert.Empty(ContentMetadataCodec.Decode(Without(V2(), MetadataKeys.MaterialDescription))!.EncryptionContext);
    }

    [Theory]
    [InlineData(MetadataKeys.V2Key)]
    [InlineData(MetadataKeys.V2WrapAlgorithm)]
    [InlineData(MetadataKeys.V2ContentAlgorithm)]
    [InlineData(MetadataKeys.V2TagLength)]
    [InlineData(MetadataKeys.Iv)]
    [InlineData(MetadataKeys.MaterialDescription)]
    [InlineData(MetadataKeys.V1Key)]
    [InlineData(MetadataKeys.UnencryptedContentLength)]
    public void A_key_of_another_version_beside_V3_is_mixed(string key) =>
        AssertError(ErrorId.EnvelopeMixed, With(V3(), (key, "AQID")));

    [Fact]
    public void A_V1_key_beside_V2_is_mixed() =>
        AssertError(ErrorId.EnvelopeMixed, With(V2(), (MetadataKeys.V1Key, "AQID")));

    [Theory]
    [InlineData(48, "AES/ECB/PKCS5Padding")]
    [InlineData(256, "RSA/ECB/PKCS1Padding")]
    public void V1_tells_its_wrapping_by_the_length_of_the_wrapped_key(int length, string wrapping)
    {
        var metadata = ContentMetadataCodec.Decode(With(V1(), (MetadataKeys.V1Key, Base64(length))))!;

        Assert.Equal((1, AlgorithmSuite.AesCbc, wrapping), (metadata.FormatVersion, metadata.Suite, metadata.Wrapping.Name));
    }

    [Theory]
    [InlineData(MetadataKeys.Iv)]
    [InlineData(MetadataKeys.MaterialDescription)]
    public void V1_without_one_of_its_keys_is_invalid(string key) =>
        AssertError(ErrorId.EnvelopeInvalid, Without(V1(), key));

    [Fact]
    public void A_V1_key_that_is_too_short_or_has_the_IV_of_GCM_is_invalid()
    {
        AssertError(ErrorId.EnvelopeInvalid, With(V1(), (MetadataKeys.V1Key, Base64(47))));
        AssertError(ErrorId.EnvelopeInvalid, With(V1(), (MetadataKeys.Iv, Base64(12))));
    }

    [Theory]
    [InlineData("02", "AES/GCM")]
    [InlineData("22", "RSA-OAEP-SHA1")]
    public void V3_under_a_raw_key_has_a_description_and_no_context(string value, string name)
    {
        var raw = With(Without(V3(), MetadataKeys.V3EncryptionContext), (MetadataKeys.V3WrapAlgorithm, value), (MetadataKeys.V3MaterialDescription, """{"a":"b"}"""));
        var metadata = ContentMetadataCodec.Decode(raw)!;

        Assert.Equal((name, "b"), (metadata.Wrapping.Name, metadata.EncryptionContext["a"]));
        Assert.Equal(raw.OrderBy(pair => pair.Key), ContentMetadataCodec.Encode(metadata, null).OrderBy(pair => pair.Key));
        AssertError(ErrorId.EnvelopeInvalid, With(raw, (MetadataKeys.V3EncryptionContext, "{}")));
    }

    [Theory]
    [InlineData("kms")]
    [InlineData("00")]
    [InlineData("2")]
    public void Another_wrapping_value_of_V3_is_unsupported(string value) =>
        AssertError(ErrorId.UnsupportedFormat, With(V3(), (MetadataKeys.V3WrapAlgorithm, value)));

    [Fact]
    public void CBC_has_no_tag_length()
    {
        var cbc = With(V2(), (MetadataKeys.V2ContentAlgorithm, "AES/CBC/PKCS5Padding"), (MetadataKeys.Iv, Base64(16)));

        AssertError(ErrorId.EnvelopeInvalid, cbc);
        foreach (var name in new[] { "AES/CBC/PKCS5Padding", "AES/CBC/PKCS7Padding" })
        {
            Assert.Equal(
                AlgorithmSuite.AesCbc,
                ContentMetadataCodec.Decode(With(Without(cbc, MetadataKeys.V2TagLength), (MetadataKeys.V2ContentAlgorithm, name)))!.Suite);
        }
    }

    [Theory]
    [InlineData("114")]
    [InlineData("116")]
    [InlineData("0073")]
    public void Another_content_suite_of_V3_is_unsupported(string value) =>
        AssertError(ErrorId.UnsupportedFormat, With(V3(), (MetadataKeys.V3ContentAlgorithm, value)));

    [Theory]
    [InlineData(MetadataKeys.V2ContentAlgorithm, "AES/CTR/NoPadding")]
    [InlineData(MetadataKeys.V2ContentAlgorithm, "115")]
    [InlineData(MetadataKeys.V2ContentAlgorithm, "aes/gcm/nopadding")]
    [InlineData(MetadataKeys.V2WrapAlgorithm, "kms+CONTEXT")]
    public void Another_value_of_an_algorithm_of_V2_is_unsupported(string key, string value) =>
        AssertError(ErrorId.UnsupportedFormat, With(V2(), (key, value)));

    [Theory]
    [InlineData("96")]
    [InlineData("0128")]
    [InlineData("128 ")]
    public void Another_tag_length_is_invalid(string value) =>
        AssertError(ErrorId.EnvelopeInvalid, With(V2(), (MetadataKeys.V2TagLength, value)));

    [Fact]
    public void An_absent_tag_length_is_accepted() =>
        Assert.Equal(2, ContentMetadataCodec.Decode(Without(V2(), MetadataKeys.V2TagLength))!.FormatVersion);

    [Theory]
    [InlineData(MetadataKeys.V3KeyCommitment, 27)]
    [InlineData(MetadataKeys.V3KeyCommitment, 29)]
    [InlineData(MetadataKeys.V3MessageId, 27)]
    [InlineData(MetadataKeys.V3MessageId, 12)]
    public void A_wrong_length_in_V3_is_invalid(string key, int length) =>
        AssertError(ErrorId.EnvelopeInvalid, With(V3(), (key, Base64(length))));

    [Theory]
    [InlineData(11)]
    [InlineData(16)]
    public void A_wrong_IV_length_in_V2_is_invalid(int length) =>
        AssertError(ErrorId.EnvelopeInvalid, With(V2(), (MetadataKeys.Iv, Base64(length))));

    [Fact]
    public void An_all_zero_IV_or_message_id_is_invalid()
    {
        AssertError(ErrorId.EnvelopeInvalid, With(V2(), (MetadataKeys.Iv, Convert.ToBase64String(new byte[12]))));
        AssertError(ErrorId.EnvelopeInvalid, With(V3(), (MetadataKeys.V3MessageId, Convert.ToBase64String(new byte[28]))));
    }

    [Theory]
    [MemberData(nameof(BadBase64))]
    public void Loose_base64_is_invalid(string name, string value)
    {
        Assert.NotEmpty(name);
        AssertError(ErrorId.EnvelopeInvalid, With(V3(), (MetadataKeys.V3Key, value)));
        AssertError(ErrorId.EnvelopeInvalid, With(V2(), (MetadataKeys.V2Key, value)));
    }

    [Theory]
    [MemberData(nameof(BadJson))]
    public void A_context_that_is_not_a_map_of_distinct_strings_is_invalid(string name, string json)
    {
        Assert.NotEmpty(name);
        AssertError(ErrorId.EnvelopeInvalid, With(V3(), (MetadataKeys.V3EncryptionContext, json)));
        AssertError(ErrorId.EnvelopeInvalid, With(V2(), (MetadataKeys.MaterialDescription, json)));
    }

    [Fact]
    public void A_material_description_has_no_place_beside_KMS() =>
        AssertError(ErrorId.EnvelopeInvalid, With(V3(), (MetadataKeys.V3MaterialDescription, "{}")));

    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("=?UTF-8?B?6YOo6ZaA?=", "部門")]
    [InlineData("=?UTF-8?Q?caf=C3=A9_au_lait?=", "café au lait")]
    [InlineData("=?UTF-8?B?6YOo?= =?UTF-8?B?6ZaA?=", "部門")]
    [InlineData("\u00e9\u0083\u00a8", "部")]
    [InlineData("caf\u00e9", "caf\u00e9")]
    [InlineData("=?UTF-8?B?not base64?=", "=?UTF-8?B?not base64?=")]
    [InlineData("=?UTF-8?Q?=G1?=", "=?UTF-8?Q?=G1?=")]
    [InlineData("=?no-such-charset?Q?a?=", "=?no-such-charset?Q?a?=")]
    [InlineData("=?UTF-7?Q?a?=", "=?UTF-7?Q?a?=")]
    public void Text_is_freed_of_what_S3_and_HTTP_did_to_it(string stored, string expected) =>
        Assert.Equal(expected, MetadataText.Decode(stored));

    private static Dictionary<string, string> V3() => new()
    {
        [MetadataKeys.V3ContentAlgorithm] = "115",
        [MetadataKeys.V3Key] = Key,
        [MetadataKeys.V3WrapAlgorithm] = "12",
        [MetadataKeys.V3KeyCommitment] = Base64(AlgorithmSuite.CommitmentLength),
        [MetadataKeys.V3MessageId] = Base64(AlgorithmSuite.MessageIdLength),
        [MetadataKeys.V3EncryptionContext] = """{"aws:x-amz-cek-alg":"115"}""",
    };

    private static Dictionary<string, string> V1() => new()
    {
        [MetadataKeys.V1Key] = Base64(48),
        [MetadataKeys.Iv] = Base64(16),
        [MetadataKeys.MaterialDescription] = "{}",
    };

    private static Dictionary<string, string> V2() => new()
    {
        [MetadataKeys.V2Key] = Key,
        [MetadataKeys.Iv] = Base64(12),
        [MetadataKeys.MaterialDescription] = """{"aws:x-amz-cek-alg":"AES/GCM/NoPadding"}""",
        [MetadataKeys.V2WrapAlgorithm] = "kms+context",
        [MetadataKeys.V2ContentAlgorithm] = "AES/GCM/NoPadding",
        [MetadataKeys.V2TagLength] = "128",
        [MetadataKeys.UnencryptedContentLength] = "5",
    };

    private static void AssertError(ErrorId expected, Dictionary<string, string> metadata) =>
        Assert.Equal(expected, Assert.Throws<CseException>(() => ContentMetadataCodec.Decode(metadata)).ErrorId);

    private static Dictionary<string, string> With(Dictionary<string, string> metadata, params (string Key, string Value)[] pairs)
    {
        foreach (var (key, value) in pairs)
        {
            metadata[key] = value;
        }

        return metadata;
    }

    private static Dictionary<string, string> Without(Dictionary<string, string> metadata, params string[] keys)
    {
        foreach (var key in keys)
        {
            metadata.Remove(key);
        }

        return metadata;
    }

    private static string Base64(int length) =>
        Convert.ToBase64String([.. Enumerable.Range(1, length).Select(i => (byte)i)]);
}
