using CseKms.Core.Algorithms;
using CseKms.Core.Format;
using Xunit;

namespace CseKms.Core.Tests.Format;

public class ContentMetadataCodecTests
{
    private static readonly string Key = Base64(184);

    public static TheoryData<string> V3Keys => [.. V3().Keys.Where(key => key != "x-amz-t")];

    public static TheoryData<string> V2Required =>
        ["x-amz-key-v2", "x-amz-iv", "x-amz-wrap-alg", "x-amz-cek-alg"];

    public static TheoryDataRow<string>[] BadBase64 =>
    [
        new("AQIDBA") { Label = "no padding" },
        new("AQID BA==") { Label = "white space" },
        new("AQIDBA==\n") { Label = "line break" },
        new("AQID-_==") { Label = "URL alphabet" },
        new("AQIDBB==") { Label = "stray bits" },
        new("!") { Label = "not base64" },
    ];

    public static TheoryDataRow<string>[] BadJson =>
    [
        new("{") { Label = "not JSON" },
        new("[]") { Label = "array" },
        new("""{"a":1}""") { Label = "number value" },
        new("""{"a":null}""") { Label = "null value" },
        new("""{"a":{"b":"c"}}""") { Label = "nested" },
        new("""{"a":"1","a":"2"}""") { Label = "duplicate key" },
        new("""{"a":"1","\u0061":"2"}""") { Label = "duplicate key by escape" },
        new("""{"a":"1"} x""") { Label = "trailing text" },
        new("""{"a":"1"}{"b":"2"}""") { Label = "two maps" },
        new("""{"a":"1",}""") { Label = "trailing comma" },
        new("""{/**/"a":"1"}""") { Label = "comment" },
        new("""{"a":"\ud800"}""") { Label = "lone surrogate" },
        new("\"a\"") { Label = "string" },
    ];

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
    public void Each_value_is_read_from_its_own_key()
    {
        var v3 = ContentMetadataCodec.Decode(V3())!;
        var v2 = ContentMetadataCodec.Decode(V2())!;

        Assert.Equal(Bytes(184), v3.EncryptedDataKey);
        Assert.Equal(Bytes(28, first: 40), v3.KeyCommitment);
        Assert.Equal(Bytes(28, first: 80), v3.Nonce);
        Assert.Equal((3, "115", "kms+context"), (v3.FormatVersion, v3.Suite.MetadataValue, v3.Wrapping.Name));
        Assert.Equal(Bytes(184), v2.EncryptedDataKey);
        Assert.Equal(Bytes(12), v2.Nonce);
        Assert.Null(v2.KeyCommitment);
        Assert.Equal((2, "AES/GCM/NoPadding", "kms+context"), (v2.FormatVersion, v2.Suite.MetadataValue, v2.Wrapping.Name));
    }

    [Fact]
    public void V2_of_a_length_that_is_not_known_does_not_tell_it() =>
        Assert.Equal(
            Without(V2(), "x-amz-unencrypted-content-length").OrderBy(pair => pair.Key),
            ContentMetadataCodec.Encode(ContentMetadataCodec.Decode(V2())!, plaintextLength: null).OrderBy(pair => pair.Key));

    [Fact]
    public void What_is_on_the_object_goes_before_what_is_in_the_file()
    {
        var inFile = With(V2(), ("x-amz-key-v2", Base64(184, first: 9)), ("x-amz-iv", Base64(12, first: 9)));

        var metadata = ContentMetadataCodec.Decode(V2(), inFile)!;

        Assert.Equal(Bytes(184), metadata.EncryptedDataKey);
        Assert.Equal(Bytes(12), metadata.Nonce);
    }

    [Fact]
    public void Maps_are_written_in_the_order_of_their_names() =>
        Assert.Equal(
            """{"B":"1","a":"2","aa":"3","b":"4"}""",
            StringMap.ToJson(new Dictionary<string, string> { ["b"] = "4", ["aa"] = "3", ["B"] = "1", ["a"] = "2" }));

    [Fact]
    public void S3_counts_the_bytes_of_names_and_values() =>
        Assert.Equal(1 + 2 + 2 + 3, MetadataText.SizeInS3([new("a", "bc"), new("é", "部")]));

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
        Assert.Null(ContentMetadataCodec.Decode(With([], ("owner", "me"), ("x-amz-unencrypted-content-length", "5"), ("x-amz-key-v2", ""))));
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
        AssertError(ErrorId.EnvelopeInvalid, Without(V3(), key), key, "missing");

    [Theory]
    [MemberData(nameof(V2Required))]
    public void V2_without_one_of_its_keys_is_invalid(string key) =>
        AssertError(ErrorId.EnvelopeInvalid, Without(V2(), key), key, "missing");

