using CseKms.Core.Algorithms;
using CseKms.Core.Format;
using CseKms.Core.Materials;
using Xunit;

namespace CseKms.Core.Tests.Materials;

public class CryptographicMaterialsManagerTests
{
    private const string KeyId = "arn:aws:kms:us-east-1:111122223333:key/one";

    private static readonly Dictionary<string, string> Department = new() { ["department"] = "finance" };

    private readonly FakeKms _kms = new();

    [Theory]
    [InlineData(CommitmentPolicy.RequireEncryptRequireDecrypt, "115")]
    [InlineData(CommitmentPolicy.RequireEncryptAllowDecrypt, "115")]
    [InlineData(CommitmentPolicy.ForbidEncryptAllowDecrypt, "AES/GCM/NoPadding")]
    public async Task The_policy_chooses_the_suite_and_the_context_binds_it(CommitmentPolicy policy, string suite)
    {
        using var materials = await Manager(policy, Department).GetEncryptionMaterialsAsync(CancellationToken.None);

        Assert.Equal(suite, materials.Suite.MetadataValue);
        Assert.Equal(
            new Dictionary<string, string> { ["department"] = "finance", ["aws:x-amz-cek-alg"] = suite },
            materials.EncryptedDataKey.EncryptionContext);
    }

    [Fact]
    public async Task Two_objects_never_share_a_data_key()
    {
        var manager = Manager();
        using var one = await manager.GetEncryptionMaterialsAsync(CancellationToken.None);
        using var two = await manager.GetEncryptionMaterialsAsync(CancellationToken.None);

        Assert.NotEqual(one.PlaintextDataKey, two.PlaintextDataKey);
        Assert.Equal(2, _kms.Calls);
    }

    [Fact]
    public async Task A_data_key_is_zeroed_when_it_was_used()
    {
        var materials = await Manager().GetEncryptionMaterialsAsync(CancellationToken.None);
        var key = materials.PlaintextDataKey;
        Assert.Contains(key, b => b != 0);

        materials.Dispose();

        Assert.All(key, b => Assert.Equal(0, b));
    }

    [Fact]
    public async Task The_default_policy_refuses_an_object_that_does_not_commit_before_KMS_is_asked()
    {
        var stored = await StoredAsync(CommitmentPolicy.ForbidEncryptAllowDecrypt);

        await AssertRefusedAsync(Fault.CommitmentRequired, Manager(), stored);
    }

    [Theory]
    [InlineData(CommitmentPolicy.RequireEncryptAllowDecrypt)]
    [InlineData(CommitmentPolicy.ForbidEncryptAllowDecrypt)]
    public async Task The_other_policies_read_both_kinds(CommitmentPolicy policy)
    {
        foreach (var written in new[] { CommitmentPolicy.ForbidEncryptAllowDecrypt, CommitmentPolicy.RequireEncryptAllowDecrypt })
        {
            using var materials = await Manager(policy).GetDecryptionMaterialsAsync(await StoredAsync(written), CancellationToken.None);

            Assert.Equal(32, materials.PlaintextDataKey.Length);
        }
    }

    [Fact]
    public async Task An_object_relabelled_to_another_suite_is_refused_before_KMS_is_asked()
    {
        var stored = await StoredAsync(CommitmentPolicy.RequireEncryptAllowDecrypt);
        var relabelled = stored with { FormatVersion = 2, Suite = AlgorithmSuite.AesGcm, Nonce = stored.Nonce[..12] };

        await AssertRefusedAsync(Fault.EnvelopeInvalid, Manager(CommitmentPolicy.ForbidEncryptAllowDecrypt), relabelled);
    }

    [Fact]
    public async Task A_context_that_does_not_name_the_suite_is_refused_before_KMS_is_asked()
    {
        var stored = await StoredAsync(CommitmentPolicy.RequireEncryptAllowDecrypt);

        await AssertRefusedAsync(Fault.EnvelopeInvalid, Manager(), stored with { EncryptionContext = StringMap.Empty });
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

        await AssertRefusedAsync(Fault.ContextMismatch, Manager(context: given), stored);
    }

