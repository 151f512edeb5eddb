using System.Security.Cryptography;
using CseKms.Core.Content;
using CseKms.Core.Materials;
using CseKms.Core.Settings;
using CseKms.Core.Tests.Materials;
using CseKms.Core.Transfer;
using Xunit;

namespace CseKms.Core.Tests.Transfer;

/// <summary>
/// Attacks by somebody who writes to the bucket and sees what is asked of it, in S3's own log or on the network: neither padding nor
/// wrapped key may show there, nor in the error.
/// </summary>
public sealed class PaddingOracleTests(SandboxFixture sandbox) : IDisposable
{
    private const string KeyId = "arn:aws:kms:us-east-1:111122223333:key/old";

    private readonly RSA _rsa = RSA.Create(2048);

    private static byte[] DataKey => TestContent.Of(32, seed: 2);

    private static byte[] Iv => TestContent.Of(16, seed: 3);

    /// <summary>What the attacker sees of a receive, and what the user is told.</summary>
    private sealed record Seen(string Requests, string Outcome);

    [Theory]
    [InlineData(48)]
    [InlineData(Part.Size + 48)]
    [InlineData((2 * Part.Size) + 48)]
    public async Task What_is_asked_of_S3_is_the_same_whatever_the_padding(int size)
    {
        var body = Encrypt(TestContent.Of(size));
        var some = size < Part.Size ? Enumerable.Range(0, 256) : [0, 1, 2, 15, 16, 17, 255];
        var seen = new Dictionary<string, int>();
        var read = 0;
        foreach (var value in some)
        {
            var (requests, outcome) = await ReceiveAsync(WithLastPlaintextByte(body, (byte)value), Kms());
            seen[requests] = seen.GetValueOrDefault(requests) + 1;
            read += outcome == "read" ? 1 : 0;
        }

        Assert.Equal(some.Count(), Assert.Single(seen).Value);

        // Sixteen bytes of padding, and one of a single byte.
        Assert.Equal(2, read);
    }

    [Fact]
    public async Task Padding_that_is_wrong_leaves_no_file_and_shows_no_byte()
    {
        using var folder = new TemporaryFolder();
        var body = WithLastPlaintextByte(Encrypt(TestContent.Of(Part.Size + 48)), 0);
        var (address, client) = (Store(body, Kms()), sandbox.Open(KmsKeyring(), Settings));

        var failure = await Assert.ThrowsAsync<CseException>(() => client.DownloadAsync(
            new DownloadRequest(address), FileDestination.Exactly(folder.File("file"), overwrite: false), NullObserver.Instance, TestContext.Current.CancellationToken));

        Assert.Equal(ErrorId.DecryptionFailed, failure.ErrorId);
        Assert.Empty(folder.Entries);
    }

    [Theory]
    [InlineData(48)]
    [InlineData(Part.Size + 48)]
    public async Task A_malformed_key_under_RSA_is_asked_for_and_told_as_bad_padding_is(int size)
    {
        var good = Encrypt(TestContent.Of(size));
        var bad = WithLastPlaintextByte(good, 0);
        var wrapped = _rsa.Encrypt(DataKey, RSAEncryptionPadding.Pkcs1);
        var right = await ReceiveAsync(good, V1(wrapped));
        var seen = new HashSet<Seen> { await ReceiveAsync(bad, V1(wrapped)) };
        foreach (var malformed in (byte[][])[
            Flipped(wrapped),
            TestContent.Of(256, seed: 4) is var random ? [0, .. random[1..]] : [],
            _rsa.Encrypt(DataKey[..31], RSAEncryptionPadding.Pkcs1),
            _rsa.Encrypt([.. DataKey, 0], RSAEncryptionPadding.Pkcs1),
            _rsa.Encrypt(DataKey[..16], RSAEncryptionPadding.Pkcs1),
            _rsa.Encrypt(DataKey, RSAEncryptionPadding.OaepSHA1),
            new byte[256],
            wrapped[1..]])
        {
            seen.Add(await ReceiveAsync(good, V1(malformed)));
        }

        Assert.Equal("read", right.Outcome);
        Assert.Equal(right.Requests, Assert.Single(seen).Requests);
        Assert.StartsWith("DecryptionFailed", seen.Single().Outcome, StringComparison.Ordinal);
    }

    /// <summary>A random key gives good padding once in 256 times: no such content is ever shown.</summary>
    [Fact]
    public async Task Nothing_is_received_by_a_key_that_stands_for_a_malformed_one()
    {
        var wrapped = Flipped(_rsa.Encrypt(DataKey, RSAEncryptionPadding.Pkcs1));
        var body = Encrypt(TestContent.Of(10));
        var (address, client) = (Store(body, V1(wrapped)), sandbox.Open(new RsaKeyring(_rsa), Settings));

        for (var i = 0; i < 2000; i++)
        {
            var failure = await Assert.ThrowsAsync<CseException>(
                () => client.DownloadBytesAsync(new DownloadRequest(address), NullObserver.Instance, TestContext.Current.CancellationToken));
            Assert.Equal(ErrorId.DecryptionFailed, failure.ErrorId);
        }
    }