    [Fact]
    public void An_absent_context_is_an_empty_one()
    {
        Assert.Empty(ContentMetadataCodec.Decode(Without(V3(), "x-amz-t"))!.EncryptionContext);
        Assert.Empty(ContentMetadataCodec.Decode(Without(V2(), "x-amz-matdesc"))!.EncryptionContext);
    }

    [Theory]
    [InlineData("x-amz-key-v2")]
    [InlineData("x-amz-wrap-alg")]
    [InlineData("x-amz-cek-alg")]
    [InlineData("x-amz-tag-len")]
    [InlineData("x-amz-iv")]
    [InlineData("x-amz-matdesc")]
    [InlineData("x-amz-key")]
    [InlineData("x-amz-unencrypted-content-length")]
    public void A_key_of_another_version_beside_V3_is_mixed(string key) =>
        AssertError(ErrorId.EnvelopeMixed, With(V3(), (key, "AQID")), "two versions");

    [Theory]
    [InlineData("x-amz-key-v2")]
    [InlineData("x-amz-wrap-alg")]
    [InlineData("x-amz-cek-alg")]
    [InlineData("x-amz-tag-len")]
    public void A_key_of_V2_beside_V1_is_mixed(string key) =>
        AssertError(ErrorId.EnvelopeMixed, With(V1(), (key, V2()[key])), "two versions");

    [Theory]
    [InlineData(32, "AES/ECB/PKCS5Padding")]
    [InlineData(48, "AES/ECB/PKCS5Padding")]
    [InlineData(49, "RSA/ECB/PKCS1Padding")]
    [InlineData(256, "RSA/ECB/PKCS1Padding")]
    public void V1_tells_its_wrapping_by_the_length_of_the_wrapped_key(int length, string wrapping)
    {
        var metadata = ContentMetadataCodec.Decode(With(V1(), ("x-amz-key", Base64(length))))!;

        Assert.Equal((1, AlgorithmSuite.AesCbc, wrapping), (metadata.FormatVersion, metadata.Suite, metadata.Wrapping.Name));
    }

