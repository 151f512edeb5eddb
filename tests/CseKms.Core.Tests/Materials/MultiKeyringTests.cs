using CseKms.Core.Algorithms;
using CseKms.Core.Format;
using CseKms.Core.Materials;
using Xunit;

namespace CseKms.Core.Tests.Materials;

/// <summary>Which of several keys opens a data key, and what is told when none does.</summary>
public class MultiKeyringTests
{
    private readonly FakeKms _kms = new();

    [Fact]
    public async Task A_data_key_is_wrapped_under_the_first_key()
    {
        using var materials = await Keyring("one", "two").OnEncryptAsync(AlgorithmSuite.AesGcm, StringMap.Empty, CancellationToken.None);

        using var opened = await new KmsKeyring(_kms, "one").OnDecryptAsync(AlgorithmSuite.AesGcm, materials.EncryptedDataKey, CancellationToken.None);
        Assert.Equal(materials.PlaintextDataKey, opened.PlaintextDataKey);
    }

    [Fact]
    public async Task Keys_are_asked_in_turn_and_next_time_the_one_that_opened_is_asked_first()
    {
        var stored = await StoredAsync("three");
        var keyring = Keyring("one", "two", "three");

        using var first = await keyring.OnDecryptAsync(AlgorithmSuite.AesGcm, stored, CancellationToken.None);
        using var second = await keyring.OnDecryptAsync(AlgorithmSuite.AesGcm, stored, CancellationToken.None);
        using var other = await keyring.OnDecryptAsync(AlgorithmSuite.AesGcm, await StoredAsync("two"), CancellationToken.None);

        Assert.Equal(["one", "two", "three", "three", "three", "one", "two"], _kms.Asked);
        Assert.Equal(("three", "three", "two"), (first.KmsKeyId, second.KmsKeyId, other.KmsKeyId));
    }

    [Theory]
    [InlineData(ErrorId.KmsKeyMismatch, ErrorId.KmsKeyMismatch, ErrorId.KmsKeyMismatch)]
    [InlineData(ErrorId.KmsKeyMismatch, ErrorId.KmsKeyNotFound, ErrorId.KmsKeyMismatch)]
    [InlineData(ErrorId.KmsKeyNotFound, ErrorId.KmsKeyDisabled, ErrorId.KmsKeyMismatch)]
    [InlineData(ErrorId.KmsKeyNotFound, ErrorId.KmsKeyNotFound, ErrorId.KmsKeyNotFound)]
    [InlineData(ErrorId.KmsKeyDisabled, ErrorId.KmsKeyDisabled, ErrorId.KmsKeyDisabled)]
    [InlineData(ErrorId.KmsKeyMismatch, ErrorId.KmsAccessDenied, ErrorId.KmsAccessDenied)]
    [InlineData(ErrorId.WrappedKeyInvalid, ErrorId.KmsAccessDenied, ErrorId.KmsAccessDenied)]
    [InlineData(ErrorId.KmsKeyDisabled, ErrorId.WrappedKeyInvalid, ErrorId.WrappedKeyInvalid)]
    public async Task When_none_opens_it_the_error_is_the_one_that_may_be_the_right_keys(ErrorId one, ErrorId two, ErrorId expected)
    {
        foreach (var (first, second) in new[] { (one, two), (two, one) })
        {
            _kms.Refusals["one"] = new CseException(first, "The first refused.") { Operation = $"{first}", RequestId = $"{first}", StatusCode = (int)first };
            _kms.Refusals["two"] = new CseException(second, "The second refused.") { Operation = $"{second}", RequestId = $"{second}", StatusCode = (int)second };

            var failure = await Assert.ThrowsAsync<CseException>(
                async () => await Keyring("one", "two").OnDecryptAsync(AlgorithmSuite.AesGcm, await StoredAsync("other"), CancellationToken.None));

            Assert.Equal(expected, failure.ErrorId);
            Assert.Contains("None of the 2 KMS keys", failure.Message, StringComparison.Ordinal);
            Assert.EndsWith("The first refused. The second refused.", failure.Message, StringComparison.Ordinal);
            var cause = Assert.IsType<CseException>(failure.InnerException);
            Assert.Equal((cause.Operation, cause.RequestId, cause.StatusCode), (failure.Operation, failure.RequestId, failure.StatusCode));
            Assert.True(cause.ErrorId == expected || expected == ErrorId.KmsKeyMismatch);
        }
    }

    [Fact]
    public async Task What_all_keys_say_alike_is_told_once()
    {
        _kms.Refusals["one"] = _kms.Refusals["two"] = new CseException(ErrorId.KmsKeyMismatch, "Another key.");

        var failure = await Assert.ThrowsAsync<CseException>(
            async () => await Keyring("one", "two").OnDecryptAsync(AlgorithmSuite.AesGcm, await StoredAsync("other"), CancellationToken.None));

        Assert.EndsWith("data key. Another key.", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_says_nothing_of_the_key_ends_it_at_once()
    {
        _kms.Refusals["one"] = new CseException(ErrorId.EndpointUnreachable, "KMS does not answer.");
        var stored = await StoredAsync("two");

        var failure = await Assert.ThrowsAsync<CseException>(
            () => Keyring("one", "two").OnDecryptAsync(AlgorithmSuite.AesGcm, stored, CancellationToken.None));

        Assert.Equal(ErrorId.EndpointUnreachable, failure.ErrorId);
        Assert.Equal(["one"], _kms.Asked);
    }

    [Fact]
    public async Task Each_key_counts_the_data_keys_that_it_made_and_opened()
    {
        var keyring = new KmsKeyring(_kms, "one");
        using var first = await keyring.OnEncryptAsync(AlgorithmSuite.AesGcm, StringMap.Empty, CancellationToken.None);
        using var second = await keyring.OnEncryptAsync(AlgorithmSuite.AesGcm, StringMap.Empty, CancellationToken.None);
        using var opened = await keyring.OnDecryptAsync(AlgorithmSuite.AesGcm, first.EncryptedDataKey, CancellationToken.None);

        Assert.Equal((2, 1), (keyring.GeneratedCount, keyring.DecryptedCount));
    }

    private MultiKeyring Keyring(params string[] keyIds) => new([.. keyIds.Select(keyId => new KmsKeyring(_kms, keyId))]);

    private async Task<EncryptedDataKey> StoredAsync(string keyId)
    {
        using var materials = await new KmsKeyring(_kms, keyId).OnEncryptAsync(AlgorithmSuite.AesGcm, StringMap.Empty, CancellationToken.None);
        return materials.EncryptedDataKey;
    }
}
