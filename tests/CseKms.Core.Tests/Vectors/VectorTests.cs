using System.Security.Cryptography;
using CseKms.Core.Settings;
using CseKms.Core.Transfer;
using Xunit;

namespace CseKms.Core.Tests.Vectors;

/// <summary>Replays objects that other languages' clients wrote, through real S3 requests and a KMS that answers as recorded.</summary>
public class VectorTests(SandboxFixture sandbox)
{
    private const LegacyModes AllLegacy = LegacyModes.Wrapping | LegacyModes.Content | LegacyModes.Aes128;

    // The causes as the vectors' authors name them.
    private static readonly Dictionary<string, ErrorId> Causes = new()
    {
        ["commitment-mismatch"] = ErrorId.CommitmentMismatch,
        ["tag-mismatch"] = ErrorId.AuthenticationFailed,
        ["bad-message-id"] = ErrorId.EnvelopeInvalid,
        ["exclusive-mapkeys"] = ErrorId.EnvelopeMixed,
        ["unsupported-suite"] = ErrorId.UnsupportedFormat,
        ["unsupported-wrap"] = ErrorId.UnsupportedFormat,
    };

    // The mutated ones tell no cause; these are what the format's rules make of them, as of vectors whose recorded cause differs.
    private static readonly Dictionary<string, ErrorId> Ruled = new()
    {
        ["net-neg-v3-short-commitment"] = ErrorId.EnvelopeInvalid,
        ["net-neg-v2-unknown-wrap"] = ErrorId.LegacyNotAllowed,
        ["v2-flip-body"] = ErrorId.AuthenticationFailed,
        ["v2-flip-tag"] = ErrorId.AuthenticationFailed,
        ["v2-extra-byte"] = ErrorId.AuthenticationFailed,
        ["v2-iv-16"] = ErrorId.EnvelopeInvalid,
        ["v2-iv-badb64"] = ErrorId.EnvelopeInvalid,
        ["v2-key-badb64"] = ErrorId.EnvelopeInvalid,
        ["v2-key-missing"] = ErrorId.EnvelopeInvalid,
        ["v2-swapped-key+iv"] = ErrorId.WrappedKeyInvalid,
        ["v2-cek-ctr"] = ErrorId.UnsupportedFormat,
        ["v2-cek-missing"] = ErrorId.EnvelopeInvalid,
        ["v2-cek-commit"] = ErrorId.UnsupportedFormat,
        ["v2-wrap-kms"] = ErrorId.LegacyNotAllowed,
        ["v2-wrap-missing"] = ErrorId.EnvelopeInvalid,
        ["v2-wrap-aesgcm"] = ErrorId.KeyKindMismatch,
        ["v2-matdesc-missing"] = ErrorId.EnvelopeInvalid,
        ["v2-matdesc-extra"] = ErrorId.ContextMismatch,
        ["v2-matdesc-badjson"] = ErrorId.EnvelopeInvalid,
        ["v2+v1-key"] = ErrorId.EnvelopeMixed,
        ["v3-flip-body"] = ErrorId.AuthenticationFailed,
        ["v3-flip-commit"] = ErrorId.CommitmentMismatch,
        ["v3-commit-missing"] = ErrorId.EnvelopeInvalid,
        ["v3-commit-short"] = ErrorId.EnvelopeInvalid,
        ["v3-msgid-short"] = ErrorId.EnvelopeInvalid,
        ["v3-c-114"] = ErrorId.UnsupportedFormat,
        ["v3-with-v2-too"] = ErrorId.EnvelopeMixed,
        ["kms-own-pairs-others"] = ErrorId.LegacyNotAllowed,
        ["kms-relabelled"] = ErrorId.LegacyNotAllowed,
    };

    // With all legacy modes on, what only a switch had kept out must fail for another reason.
    private static readonly Dictionary<string, ErrorId> RuledWithLegacy = new()
    {
        ["net-neg-v2-unknown-wrap"] = ErrorId.KeyKindMismatch,
        ["v2-wrap-kms"] = ErrorId.EnvelopeInvalid,
        ["kms-own-pairs-others"] = ErrorId.ContextMismatch,
        ["kms-relabelled"] = ErrorId.EnvelopeInvalid,
    };

    public static IEnumerable<TheoryDataRow<int>> Readable => Rows(vector => vector.IsReadable);

    public static IEnumerable<TheoryDataRow<int>> LegacyOnes => Rows(vector => vector.IsReadable && vector.Legacy != LegacyModes.None);

    public static IEnumerable<TheoryDataRow<int>> Refused => Rows(vector => !vector.IsReadable);