    [Fact]
    public void V1_without_one_of_its_keys_is_invalid() =>
        AssertError(ErrorId.EnvelopeInvalid, Without(V1(), "x-amz-iv"), "x-amz-iv", "missing");

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("5")]
    [InlineData("""{"a":1}""")]
    [InlineData("""{"a":{"b":"c"}}""")]
    [InlineData("""{"a":"1","a":"2"}""")]
    public void A_description_of_V1_binds_nothing_and_need_not_be_a_map(string? description) =>
        Assert.Empty(ContentMetadataCodec.Decode(
            description is null ? Without(V1(), "x-amz-matdesc") : With(V1(), ("x-amz-matdesc", description)))!.EncryptionContext);

    [Theory]
    [InlineData("{")]
    [InlineData("a")]
    [InlineData("""{"a":"1"} x""")]
    public void A_description_of_V1_that_is_no_JSON_is_invalid(string description) =>
        AssertError(ErrorId.EnvelopeInvalid, With(V1(), ("x-amz-matdesc", description)), "x-amz-matdesc", "JSON");

    [Fact]
    public void A_description_of_V1_is_read() =>
        Assert.Equal("1", ContentMetadataCodec.Decode(With(V1(), ("x-amz-matdesc", """{"smkId":"1"}""")))!.EncryptionContext["smkId"]);

    [Fact]
    public void A_V1_key_that_is_too_short_or_has_the_IV_of_GCM_is_invalid()
    {
        foreach (var length in new[] { 1, 16, 31, 33, 47 })
        {
            AssertError(ErrorId.EnvelopeInvalid, With(V1(), ("x-amz-key", Base64(length))), "x-amz-key", "too short");
        }

        AssertError(ErrorId.EnvelopeInvalid, With(V1(), ("x-amz-iv", Base64(12))), "x-amz-iv", "16", "12");
    }

    [Theory]
    [InlineData("02", "AES/GCM")]
    [InlineData("22", "RSA-OAEP-SHA1")]
    public void V3_under_a_raw_key_has_a_description_and_no_context(string value, string name)
    {
        var raw = With(Without(V3(), "x-amz-t"), ("x-amz-w", value), ("x-amz-m", """{"a":"b"}"""));
        var metadata = ContentMetadataCodec.Decode(raw)!;

        Assert.Equal((name, "b"), (metadata.Wrapping.Name, metadata.EncryptionContext["a"]));
        Assert.Equal(raw.OrderBy(pair => pair.Key), ContentMetadataCodec.Encode(metadata, null).OrderBy(pair => pair.Key));
        AssertError(ErrorId.EnvelopeInvalid, With(raw, ("x-amz-t", "{}")), "x-amz-t", name);
    }

    [Theory]
    [InlineData("kms")]
    [InlineData("00")]
    [InlineData("2")]
    public void Another_wrapping_value_of_V3_is_unsupported(string value) =>
        AssertError(ErrorId.UnsupportedFormat, With(V3(), ("x-amz-w", value)), "x-amz-w", $"'{value}'");

    [Theory]
    [InlineData("128")]
    [InlineData("00")]
    [InlineData("-0")]
    [InlineData("96")]
    public void CBC_has_no_tag_length(string value)
    {
        var cbc = With(V2(), ("x-amz-cek-alg", "AES/CBC/PKCS5Padding"), ("x-amz-iv", Base64(16)), ("x-amz-tag-len", value));

        AssertError(ErrorId.EnvelopeInvalid, cbc, "x-amz-tag-len", "CBC");
        Assert.Equal(AlgorithmSuite.AesCbc, ContentMetadataCodec.Decode(With(cbc, ("x-amz-tag-len", "0")))!.Suite);
        foreach (var name in new[] { "AES/CBC/PKCS5Padding", "AES/CBC/PKCS7Padding" })
        {
            Assert.Equal(
                AlgorithmSuite.AesCbc,
                ContentMetadataCodec.Decode(With(Without(cbc, "x-amz-tag-len"), ("x-amz-cek-alg", name)))!.Suite);
        }
    }

    [Theory]
    [InlineData("114")]
    [InlineData("116")]
    [InlineData("0073")]
    public void Another_content_suite_of_V3_is_unsupported(string value) =>
        AssertError(ErrorId.UnsupportedFormat, With(V3(), ("x-amz-c", value)), "x-amz-c", $"'{value}'");

    [Theory]
    [InlineData("x-amz-cek-alg", "AES/CTR/NoPadding")]
    [InlineData("x-amz-cek-alg", "115")]
    [InlineData("x-amz-cek-alg", "aes/gcm/nopadding")]
    [InlineData("x-amz-wrap-alg", "kms+CONTEXT")]
    public void Another_value_of_an_algorithm_of_V2_is_unsupported(string key, string value) =>
        AssertError(ErrorId.UnsupportedFormat, With(V2(), (key, value)), key, $"'{value}'");

    [Theory]
    [InlineData("0")]
    [InlineData("96")]
    [InlineData("0128")]
    [InlineData("128 ")]
    public void Another_tag_length_is_invalid(string value) =>
        AssertError(ErrorId.EnvelopeInvalid, With(V2(), ("x-amz-tag-len", value)), "x-amz-tag-len", "128");

    [Fact]
    public void An_absent_tag_length_is_accepted() =>
        Assert.Equal(2, ContentMetadataCodec.Decode(Without(V2(), "x-amz-tag-len"))!.FormatVersion);

    [Theory]
    [InlineData("x-amz-d", 27)]
    [InlineData("x-amz-d", 29)]
    [InlineData("x-amz-i", 27)]
    [InlineData("x-amz-i", 29)]
    [InlineData("x-amz-i", 12)]
    public void A_wrong_length_in_V3_is_invalid(string key, int length) =>
        AssertError(ErrorId.EnvelopeInvalid, With(V3(), (key, Base64(length))), key, "28", $"{length}");

    [Theory]
    [InlineData("AES/GCM/NoPadding", 11)]
    [InlineData("AES/GCM/NoPadding", 13)]
    [InlineData("AES/GCM/NoPadding", 16)]
    [InlineData("AES/CBC/PKCS5Padding", 12)]
    [InlineData("AES/CBC/PKCS5Padding", 17)]
    public void A_wrong_IV_length_in_V2_is_invalid(string algorithm, int length)
    {
        var wrong = With(V2(), ("x-amz-cek-alg", algorithm), ("x-amz-iv", Base64(length)));

        AssertError(
            ErrorId.EnvelopeInvalid, algorithm.Contains("CBC", StringComparison.Ordinal) ? Without(wrong, "x-amz-tag-len") : wrong, "x-amz-iv", $"{length}");
    }

    [Fact]
    public void An_all_zero_IV_or_message_id_is_invalid()
    {
        AssertError(ErrorId.EnvelopeInvalid, With(V1(), ("x-amz-iv", Convert.ToBase64String(new byte[16]))), "x-amz-iv", "zero");
        AssertError(ErrorId.EnvelopeInvalid, With(V2(), ("x-amz-iv", Convert.ToBase64String(new byte[12]))), "x-amz-iv", "zero");
        AssertError(ErrorId.EnvelopeInvalid, With(V3(), ("x-amz-i", Convert.ToBase64String(new byte[28]))), "x-amz-i", "zero");
    }

    [Theory]
    [MemberData(nameof(BadBase64))]
    public void Loose_base64_is_invalid(string value)
    {
        AssertError(ErrorId.EnvelopeInvalid, With(V3(), ("x-amz-3", value)), "x-amz-3", "base64");
        AssertError(ErrorId.EnvelopeInvalid, With(V2(), ("x-amz-key-v2", value)), "x-amz-key-v2", "base64");
    }

    [Theory]
    [MemberData(nameof(BadJson))]
    public void A_context_that_is_not_a_map_of_distinct_strings_is_invalid(string json)
    {
        AssertError(ErrorId.EnvelopeInvalid, With(V3(), ("x-amz-t", json)), "x-amz-t", "JSON");
        AssertError(ErrorId.EnvelopeInvalid, With(V2(), ("x-amz-matdesc", json)), "x-amz-matdesc", "JSON");
    }

    // Not among the rows above, since test names cannot carry it.
    [Fact]
    public void A_context_with_half_a_character_is_invalid() =>
        AssertError(ErrorId.EnvelopeInvalid, With(V3(), ("x-amz-t", "{\"a\":\"\uD800\"}")), "x-amz-t");

    [Fact]
    public void A_material_description_has_no_place_beside_KMS() =>
        AssertError(ErrorId.EnvelopeInvalid, With(V3(), ("x-amz-m", "{}")), "x-amz-m", "kms+context");

    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("=?UTF-8?B?6YOo6ZaA?=", "部門")]
    [InlineData("=?UTF-8?Q?caf=C3=A9_au_lait?=", "café au lait")]
    [InlineData("=?UTF-8?B?6YOo?= =?UTF-8?B?6ZaA?=", "部門")]
    [InlineData("=?utf-8?b?6YOo?=", "部")]
    [InlineData("=?utf-8?q?=c3=a9?=", "é")]
    [InlineData("=?ISO-8859-1?Q?=E9?=", "é")]
    [InlineData("a =?UTF-8?Q?b?= c =?UTF-8?Q?d?=\t =?UTF-8?Q?e?= f", "a b c de f")]
    [InlineData("=?UTF-8?Q?a=4?=", "=?UTF-8?Q?a=4?=")]
    [InlineData("=?UTF-8?Q?a=?=", "=?UTF-8?Q?a=?=")]
    [InlineData("\u00e9\u0083\u00a8", "部")]
    [InlineData("a\u00c3\u00a9b\u00e9c\u00c3\u00a9", "aéb\u00e9cé")]
    [InlineData("caf\u00e9", "caf\u00e9")]
    [InlineData("=?UTF-8?B?not base64?=", "=?UTF-8?B?not base64?=")]
    [InlineData("=?UTF-8?Q?=G1?=", "=?UTF-8?Q?=G1?=")]
    [InlineData("=?no-such-charset?Q?a?=", "=?no-such-charset?Q?a?=")]
    [InlineData("=?UTF-7?Q?a?=", "=?UTF-7?Q?a?=")]
    public void Text_is_freed_of_what_S3_and_HTTP_did_to_it(string stored, string expected) =>
        Assert.Equal(expected, MetadataText.Decode(stored));

    private static Dictionary<string, string> V3() => new()
    {
        ["x-amz-c"] = "115",
        ["x-amz-3"] = Key,
        ["x-amz-w"] = "12",
        ["x-amz-d"] = Base64(28, first: 40),
        ["x-amz-i"] = Base64(28, first: 80),
        ["x-amz-t"] = """{"aws:x-amz-cek-alg":"115"}""",
    };

    private static Dictionary<string, string> V1() => new()
    {
        ["x-amz-key"] = Base64(48),
        ["x-amz-iv"] = Base64(16),
        ["x-amz-matdesc"] = "{}",
    };

    private static Dictionary<string, string> V2() => new()
    {
        ["x-amz-key-v2"] = Key,
        ["x-amz-iv"] = Base64(12),
        ["x-amz-matdesc"] = """{"aws:x-amz-cek-alg":"AES/GCM/NoPadding"}""",
        ["x-amz-wrap-alg"] = "kms+context",
        ["x-amz-cek-alg"] = "AES/GCM/NoPadding",
        ["x-amz-tag-len"] = "128",
        ["x-amz-unencrypted-content-length"] = "5",
    };

    // What the message must tell is given as its words.
    private static void AssertError(ErrorId expected, Dictionary<string, string> metadata, params string[] words)
    {
        var failure = Assert.Throws<CseException>(() => ContentMetadataCodec.Decode(metadata));

        Assert.Equal(expected, failure.ErrorId);
        Assert.All(words, word => Assert.Contains(word, failure.Message, StringComparison.Ordinal));
    }

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

    private static string Base64(int length, int first = 1) => Convert.ToBase64String(Bytes(length, first));

    private static byte[] Bytes(int length, int first = 1) => [.. Enumerable.Range(first, length).Select(i => (byte)i)];
}
