using System.Security.Cryptography;
using CseKms.Core.Algorithms;
using CseKms.Core.Format;
using CseKms.Core.Materials;
using CseKms.Core.Settings;
using Xunit;

namespace CseKms.Core.Tests.Materials;

public class CryptographicMaterialsManagerTests
{
    private const string KeyId = "arn:aws:kms:us-east-1:111122223333:key/one";

    private static readonly ObjectAddress Address = new("bucket", "folder/key");

    private static readonly Dictionary<string, string> Department = new() { ["department"] = "finance" };

    private readonly FakeKms _kms = new();

    [Theory]
    [InlineData(CommitmentPolicy.RequireEncryptRequireDecrypt, "115")]
    [InlineData(CommitmentPolicy.RequireEncryptAllowDecrypt, "115")]
    [InlineData(CommitmentPolicy.ForbidEncryptAllowDecrypt, "AES/GCM/NoPadding")]
    public async Task The_policy_chooses_the_suite_and_the_context_binds_it(CommitmentPolicy policy, string suite)
    {
        using var materials = await Manager(policy, Department).GetEncryptionMaterialsAsync(Address, null, CancellationToken.None);

        using var cipher = ContentCipher.ForEncryption(materials.Suite, materials.PlaintextDataKey);
        Assert.Equal(suite, materials.Suite.MetadataValue);
        Assert.Equal(suite == "115" ? "AES-256-GCM-HKDF-SHA512-COMMIT-KEY" : "AES-256-GCM", materials.Suite.Name);
        Assert.Equal(suite == "115" ? 3 : 2, materials.Envelope(cipher).FormatVersion);
        Assert.Equal(
            new Dictionary<string, string> { ["department"] = "finance", ["aws:x-amz-cek-alg"] = suite },
            materials.EncryptedDataKey.EncryptionContext);
    }

    [Fact]
    public async Task Two_objects_never_share_a_data_key()
    {
        var manager = Manager();
        using var one = await manager.GetEncryptionMaterialsAsync(Address, null, CancellationToken.None);
        using var two = await manager.GetEncryptionMaterialsAsync(Address, null, CancellationToken.None);

        Assert.NotEqual(one.PlaintextDataKey, two.PlaintextDataKey);
        Assert.Equal(2, _kms.Calls);
    }

    [Fact]
    public async Task A_data_key_is_zeroed_when_it_was_used()
    {
        var stored = await StoredAsync(CommitmentPolicy.RequireEncryptAllowDecrypt);
        var written = await Manager().GetEncryptionMaterialsAsync(Address, null, CancellationToken.None);
        var read = await Manager().GetDecryptionMaterialsAsync(stored, Address, CancellationToken.None);
        byte[][] keys = [written.PlaintextDataKey, read.PlaintextDataKey];
        Assert.All(keys, key => Assert.Contains(key, b => b != 0));

        written.Dispose();
        read.Dispose();

        Assert.All(keys, key => Assert.Equal(new byte[32], key));
    }