    [Theory]
    [MemberData(nameof(Readable))]
    public async Task What_other_clients_wrote_is_read(int index)
    {
        var vector = Vector.All[index];

        var (result, plaintext) = await ReceiveAsync(vector, CommitmentPolicy.RequireEncryptAllowDecrypt, vector.Legacy);

        Assert.Equal(vector.Sha256, Convert.ToHexStringLower(SHA256.HashData(plaintext)));
        Assert.Equal(!vector.Legacy.HasFlag(LegacyModes.Content), result.IsAuthenticated);
        Assert.Equal(vector.Kms?.KeyArn, result.KmsKeyId);
        Assert.StartsWith(vector.Legacy.HasFlag(LegacyModes.Aes128) ? "AES-128-" : "AES-256-", result.Algorithm, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(LegacyOnes))]
    public async Task No_legacy_one_is_read_without_all_its_switches(int index)
    {
        var vector = Vector.All[index];

        foreach (var allowed in Enumerable.Range(0, (int)AllLegacy + 1).Select(modes => (LegacyModes)modes).Where(modes => (modes & vector.Legacy) != vector.Legacy))
        {
            await AssertRefusedAsync(ErrorId.LegacyNotAllowed, vector, CommitmentPolicy.RequireEncryptAllowDecrypt, allowed);
        }
    }

    [Theory]
    [MemberData(nameof(Refused))]
    public async Task What_must_not_be_read_is_refused(int index)
    {
        var vector = Vector.All[index];
        var expected = Ruled.TryGetValue(vector.Name, out var ruled) ? ruled
            : Causes.TryGetValue(vector.Expect!, out var cause) ? cause
            : Enum.Parse<ErrorId>(vector.Expect!);

        await AssertRefusedAsync(expected, vector, CommitmentPolicy.RequireEncryptAllowDecrypt, LegacyModes.None);
        await AssertRefusedAsync(
            RuledWithLegacy.GetValueOrDefault(vector.Name, expected), vector, CommitmentPolicy.RequireEncryptAllowDecrypt, AllLegacy);
    }

    [Theory]
    [MemberData(nameof(Readable))]
    public async Task The_default_policy_reads_exactly_what_commits(int index)
    {
        var vector = Vector.All[index];

        if (vector.IsCommitting)
        {
            var (_, plaintext) = await ReceiveAsync(vector, default, AllLegacy);
            Assert.Equal(vector.Sha256, Convert.ToHexStringLower(SHA256.HashData(plaintext)));
        }
        else
        {
            await AssertRefusedAsync(ErrorId.CommitmentRequired, vector, default, AllLegacy);
        }
    }

    [Fact]
    public void Every_file_of_vectors_is_replayed()
    {
        Assert.Subset(
            Vector.All.Select(vector => vector.File).ToHashSet(),
            new HashSet<string> { "dotnet.json", "foreign.json", "go.json", "mutated.json", "python.json", "ruby.json" });
    }

    private static IEnumerable<TheoryDataRow<int>> Rows(Func<Vector, bool> match) =>
        Vector.All.Index().Where(entry => match(entry.Item)).Select(entry => new TheoryDataRow<int>(entry.Index)
        {
            TestDisplayName = $"{entry.Item.File}: {entry.Item.Name}",
        });

    private async Task AssertRefusedAsync(ErrorId expected, Vector vector, CommitmentPolicy policy, LegacyModes allowed)
    {
        var fault = await Assert.ThrowsAsync<CseException>(() => ReceiveAsync(vector, policy, allowed));
        Assert.True(expected == fault.ErrorId, $"{allowed}: {fault.ErrorId}: {fault.Message}");
    }

    private async Task<(TransferResult Result, byte[] Plaintext)> ReceiveAsync(Vector vector, CommitmentPolicy policy, LegacyModes allowed)
    {
        var address = new ObjectAddress(sandbox.NewBucket(), vector.Name);
        sandbox.Server.Objects.Put(address.BucketName, address.Key, vector.StoredBody, vector.UserMetadata);
        if (vector.InstructionBody is { } instructions)
        {
            sandbox.Server.Objects.Put(address.BucketName, $"{address.Key}.instruction", instructions, vector.InstructionMetadata);
        }

        var client = sandbox.Open(
            vector.OpenKeyring(),
            new EncryptionSettings
            {
                CommitmentPolicy = policy,
                AllowedLegacy = allowed,
                EncryptionContext = vector.Kms?.CallerEncryptionContext ?? [],
            });
        return await client.DownloadBytesAsync(new DownloadRequest(address), NullObserver.Instance, TestContext.Current.CancellationToken);
    }
}