    [Fact]
    public async Task A_mismatch_tells_names_of_the_context_but_no_value()
    {
        var stored = await StoredAsync(CommitmentPolicy.RequireEncryptAllowDecrypt, Department);

        var fault = await Assert.ThrowsAsync<CseFault>(() => Manager().GetDecryptionMaterialsAsync(stored, CancellationToken.None));

        Assert.Contains("'department'", fault.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("finance", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Any_context_is_accepted_when_asked_for_by_name()
    {
        var stored = await StoredAsync(CommitmentPolicy.RequireEncryptAllowDecrypt, Department);
        var manager = new CryptographicMaterialsManager(new KmsKeyring(_kms, KeyId), new EncryptionSettings { AcceptAnyContext = true });

        using var materials = await manager.GetDecryptionMaterialsAsync(stored, CancellationToken.None);

        Assert.Equal(32, materials.PlaintextDataKey.Length);
    }

    [Fact]
    public async Task KMS_is_held_to_the_callers_key()
    {
        var stored = await StoredAsync(CommitmentPolicy.RequireEncryptAllowDecrypt);
        var other = new CryptographicMaterialsManager(new KmsKeyring(_kms, "another-key"), new EncryptionSettings());

        var fault = await Assert.ThrowsAsync<CseFault>(() => other.GetDecryptionMaterialsAsync(stored, CancellationToken.None));

        Assert.Equal(Fault.WrappedKeyInvalid, fault.Fault);
    }

    [Theory]
    [InlineData("aws:x-amz-cek-alg")]
    [InlineData("kms_cmk_id")]
    public void A_reserved_pair_in_the_callers_context_is_an_error(string name)
    {
        var fault = Assert.Throws<CseFault>(() => Manager(context: new() { [name] = "x" }));

        Assert.Equal(Fault.ReservedName, fault.Fault);
    }

    [Theory]
    [InlineData(WrappingAlgorithm.Legacy, Fault.LegacyNotAllowed)]
    [InlineData(WrappingAlgorithm.AesGcm, Fault.UnsupportedFormat)]
    [InlineData(WrappingAlgorithm.RsaOaepSha1, Fault.UnsupportedFormat)]
    internal async Task Another_wrapping_is_refused_before_KMS_is_asked(WrappingAlgorithm wrapping, Fault expected)
    {
        var stored = await StoredAsync(CommitmentPolicy.RequireEncryptAllowDecrypt);

        await AssertRefusedAsync(expected, Manager(), stored with { Wrapping = wrapping });
    }

    [Fact]
    public async Task Content_without_authentication_is_refused_before_KMS_is_asked()
    {
        var stored = await StoredAsync(CommitmentPolicy.ForbidEncryptAllowDecrypt);

        await AssertRefusedAsync(
            Fault.LegacyNotAllowed, Manager(CommitmentPolicy.ForbidEncryptAllowDecrypt), stored with { Suite = AlgorithmSuite.AesCbc });
    }

    [Theory]
    [InlineData(16)]
    [InlineData(33)]
    public async Task A_data_key_of_another_length_is_refused(int length)
    {
        var manager = new CryptographicMaterialsManager(
            new KmsKeyring(new FakeKms { DataKeyLength = length }, KeyId), new EncryptionSettings());

        var fault = await Assert.ThrowsAsync<CseFault>(() => manager.GetEncryptionMaterialsAsync(CancellationToken.None));

        Assert.Equal(Fault.EnvelopeInvalid, fault.Fault);
    }

    private CryptographicMaterialsManager Manager(CommitmentPolicy policy = default, Dictionary<string, string>? context = null) =>
        new(
            new KmsKeyring(_kms, KeyId),
            new EncryptionSettings { CommitmentPolicy = policy, EncryptionContext = context ?? [] });

    private async Task<ContentMetadata> StoredAsync(CommitmentPolicy policy, Dictionary<string, string>? context = null)
    {
        using var materials = await Manager(policy, context).GetEncryptionMaterialsAsync(CancellationToken.None);
        using var cipher = ContentCipher.ForEncryption(materials.Suite, materials.PlaintextDataKey);
        return materials.Envelope(cipher);
    }

    private async Task AssertRefusedAsync(Fault expected, CryptographicMaterialsManager manager, ContentMetadata stored)
    {
        var before = _kms.Calls;

        var fault = await Assert.ThrowsAsync<CseFault>(() => manager.GetDecryptionMaterialsAsync(stored, CancellationToken.None));

        Assert.Equal(expected, fault.Fault);
        Assert.Equal(before, _kms.Calls);
    }
}