    [Theory]
    [InlineData(48)]
    [InlineData(Part.Size + 48)]
    public async Task A_malformed_key_under_AES_of_V1_is_asked_for_and_told_as_bad_padding_is(int size)
    {
        using var aes = Aes.Create();
        aes.Key = TestContent.Of(32, seed: 5);
        var good = Encrypt(TestContent.Of(size));
        var bad = WithLastPlaintextByte(good, 0);
        var wrapped = aes.EncryptEcb(DataKey, PaddingMode.PKCS7);
        var right = await ReceiveAsync(good, V1(wrapped));
        var seen = new HashSet<Seen> { await ReceiveAsync(bad, V1(wrapped)) };
        for (var last = 0; last < 256; last++)
        {
            byte[] padded = [.. DataKey, .. Enumerable.Repeat((byte)16, 15), (byte)last];
            if (last != 16)
            {
                seen.Add(await ReceiveAsync(good, V1(aes.EncryptEcb(padded, PaddingMode.None))));
            }
        }

        Assert.Equal("read", right.Outcome);
        Assert.Equal(right.Requests, Assert.Single(seen).Requests);
        Assert.StartsWith("DecryptionFailed", seen.Single().Outcome, StringComparison.Ordinal);
    }

    public void Dispose() => _rsa.Dispose();

    private static EncryptionSettings Settings => new()
    {
        CommitmentPolicy = CommitmentPolicy.RequireEncryptAllowDecrypt,
        AllowedLegacy = LegacyModes.Wrapping | LegacyModes.Content,
    };

    private static byte[] Flipped(byte[] bytes) => [.. bytes[..^1], (byte)(bytes[^1] ^ 1)];

    // CBC XORs a plaintext block with the ciphertext block before it.
    private static byte[] WithLastPlaintextByte(byte[] body, byte value)
    {
        byte[] changed = [.. body];
        changed[^17] ^= (byte)(16 ^ value);
        return changed;
    }

    private static byte[] Encrypt(byte[] content)
    {
        using var aes = Aes.Create();
        aes.Key = DataKey;
        return aes.EncryptCbc(content, Iv);
    }

    private static Dictionary<string, string> V1(byte[] wrapped) => new()
    {
        ["x-amz-key"] = Convert.ToBase64String(wrapped),
        ["x-amz-iv"] = Convert.ToBase64String(Iv),
        ["x-amz-matdesc"] = "{}",
    };

    private static Dictionary<string, string> Kms() => new()
    {
        ["x-amz-key-v2"] = "AQID",
        ["x-amz-iv"] = Convert.ToBase64String(Iv),
        ["x-amz-matdesc"] = $$"""{"kms_cmk_id":"{{KeyId}}"}""",
        ["x-amz-wrap-alg"] = "kms",
        ["x-amz-cek-alg"] = "AES/CBC/PKCS5Padding",
    };

    private static KmsKeyring KmsKeyring() => new(
        new FakeKms().Knows(KeyId, DataKey, [1, 2, 3], new Dictionary<string, string> { ["kms_cmk_id"] = KeyId }), KeyId);

    private ObjectAddress Store(byte[] body, Dictionary<string, string> metadata)
    {
        var address = new ObjectAddress(sandbox.NewBucket(), "object");
        sandbox.Server.Objects.Put(address.BucketName, address.Key, body, metadata);
        return address;
    }

    private async Task<Seen> ReceiveAsync(byte[] body, Dictionary<string, string> metadata)
    {
        var address = Store(body, metadata);
        IKeyring keyring = !metadata.TryGetValue("x-amz-key", out var wrapped) ? KmsKeyring()
            : wrapped.Length > 64 ? new RsaKeyring(_rsa)
            : new AesKeyring(TestContent.Of(32, seed: 5));
        string outcome;
        try
        {
            await sandbox.Open(keyring, Settings).DownloadBytesAsync(
                new DownloadRequest(address), NullObserver.Instance, TestContext.Current.CancellationToken);
            outcome = "read";
        }
        catch (CseException failure)
        {
            outcome = $"{failure.ErrorId}: {failure.Message}";
        }

        var requests = sandbox.Server.Requests.All.Where(request => request.Bucket == address.BucketName)
            .Select(request => $"{request.Operation} {request.Range} {request.Headers.GetValueOrDefault("if-match") is not null} {request.BytesSent}");
        return new Seen(string.Join('\n', requests), outcome);
    }
}