    [Fact]
    public async Task The_default_policy_refuses_an_object_that_does_not_commit_before_KMS_is_asked()
    {
        var stored = await StoredAsync(CommitmentPolicy.ForbidEncryptAllowDecrypt);

        var refused = await AssertRefusedAsync(ErrorId.CommitmentRequired, Manager(), stored);

        Assert.Contains("AES-256-GCM", refused.Message, StringComparison.Ordinal);
        Assert.Contains("RequireEncryptRequireDecrypt", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(CommitmentPolicy.RequireEncryptAllowDecrypt)]
    [InlineData(CommitmentPolicy.ForbidEncryptAllowDecrypt)]
    public async Task The_other_policies_read_both_kinds(CommitmentPolicy policy)
    {
        foreach (var written in new[] { CommitmentPolicy.ForbidEncryptAllowDecrypt, CommitmentPolicy.RequireEncryptAllowDecrypt })
        {
            using var materials = await Manager(policy).GetDecryptionMaterialsAsync(await StoredAsync(written), Address, CancellationToken.None);

            Assert.Equal(32, materials.PlaintextDataKey.Length);
        }
    }

    [Fact]
    public async Task An_object_relabelled_to_another_suite_is_refused_before_KMS_is_asked()
    {
        var stored = await StoredAsync(CommitmentPolicy.RequireEncryptAllowDecrypt);
        var relabelled = stored with { FormatVersion = 2, Suite = AlgorithmSuite.AesGcm, Nonce = stored.Nonce[..12] };

        var refused = await AssertRefusedAsync(ErrorId.EnvelopeInvalid, Manager(CommitmentPolicy.ForbidEncryptAllowDecrypt), relabelled);

        Assert.Contains("'AES/GCM/NoPadding'", refused.Message, StringComparison.Ordinal);
        Assert.Contains("names '115'", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_context_that_does_not_name_the_suite_is_refused_before_KMS_is_asked()
    {
        var stored = await StoredAsync(CommitmentPolicy.RequireEncryptAllowDecrypt);

        var refused = await AssertRefusedAsync(ErrorId.EnvelopeInvalid, Manager(), stored with { EncryptionContext = StringMap.Empty });

        Assert.Contains("names no algorithm", refused.Message, StringComparison.Ordinal);
    }

    public static TheoryData<Dictionary<string, string>> WrongContexts =>
    [
        new Dictionary<string, string>(),
        new Dictionary<string, string> { ["department"] = "sales" },
        new Dictionary<string, string> { ["Department"] = "finance" },
        new Dictionary<string, string> { ["department"] = "finance", ["more"] = "x" },
    ];

    [Theory]
    [MemberData(nameof(WrongContexts))]
    public async Task A_context_other_than_the_callers_is_refused_before_KMS_is_asked(Dictionary<string, string> given)
    {
        var stored = await StoredAsync(CommitmentPolicy.RequireEncryptAllowDecrypt, Department);

        var refused = await AssertRefusedAsync(ErrorId.ContextMismatch, Manager(context: given), stored);

        Assert.Equal(Department.Keys, refused.Needed.ContextNames);
    }

    public static TheoryData<Dictionary<string, string>, Dictionary<string, string>, string> Mismatches => new()
    {
        { Department, new() { ["department"] = "sales" }, "has other values of 'department'" },
        { Department, [], "holds 'department', and nothing was given" },
        { [], Department, "holds nothing, and 'department' was given" },
        { new() { ["b"] = "finance", ["a"] = "finance" }, new() { ["c"] = "sales" }, "holds 'a', 'b', and 'c' was given" },
    };

    [Theory]
    [MemberData(nameof(Mismatches))]
    public async Task A_mismatch_tells_names_of_the_context_but_no_value(
        Dictionary<string, string> stored, Dictionary<string, string> given, string told)
    {
        var refused = await AssertRefusedAsync(
            ErrorId.ContextMismatch, Manager(context: given), await StoredAsync(CommitmentPolicy.RequireEncryptAllowDecrypt, stored));

        Assert.Contains(told, refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("finance", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("sales", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Any_context_is_accepted_when_asked_for_by_name()
    {
        var stored = await StoredAsync(CommitmentPolicy.RequireEncryptAllowDecrypt, Department);
        var manager = new CryptographicMaterialsManager(new KmsKeyring(_kms, KeyId), new EncryptionSettings { AcceptAnyContext = true });

        using var materials = await manager.GetDecryptionMaterialsAsync(stored, Address, CancellationToken.None);

        Assert.Equal(32, materials.PlaintextDataKey.Length);
    }

    [Fact]
    public async Task KMS_is_held_to_the_callers_key()
    {
        var stored = await StoredAsync(CommitmentPolicy.RequireEncryptAllowDecrypt);
        var other = new CryptographicMaterialsManager(new KmsKeyring(_kms, "another-key"), new EncryptionSettings());

        var fault = await Assert.ThrowsAsync<CseException>(() => other.GetDecryptionMaterialsAsync(stored, Address, CancellationToken.None));

        Assert.Equal(ErrorId.WrappedKeyInvalid, fault.ErrorId);
    }

    [Theory]
    [InlineData("aws:x-amz-cek-alg")]
    [InlineData("kms_cmk_id")]
    [InlineData("csekms:bucket")]
    [InlineData("csekms:key")]
    public void A_reserved_pair_in_the_callers_context_is_an_error(string name)
    {
        var fault = Assert.Throws<CseException>(() => Manager(context: new() { [name] = "x" }));

        Assert.Equal(ErrorId.ReservedName, fault.ErrorId);
        Assert.Contains($"'{name}'", fault.Message, StringComparison.Ordinal);
        Assert.Contains(name.StartsWith("csekms", StringComparison.Ordinal) ? "bucket and key" : "the format", fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(CommitmentPolicy.RequireEncryptAllowDecrypt, false, false)]
    [InlineData(CommitmentPolicy.RequireEncryptAllowDecrypt, true, false)]
    [InlineData(CommitmentPolicy.RequireEncryptAllowDecrypt, false, true)]
    [InlineData(CommitmentPolicy.ForbidEncryptAllowDecrypt, false, false)]
    [InlineData(CommitmentPolicy.ForbidEncryptAllowDecrypt, true, true)]
    public async Task The_size_of_an_envelope_under_a_raw_key_is_known_before_it_is_made(CommitmentPolicy policy, bool isRsa, bool withInstructionFile)
    {
        using var rsa = RSA.Create(2048);
        var aes = new AesKeyring(TestContent.Of(32));
        var manager = new CryptographicMaterialsManager(
            isRsa ? new RsaKeyring(rsa) : aes, new EncryptionSettings { CommitmentPolicy = policy, MaterialDescription = Department });
        using var materials = await manager.GetEncryptionMaterialsAsync(Address, null, CancellationToken.None);
        using var cipher = ContentCipher.ForEncryption(materials.Suite, materials.PlaintextDataKey);
        var metadata = ObjectMetadata.Of(
            ContentMetadataCodec.Encode(materials.Envelope(cipher), plaintextLength: 9), new Dictionary<string, string>(), withInstructionFile);

        Assert.Equal(
            metadata.OnObject.Sum(pair => pair.Key.Length + pair.Value.Length), manager.EstimateSize(Address, null, withInstructionFile));
    }

    [Fact]
    public async Task A_raw_keys_description_is_written_and_never_asked_for()
    {
        var aes = new AesKeyring(TestContent.Of(32));
        var writer = new CryptographicMaterialsManager(aes, new EncryptionSettings { MaterialDescription = Department });
        using var written = await writer.GetEncryptionMaterialsAsync(Address, null, CancellationToken.None);
        using var cipher = ContentCipher.ForEncryption(written.Suite, written.PlaintextDataKey);

        using var read = await new CryptographicMaterialsManager(aes, new EncryptionSettings())
            .GetDecryptionMaterialsAsync(written.Envelope(cipher), Address, CancellationToken.None);

        Assert.Equal(Department, written.EncryptedDataKey.EncryptionContext);
        Assert.Equal(written.PlaintextDataKey, read.PlaintextDataKey);
    }

    public static TheoryData<string, ErrorId> OtherWrappings => new()
    {
        { "kms", ErrorId.LegacyNotAllowed },
        { "AESWrap", ErrorId.LegacyNotAllowed },
        { "RSA/ECB/OAEPWithSHA-256AndMGF1Padding", ErrorId.LegacyNotAllowed },
        { "AES/GCM", ErrorId.KeyKindMismatch },
        { "RSA-OAEP-SHA1", ErrorId.KeyKindMismatch },
    };

    [Theory]
    [MemberData(nameof(OtherWrappings))]
    public async Task Another_wrapping_is_refused_before_KMS_is_asked(string wrapping, ErrorId expected)
    {
        var stored = await StoredAsync(CommitmentPolicy.RequireEncryptAllowDecrypt);

        foreach (var manager in new[] { Manager(), Manager(context: Department) })
        {
            var refused = await AssertRefusedAsync(expected, manager, stored with { Wrapping = WrappingAlgorithm.FromName(wrapping)! });
            Assert.Contains(wrapping, refused.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Content_without_authentication_is_refused_before_KMS_is_asked()
    {
        var stored = await StoredAsync(CommitmentPolicy.ForbidEncryptAllowDecrypt);

        var refused = await AssertRefusedAsync(
            ErrorId.LegacyNotAllowed, Manager(CommitmentPolicy.ForbidEncryptAllowDecrypt), stored with { Suite = AlgorithmSuite.AesCbc });

        Assert.Contains("AES-256-CBC", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(CommitmentPolicy.RequireEncryptRequireDecrypt, LegacyModes.None, ErrorId.CommitmentRequired, CommitmentPolicy.RequireEncryptAllowDecrypt, LegacyModes.Wrapping | LegacyModes.Content)]
    [InlineData(CommitmentPolicy.RequireEncryptRequireDecrypt, LegacyModes.Wrapping | LegacyModes.Content, ErrorId.CommitmentRequired, CommitmentPolicy.RequireEncryptAllowDecrypt, null)]
    [InlineData(CommitmentPolicy.ForbidEncryptAllowDecrypt, LegacyModes.None, ErrorId.LegacyNotAllowed, null, LegacyModes.Wrapping | LegacyModes.Content)]
    [InlineData(CommitmentPolicy.RequireEncryptAllowDecrypt, LegacyModes.Content, ErrorId.LegacyNotAllowed, null, LegacyModes.Wrapping | LegacyModes.Content)]
    public async Task What_a_legacy_object_needs_is_told_to_the_letter(
        CommitmentPolicy policy, LegacyModes allowed, ErrorId expected, CommitmentPolicy? neededPolicy, LegacyModes? neededLegacy)
    {
        var manager = new CryptographicMaterialsManager(
            new KmsKeyring(_kms, KeyId), new EncryptionSettings { CommitmentPolicy = policy, AllowedLegacy = allowed });

        var fault = await Assert.ThrowsAsync<CseException>(() => manager.GetDecryptionMaterialsAsync(Legacy(), Address, CancellationToken.None));

        Assert.Equal(expected, fault.ErrorId);
        Assert.Equal((neededPolicy, neededLegacy), (fault.Needed.CommitmentPolicy, fault.Needed.AllowedLegacy));
        Assert.Equal(0, _kms.Calls);
    }

    [Fact]
    public async Task The_legacy_wrapping_of_KMS_takes_no_context_that_is_not_stored()
    {
        var settings = new EncryptionSettings
        {
            CommitmentPolicy = CommitmentPolicy.RequireEncryptAllowDecrypt,
            AllowedLegacy = LegacyModes.Wrapping | LegacyModes.Content,
        };
        var keyring = new KmsKeyring(_kms.Knows(KeyId, new byte[32], Legacy().EncryptedDataKey, Legacy().EncryptionContext), KeyId);

        var refused = await AssertRefusedAsync(
            ErrorId.ContextMismatch, new CryptographicMaterialsManager(keyring, settings with { EncryptionContext = Department }), Legacy());
        Assert.Equal([], refused.Needed.ContextNames!);
        Assert.Contains("holds nothing, and 'department' was given", refused.Message, StringComparison.Ordinal);

        using var materials = await new CryptographicMaterialsManager(keyring, settings)
            .GetDecryptionMaterialsAsync(Legacy(), Address, CancellationToken.None);
        Assert.Equal(KeyId, materials.KmsKeyId);
    }

    // As Amazon SES writes it.
    [Fact]
    public async Task The_legacy_wrapping_of_KMS_may_carry_pairs_that_nobody_gave()
    {
        var stored = Legacy() with { EncryptionContext = new Dictionary<string, string> { ["kms_cmk_id"] = KeyId, ["aws:ses-message-id"] = "1" } };
        _kms.Knows(KeyId, new byte[32], stored.EncryptedDataKey, stored.EncryptionContext);
        var manager = new CryptographicMaterialsManager(
            new KmsKeyring(_kms, KeyId),
            new EncryptionSettings { CommitmentPolicy = CommitmentPolicy.RequireEncryptAllowDecrypt, AllowedLegacy = LegacyModes.Wrapping | LegacyModes.Content });

        using var materials = await manager.GetDecryptionMaterialsAsync(stored, Address, CancellationToken.None);

        Assert.Equal(KeyId, materials.KmsKeyId);
    }

    [Theory]
    [InlineData("department", "finance", null)]
    [InlineData("department", "sales", ErrorId.ContextMismatch)]
    [InlineData("other", "finance", ErrorId.ContextMismatch)]
    public async Task The_legacy_wrapping_of_KMS_holds_a_caller_who_gives_pairs_to_those_that_are_stored(string name, string value, ErrorId? expected)
    {
        var stored = Legacy() with { EncryptionContext = new Dictionary<string, string> { ["kms_cmk_id"] = KeyId, ["department"] = "finance" } };
        _kms.Knows(KeyId, new byte[32], stored.EncryptedDataKey, stored.EncryptionContext);
        var manager = new CryptographicMaterialsManager(new KmsKeyring(_kms, KeyId), new EncryptionSettings
        {
            CommitmentPolicy = CommitmentPolicy.RequireEncryptAllowDecrypt,
            AllowedLegacy = LegacyModes.Wrapping | LegacyModes.Content,
            EncryptionContext = new Dictionary<string, string> { [name] = value },
        });

        if (expected is { } error)
        {
            Assert.Equal(["department"], (await AssertRefusedAsync(error, manager, stored)).Needed.ContextNames!);
            return;
        }

        using var materials = await manager.GetDecryptionMaterialsAsync(stored, Address, CancellationToken.None);
        Assert.Equal(KeyId, materials.KmsKeyId);
    }

    /// <summary>An object under kms+context that was relabelled, so that nobody asks what its context says.</summary>
    [Fact]
    public async Task The_legacy_wrapping_of_KMS_has_no_pair_that_names_the_algorithm()
    {
        var stored = Legacy() with { EncryptionContext = new Dictionary<string, string> { ["aws:x-amz-cek-alg"] = "AES/CBC/PKCS5Padding" } };
        var manager = new CryptographicMaterialsManager(new KmsKeyring(_kms, KeyId), new EncryptionSettings
        {
            CommitmentPolicy = CommitmentPolicy.RequireEncryptAllowDecrypt,
            AllowedLegacy = LegacyModes.Wrapping | LegacyModes.Content,
            AcceptAnyContext = true,
        });

        await AssertRefusedAsync(ErrorId.EnvelopeInvalid, manager, stored);
    }

    [Theory]
    [InlineData(LegacyModes.Wrapping | LegacyModes.Content, false)]
    [InlineData(LegacyModes.Wrapping | LegacyModes.Content | LegacyModes.Aes128, true)]
    public async Task A_data_key_of_128_bits_is_taken_only_where_that_is_allowed(LegacyModes allowed, bool isRead)
    {
        var kms = new FakeKms { DataKeyLength = 16 };
        kms.Knows(KeyId, TestContent.Of(16), Legacy().EncryptedDataKey, Legacy().EncryptionContext);
        var manager = new CryptographicMaterialsManager(
            new KmsKeyring(kms, KeyId),
            new EncryptionSettings { CommitmentPolicy = CommitmentPolicy.RequireEncryptAllowDecrypt, AllowedLegacy = allowed });

        if (isRead)
        {
            using var materials = await manager.GetDecryptionMaterialsAsync(Legacy(), Address, CancellationToken.None);
            Assert.Equal(TestContent.Of(16), materials.PlaintextDataKey);
            return;
        }

        var refused = await Assert.ThrowsAsync<CseException>(() => manager.GetDecryptionMaterialsAsync(Legacy(), Address, CancellationToken.None));
        Assert.Equal((ErrorId.LegacyNotAllowed, allowed | LegacyModes.Aes128), (refused.ErrorId, refused.Needed.AllowedLegacy));
        Assert.Contains("AES-128-CBC and its data key of 128 bits wrapped by kms", refused.Message, StringComparison.Ordinal);
        Assert.Equal(new byte[16], Assert.Single(kms.Given));
    }

    [Fact]
    public async Task A_wrapping_key_of_128_bits_is_taken_only_where_that_is_allowed_and_never_with_V3()
    {
        var keyring = new AesKeyring(TestContent.Of(16));
        var stored = Legacy() with { Wrapping = WrappingAlgorithm.AesWrap, EncryptedDataKey = new byte[40] };
        var settings = new EncryptionSettings
        {
            CommitmentPolicy = CommitmentPolicy.RequireEncryptAllowDecrypt,
            AllowedLegacy = LegacyModes.Wrapping | LegacyModes.Content,
        };

        var refused = await AssertRefusedAsync(ErrorId.LegacyNotAllowed, new CryptographicMaterialsManager(keyring, settings), stored);
        Assert.Equal(settings.AllowedLegacy | LegacyModes.Aes128, refused.Needed.AllowedLegacy);
        Assert.Contains("under a key of 128 bits", refused.Message, StringComparison.Ordinal);

        settings = settings with { AllowedLegacy = settings.AllowedLegacy | LegacyModes.Aes128 };
        var manager = new CryptographicMaterialsManager(keyring, settings);
        await AssertRefusedAsync(ErrorId.WrappedKeyInvalid, manager, stored);
        await AssertRefusedAsync(ErrorId.WrappingKeyInvalid, manager, stored with
        {
            FormatVersion = 3,
            Suite = AlgorithmSuite.AesGcmCommitting,
            Wrapping = WrappingAlgorithm.AesGcm,
            EncryptedDataKey = new byte[60],
        });
        var written = await Assert.ThrowsAsync<CseException>(() => manager.GetEncryptionMaterialsAsync(Address, null, CancellationToken.None));
        Assert.Equal(ErrorId.WrappingKeyInvalid, written.ErrorId);
    }

    [Fact]
    public async Task An_object_is_bound_to_its_place_and_that_is_checked_with_and_without_the_switch()
    {
        var binding = new CryptographicMaterialsManager(
            new KmsKeyring(_kms, KeyId), new EncryptionSettings { EncryptionContext = Department, BindLocation = true });
        var plain = Manager(context: Department);
        using var materials = await binding.GetEncryptionMaterialsAsync(Address, null, CancellationToken.None);
        using var cipher = ContentCipher.ForEncryption(materials.Suite, materials.PlaintextDataKey);
        var bound = materials.Envelope(cipher);
        var unbound = await StoredAsync(default, Department);

        Assert.Equal("bucket", bound.EncryptionContext["csekms:bucket"]);
        Assert.Equal("folder/key", bound.EncryptionContext["csekms:key"]);
        foreach (var manager in new[] { binding, plain })
        {
            using var _ = await manager.GetDecryptionMaterialsAsync(bound, Address, CancellationToken.None);
            foreach (var place in new[] { Address with { Key = "folder/other" }, Address with { BucketName = "other" } })
            {
                var moved = await AssertRefusedAsync(ErrorId.LocationMismatch, manager, bound, place);
                Assert.Null(moved.Needed.BindLocation);
                Assert.Contains($"{place}", moved.Message, StringComparison.Ordinal);
                Assert.Contains("copied", moved.Message, StringComparison.Ordinal);
            }
        }

        Assert.False((await AssertRefusedAsync(ErrorId.LocationMismatch, binding, unbound)).Needed.BindLocation);
        foreach (var missing in new[] { "csekms:bucket", "csekms:key" })
        {
            var half = bound with { EncryptionContext = bound.EncryptionContext.Where(pair => pair.Key != missing).ToDictionary() };
            var refused = await AssertRefusedAsync(ErrorId.LocationMismatch, binding, half);
            Assert.False(refused.Needed.BindLocation);
            Assert.Contains($"{Address}", refused.Message, StringComparison.Ordinal);
        }

        await AssertRefusedAsync(ErrorId.ContextMismatch, Manager(), bound);
        var any = new CryptographicMaterialsManager(new KmsKeyring(_kms, KeyId), new EncryptionSettings { AcceptAnyContext = true });
        await AssertRefusedAsync(ErrorId.LocationMismatch, any, bound, Address with { Key = "folder/other" });
    }

    [Fact]
    public async Task An_objects_own_context_goes_before_that_of_the_call()
    {
        using var materials = await Manager(context: Department)
            .GetEncryptionMaterialsAsync(Address, new Dictionary<string, string> { ["project"] = "alpha" }, CancellationToken.None);

        Assert.Equal(["aws:x-amz-cek-alg", "project"], materials.EncryptedDataKey.EncryptionContext.Keys.Order());
        Assert.Equal(
            ErrorId.ReservedName,
            (await Assert.ThrowsAsync<CseException>(() => Manager().GetEncryptionMaterialsAsync(
                Address, new Dictionary<string, string> { ["kms_cmk_id"] = "x" }, CancellationToken.None))).ErrorId);
    }

    [Fact]
    public void Context_and_description_go_with_their_kind_of_key()
    {
        var aes = new AesKeyring(new byte[32]);
        foreach (var (keyring, settings, needed) in new (IKeyring, EncryptionSettings, WrappingKeyKind?)[]
        {
            (aes, new() { EncryptionContext = Department }, WrappingKeyKind.Kms),
            (aes, new() { BindLocation = true }, WrappingKeyKind.Kms),
            (new KmsKeyring(_kms, KeyId), new() { MaterialDescription = Department }, null),
        })
        {
            var refused = Assert.Throws<CseException>(() => new CryptographicMaterialsManager(keyring, settings));
            Assert.Equal((ErrorId.NotForThisKey, needed), (refused.ErrorId, refused.Needed.KeyKind));
            Assert.Contains(needed is null ? "goes with a raw key" : "need a KMS key", refused.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(16)]
    [InlineData(33)]
    public async Task A_data_key_of_another_length_is_zeroed_and_refused(int length)
    {
        var kms = new FakeKms { DataKeyLength = length };
        var manager = new CryptographicMaterialsManager(new KmsKeyring(kms, KeyId), new EncryptionSettings());
        var stored = await StoredAsync(CommitmentPolicy.RequireEncryptAllowDecrypt);
        kms.Knows(KeyId, TestContent.Of(length), stored.EncryptedDataKey, stored.EncryptionContext);

        foreach (var use in (Func<Task>[])[
            () => manager.GetEncryptionMaterialsAsync(Address, null, CancellationToken.None),
            () => manager.GetDecryptionMaterialsAsync(stored, Address, CancellationToken.None)])
        {
            var fault = await Assert.ThrowsAsync<CseException>(use);
            Assert.Equal(ErrorId.EnvelopeInvalid, fault.ErrorId);
            Assert.Contains("32 bytes", fault.Message, StringComparison.Ordinal);
            Assert.Equal(new byte[length], kms.Given[^1]);
        }

        Assert.Equal(2, kms.Calls);
    }

    [Fact]
    public async Task Discovery_opens_what_an_allowed_account_owns_and_wraps_nothing()
    {
        var stored = await StoredAsync(CommitmentPolicy.RequireEncryptAllowDecrypt);
        var manager = new CryptographicMaterialsManager(
            new KmsDiscoveryKeyring(_kms, "aws", ["222233334444", "111122223333"]), new EncryptionSettings());

        using var materials = await manager.GetDecryptionMaterialsAsync(stored, Address, CancellationToken.None);
        var refused = await Assert.ThrowsAsync<CseException>(() => manager.GetEncryptionMaterialsAsync(Address, null, CancellationToken.None));

        Assert.Equal(KeyId, materials.KmsKeyId);
        Assert.Equal(ErrorId.KmsKeyIdRequired, refused.ErrorId);
        Assert.Contains("a new object needs a key", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("arn:aws:kms:us-east-1:999999999999:key/one")]
    [InlineData("arn:aws-cn:kms:cn-north-1:111122223333:key/one")]
    [InlineData("arn:aws:s3:us-east-1:111122223333:key/one")]
    [InlineData("alias/one")]
    public async Task Discovery_zeroes_the_data_key_of_another_account(string keyId)
    {
        var stored = await StoredAsync(CommitmentPolicy.RequireEncryptAllowDecrypt);
        var kms = new FakeKms().Knows(keyId, TestContent.Of(32), stored.EncryptedDataKey, stored.EncryptionContext);
        var manager = new CryptographicMaterialsManager(new KmsDiscoveryKeyring(kms, "aws", ["222233334444", "111122223333"]), new EncryptionSettings());

        var fault = await Assert.ThrowsAsync<CseException>(() => manager.GetDecryptionMaterialsAsync(stored, Address, CancellationToken.None));

        Assert.Equal(ErrorId.KmsKeyMismatch, fault.ErrorId);
        Assert.Contains(keyId, fault.Message, StringComparison.Ordinal);
        Assert.Contains("222233334444, 111122223333", fault.Message, StringComparison.Ordinal);
        Assert.Contains("partition aws", fault.Message, StringComparison.Ordinal);
        Assert.Equal(keyId.Contains("999999999999", StringComparison.Ordinal) ? "999999999999" : null, fault.Needed.DiscoveryAccount);
        Assert.Equal(new byte[32], Assert.Single(kms.Given));
    }

    private CryptographicMaterialsManager Manager(CommitmentPolicy policy = default, Dictionary<string, string>? context = null) =>
        new(
            new KmsKeyring(_kms, KeyId),
            new EncryptionSettings { CommitmentPolicy = policy, EncryptionContext = context ?? [] });

    private async Task<ContentMetadata> StoredAsync(CommitmentPolicy policy, Dictionary<string, string>? context = null)
    {
        using var materials = await Manager(policy, context).GetEncryptionMaterialsAsync(Address, null, CancellationToken.None);
        using var cipher = ContentCipher.ForEncryption(materials.Suite, materials.PlaintextDataKey);
        return materials.Envelope(cipher);
    }

    private static ContentMetadata Legacy() => new()
    {
        FormatVersion = 2,
        Suite = AlgorithmSuite.AesCbc,
        Wrapping = WrappingAlgorithm.Kms,
        EncryptedDataKey = [1, 2, 3],
        EncryptionContext = new Dictionary<string, string> { ["kms_cmk_id"] = KeyId },
        Nonce = TestContent.Of(16),
    };

    private async Task<CseException> AssertRefusedAsync(
        ErrorId expected, CryptographicMaterialsManager manager, ContentMetadata stored, ObjectAddress? address = null)
    {
        var before = _kms.Calls;

        var fault = await Assert.ThrowsAsync<CseException>(
            () => manager.GetDecryptionMaterialsAsync(stored, address ?? Address, CancellationToken.None));

        Assert.Equal(expected, fault.ErrorId);
        Assert.Equal(before, _kms.Calls);
        return fault;
    }
}
