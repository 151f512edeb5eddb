using CseKms.Core.Algorithms;
using CseKms.Core.Format;
using CseKms.Core.Materials;
using Xunit;

namespace CseKms.Core.Tests.Materials;

/// <summary>Whoever answers for KMS answers with the key that was asked for.</summary>
public class KmsKeyNameTests
{
    private const string Id = "1234abcd-12ab-34cd-56ef-1234567890ab";
    private const string Arn = $"arn:aws:kms:us-east-1:111122223333:key/{Id}";

    [Theory]
    [InlineData(Arn, Arn, true)]
    [InlineData(Id, Arn, true)]
    [InlineData(Id, $"arn:aws:kms:eu-west-1:999999999999:key/{Id}", true)]
    [InlineData(Id, Id, true)]
    [InlineData("mrk-1", "arn:aws:kms:eu-west-1:111122223333:key/mrk-1", true)]
    [InlineData("alias/one", Arn, true)]
    [InlineData("arn:aws:kms:us-east-1:111122223333:alias/one", Arn, true)]
    [InlineData(Arn, $"arn:aws:kms:us-east-1:111122223333:key/other", false)]
    [InlineData(Arn, $"arn:aws:kms:us-east-1:999999999999:key/{Id}", false)]
    [InlineData(Arn, $"arn:aws:kms:eu-west-1:111122223333:key/{Id}", false)]
    [InlineData(Arn, $"arn:aws-cn:kms:us-east-1:111122223333:key/{Id}", false)]
    [InlineData(Arn, $"arn:aws:s3:us-east-1:111122223333:key/{Id}", false)]
    [InlineData(Arn, "", false)]
    [InlineData(Arn, null, false)]
    [InlineData(Id, "arn:aws:kms:us-east-1:111122223333:key/other", false)]
    [InlineData(Id, $"arn:aws:kms:us-east-1:111122223333:alias/{Id}", false)]
    [InlineData("alias/one", null, false)]
    [InlineData("arn:aws:kms:us-east-1:111122223333:alias/one", $"arn:aws:kms:us-east-1:999999999999:key/{Id}", false)]
    [InlineData("arn:aws:kms:us-east-1:111122223333:alias/one", $"arn:aws:kms:eu-west-1:111122223333:key/{Id}", false)]
    public void The_answer_names_the_key_that_was_asked_for(string asked, string? answered, bool isRight) =>
        Assert.Equal(isRight, KmsKeyName.IsAnsweredBy(asked, answered));

    [Fact]
    public async Task A_data_key_of_another_KMS_key_is_zeroed_and_refused()
    {
        var other = Arn.Replace("1234abcd", "ffffffff", StringComparison.Ordinal);
        var kms = new FakeKms().Knows(Arn, TestContent.Of(32), [1, 2, 3], new Dictionary<string, string> { ["aws:x-amz-cek-alg"] = "115" });
        kms.Claims = other;
        var keyring = new KmsKeyring(kms, Arn);

        foreach (var (operation, ask) in new (string, Func<Task>)[]
        {
            ("GenerateDataKey", () => keyring.OnEncryptAsync(AlgorithmSuite.AesGcmCommitting, StringMap.Empty, CancellationToken.None)),
            ("Decrypt", () => keyring.OnDecryptAsync(
                AlgorithmSuite.AesGcmCommitting,
                new EncryptedDataKey([1, 2, 3], WrappingAlgorithm.KmsContext, new Dictionary<string, string> { ["aws:x-amz-cek-alg"] = "115" }),
                CancellationToken.None)),
        })
        {
            var failure = await Assert.ThrowsAsync<CseException>(ask);
            Assert.Equal((ErrorId.AnswerInvalid, operation), (failure.ErrorId, failure.Operation));
            Assert.Contains(Arn, failure.Message, StringComparison.Ordinal);
            Assert.Contains(other, failure.Message, StringComparison.Ordinal);
            Assert.Equal(new byte[32], kms.Given[^1]);
        }

        Assert.Equal((0, 0), (keyring.GeneratedCount, keyring.DecryptedCount));
    }

    [Fact]
    public async Task That_it_is_another_key_tells_the_one_in_the_envelope_where_that_is_known()
    {
        var kms = new FakeKms { Refusals = { [Arn] = new CseException(ErrorId.KmsKeyMismatch, "Another key.") { RequestId = "7" } } };
        var keyring = new KmsKeyring(kms, Arn);

        var told = await Assert.ThrowsAsync<CseException>(() => keyring.OnDecryptAsync(
            AlgorithmSuite.AesGcm,
            new EncryptedDataKey([1], WrappingAlgorithm.Kms, new Dictionary<string, string> { ["kms_cmk_id"] = "alias/theirs" }),
            CancellationToken.None));
        var untold = await Assert.ThrowsAsync<CseException>(() => keyring.OnDecryptAsync(
            AlgorithmSuite.AesGcm, new EncryptedDataKey([1], WrappingAlgorithm.Kms, StringMap.Empty), CancellationToken.None));

        Assert.Equal((ErrorId.KmsKeyMismatch, "Another key. The object's envelope names 'alias/theirs'.", "7"), (told.ErrorId, told.Message, told.RequestId));
        Assert.Equal("Another key.", untold.Message);
    }
}
