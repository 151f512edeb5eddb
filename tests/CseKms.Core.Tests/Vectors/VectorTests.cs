using System.Security.Cryptography;
using CseKms.Core.Algorithms;
using CseKms.Core.Materials;
using CseKms.Core.Tests.Materials;
using CseKms.Core.Transfer;
using Xunit;

namespace CseKms.Core.Tests.Vectors;

/// <summary>Replays objects that other languages' clients wrote, through a real S3 request and a KMS that answers as recorded.</summary>
public class VectorTests(SandboxFixture sandbox)
{
    // The causes as the vectors' authors name them.
    private static readonly Dictionary<string, Fault> Causes = new()
    {
        ["commitment-mismatch"] = Fault.CommitmentMismatch,
        ["tag-mismatch"] = Fault.AuthenticationFailed,
        ["bad-message-id"] = Fault.EnvelopeInvalid,
        ["exclusive-mapkeys"] = Fault.EnvelopeMixed,
        ["unsupported-suite"] = Fault.UnsupportedFormat,
        ["unsupported-wrap"] = Fault.UnsupportedFormat,
    };

    // Where the recorded cause differs from the format's rules, the rules stand.
    private static readonly Dictionary<string, Fault> Overruled = new()
    {
        ["net-neg-v3-short-commitment"] = Fault.EnvelopeInvalid,
        ["net-neg-v2-unknown-wrap"] = Fault.LegacyNotAllowed,
    };

    public static IEnumerable<TheoryDataRow<int>> Readable => Rows(vector => vector.IsReadable);

    public static IEnumerable<TheoryDataRow<int>> Refused => Rows(vector => !vector.IsReadable);

    [Theory]
    [MemberData(nameof(Readable))]
    public async Task Reads(int index)
    {
        var vector = Vector.All[index];

        var plaintext = await ReceiveAsync(vector, CommitmentPolicy.RequireEncryptAllowDecrypt);

        Assert.Equal(vector.Sha256, Convert.ToHexStringLower(SHA256.HashData(plaintext)));
    }

    [Theory]
    [MemberData(nameof(Refused))]
    public async Task Refuses(int index)
    {
        var vector = Vector.All[index];

        var fault = await Assert.ThrowsAsync<CseFault>(() => ReceiveAsync(vector, CommitmentPolicy.RequireEncryptAllowDecrypt));

        if (Overruled.TryGetValue(vector.Name, out var expected) || Causes.TryGetValue(vector.Expect!, out expected))
        {
            Assert.Equal(expected, fault.Fault);
        }
        else
        {
            Assert.Equal("refused", vector.Expect);
        }
    }

    [Theory]
    [MemberData(nameof(Readable))]
    public async Task The_default_policy_reads_exactly_what_commits(int index)
    {
        var vector = Vector.All[index];

        if (vector.UserMetadata.ContainsKey("x-amz-c"))
        {
            Assert.Equal(vector.Sha256, Convert.ToHexStringLower(SHA256.HashData(await ReceiveAsync(vector, default))));
        }
        else
        {
            var fault = await Assert.ThrowsAsync<CseFault>(() => ReceiveAsync(vector, default));
            Assert.Equal(Fault.CommitmentRequired, fault.Fault);
        }
    }

    [Fact]
    public void Vectors_are_counted()
    {
        foreach (var file in Vector.All.GroupBy(vector => vector.File))
        {
            TestContext.Current.TestOutputHelper!.WriteLine(
                $"{file.Key}: {file.Count(vector => vector.NotRead is null)} replayed, {file.Count(vector => vector.NotRead is not null)} not read yet");
        }

        Assert.Subset(
            Vector.All.Select(vector => vector.File).ToHashSet(),
            new HashSet<string> { "dotnet.json", "go.json", "mutated.json", "python.json", "ruby.json" });
    }

    private static IEnumerable<TheoryDataRow<int>> Rows(Func<Vector, bool> match) =>
        Vector.All.Index().Where(entry => match(entry.Item)).Select(entry => new TheoryDataRow<int>(entry.Index)
        {
            TestDisplayName = $"{entry.Item.File}: {entry.Item.Name}",
            Skip = entry.Item.NotRead,
        });

    private async Task<byte[]> ReceiveAsync(Vector vector, CommitmentPolicy policy)
    {
        var bucket = sandbox.NewBucket();
        sandbox.Server.Objects.Put(bucket, vector.Name, vector.StoredBody, vector.UserMetadata);
        var kms = vector.Kms!;
        var client = sandbox.Open(
            new FakeKms().Knows(kms.KeyArn, kms.PlaintextDataKey, kms.CiphertextBlob, kms.EncryptionContext),
            kms.KeyArn,
            new EncryptionSettings { CommitmentPolicy = policy, EncryptionContext = kms.CallerEncryptionContext ?? [] });
        var (_, plaintext) = await client.DownloadBytesAsync(
            new DownloadRequest(new ObjectAddress(bucket, vector.Name)), NullObserver.Instance, TestContext.Current.CancellationToken);
        return plaintext;
    }
}
