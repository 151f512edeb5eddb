using CseKms.Core.Algorithms;
using CseKms.Core.Format;
using CseKms.Core.Settings;
using Xunit;
using static CseKms.Core.Settings.CommitmentPolicy;

namespace CseKms.Core.Tests.Format;

public class ReadRequirementsTests
{
    public static TheoryData<string, string, bool, LegacyModes> Objects => new()
    {
        { "115", "kms+context", false, LegacyModes.None },
        { "115", "AES/GCM", false, LegacyModes.None },
        { "AES/GCM/NoPadding", "kms+context", true, LegacyModes.None },
        { "AES/GCM/NoPadding", "kms", true, LegacyModes.Wrapping },
        { "AES/GCM/NoPadding", "AESWrap", true, LegacyModes.Wrapping },
        { "AES/CBC/PKCS5Padding", "kms+context", true, LegacyModes.Content },
        { "AES/CBC/PKCS5Padding", "RSA/ECB/OAEPWithSHA-256AndMGF1Padding", true, LegacyModes.Wrapping | LegacyModes.Content },
    };

    [Theory]
    [MemberData(nameof(Objects))]
    public void An_object_needs_what_its_suite_and_its_wrapping_need(string suite, string wrapping, bool nonCommitting, LegacyModes legacy)
    {
        var required = ReadRequirements.Of(Envelope(suite, wrapping));

        Assert.Equal(new ReadRequirements(nonCommitting, legacy), required);
        Assert.Equal(!nonCommitting && legacy == LegacyModes.None, required.IsNone);
    }

    [Theory]
    [InlineData(RequireEncryptRequireDecrypt, LegacyModes.None, true, LegacyModes.Wrapping | LegacyModes.Content)]
    [InlineData(RequireEncryptRequireDecrypt, LegacyModes.Wrapping | LegacyModes.Content, true, LegacyModes.None)]
    [InlineData(RequireEncryptAllowDecrypt, LegacyModes.Content, false, LegacyModes.Wrapping)]
    [InlineData(ForbidEncryptAllowDecrypt, LegacyModes.Wrapping, false, LegacyModes.Content)]
    [InlineData(ForbidEncryptAllowDecrypt, LegacyModes.Wrapping | LegacyModes.Content, false, LegacyModes.None)]
    public void What_is_not_allowed_is_left_and_nothing_else(CommitmentPolicy policy, LegacyModes allowed, bool nonCommitting, LegacyModes legacy)
    {
        var all = new ReadRequirements(true, LegacyModes.Wrapping | LegacyModes.Content);

        Assert.Equal(new ReadRequirements(nonCommitting, legacy), all.NotAllowedBy(policy, allowed));
    }

    [Fact]
    public void What_is_not_needed_need_not_be_allowed() =>
        Assert.True(new ReadRequirements(false, LegacyModes.None).NotAllowedBy(RequireEncryptRequireDecrypt, LegacyModes.None).IsNone);

    [Theory]
    [InlineData("AES/GCM", 44, LegacyModes.Aes128)]
    [InlineData("AES/GCM", 60, LegacyModes.None)]
    [InlineData("AESWrap", 24, LegacyModes.Wrapping | LegacyModes.Aes128)]
    [InlineData("AESWrap", 40, LegacyModes.Wrapping)]
    [InlineData("kms", 16, LegacyModes.Wrapping)]
    [InlineData("RSA-OAEP-SHA1", 44, LegacyModes.None)]
    public void A_wrapped_key_can_tell_that_the_data_key_has_128_bits(string wrapping, int length, LegacyModes legacy) =>
        Assert.Equal(legacy, ReadRequirements.Of(Envelope("AES/GCM/NoPadding", wrapping) with { EncryptedDataKey = new byte[length] }).Legacy);

    [Fact]
    public void No_legacy_mode_makes_a_key_of_128_bits_one_of_V3() =>
        Assert.Equal(LegacyModes.None, ReadRequirements.Of(Envelope("115", "AES/GCM") with { EncryptedDataKey = new byte[44] }).Legacy);

    private static ContentMetadata Envelope(string suite, string wrapping) => new()
    {
        FormatVersion = 2,
        Suite = new[] { AlgorithmSuite.AesGcm, AlgorithmSuite.AesGcmCommitting, AlgorithmSuite.AesCbc }.Single(known => known.MetadataValue == suite),
        Wrapping = WrappingAlgorithm.FromName(wrapping)!,
        EncryptedDataKey = [],
        EncryptionContext = new Dictionary<string, string>(),
        Nonce = [],
    };
}
