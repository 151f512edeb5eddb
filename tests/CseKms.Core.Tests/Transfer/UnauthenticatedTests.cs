using System.Security.Cryptography;
using CseKms.Core.Content;
using CseKms.Core.Materials;
using CseKms.Core.Session;
using CseKms.Core.Settings;
using CseKms.Core.Tests.Materials;
using CseKms.Core.Transfer;
using Xunit;

namespace CseKms.Core.Tests.Transfer;

/// <summary>Ranges and CBC: what no tag protects, and what protects it all the same.</summary>
public class UnauthenticatedTests(SandboxFixture sandbox)
{
    private const int MiB = 1 << 20;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static TheoryData<CommitmentPolicy, int, long, long?> Ranges => new(
        from policy in new[] { CommitmentPolicy.RequireEncryptAllowDecrypt, CommitmentPolicy.ForbidEncryptAllowDecrypt }
        from range in new (int Size, long First, long? Last)[]
        {
            (1000, 100, 299),
            (1000, 0, 0),
            (1000, 0, 999),
            (1000, 15, 16),
            (1000, 16, 31),
            (1000, 999, 999),
            (1000, 992, 2000),
            (1000, 3, null),
            (1, 0, null),
            (16, 0, 15),
            (16, 15, long.MaxValue),
            ((2 * Part.Size) + MiB, Part.Size - 3, (2 * Part.Size) + 7),
            ((2 * Part.Size) + 5, 17, null),
            ((2 * Part.Size) + 5, 16, Part.Size + 15),
            ((2 * Part.Size) + 5, 16, Part.Size + 16),
            (2 * Part.Size, 0, null),
        }
        select (policy, range.Size, range.First, range.Last));

    [Theory]
    [MemberData(nameof(Ranges))]
    public async Task A_range_is_that_part_of_the_content(CommitmentPolicy policy, int size, long first, long? last)
    {
        var content = TestContent.Of(size);
        var (client, address) = await SendAsync(policy, content);

        var (result, received) = await client.DownloadBytesAsync(
            new DownloadRequest(address) { Range = new PlaintextRange(first, last) }, NullObserver.Instance, Cancellation);

        var end = Math.Min(last ?? long.MaxValue, size - 1) + 1;
        Assert.Equal(content[(int)first..(int)end], received);
        Assert.False(result.IsAuthenticated);
        Assert.Equal((end - first, size + 16L, sandbox.KmsKeyArn), (result.PlaintextSize, result.Size, result.KmsKeyId));
    }

    [Fact]
    public async Task Only_the_blocks_of_the_range_are_asked_for_and_never_the_tag()
    {
        var (client, address) = await SendAsync(default, TestContent.Of(1000));

        await client.DownloadBytesAsync(new DownloadRequest(address) { Range = new PlaintextRange(100, 299) }, NullObserver.Instance, Cancellation);
        await client.DownloadBytesAsync(new DownloadRequest(address) { Range = new PlaintextRange(990, null) }, NullObserver.Instance, Cancellation);

        Assert.Equal(
            ["bytes=96-303", "bytes=976-999"],
            sandbox.Server.Requests.All.Where(request => request.Operation == "GetObject" && request.Bucket == address.BucketName).Select(request => request.Range));
    }

    [Fact]
    public async Task A_range_beyond_the_content_is_refused_before_KMS_is_asked()
    {
        var key = sandbox.Server.CreateKey();
        var (client, address) = await SendAsync(default, TestContent.Of(1000), key);
        var (_, empty) = await SendAsync(default, [], key);

        foreach (var (at, first) in new[] { (address, 1000L), (address, long.MaxValue), (empty, 0L) })
        {
            Assert.Equal(ErrorId.RangeOutsideObject, await ErrorAsync(client, new DownloadRequest(at) { Range = new PlaintextRange(first, null) }));
        }

        Assert.Equal(0, sandbox.Server.Requests.Count(request => request.Operation == "Decrypt" && request.Key == key));
    }

    [Fact]
    public async Task A_range_of_a_committing_object_holds_to_its_commitment()
    {
        var (client, address) = await SendAsync(default, TestContent.Of(1000));
        var metadata = sandbox.Server.Objects.Metadata(address.BucketName, address.Key).ToDictionary();
        metadata["x-amz-d"] = Convert.ToBase64String(TestContent.Of(28));
        sandbox.Server.Objects.SetMetadata(address.BucketName, address.Key, metadata);

        Assert.Equal(ErrorId.CommitmentMismatch, await ErrorAsync(client, new DownloadRequest(address) { Range = new PlaintextRange(0, 9) }));
    }

    [Fact]
    public async Task A_range_appears_under_its_name_only_when_all_of_it_was_received()
    {
        using var folder = new TemporaryFolder();
        var content = TestContent.Of((2 * Part.Size) + MiB);
        var (client, address) = await SendAsync(default, content);
        var request = new DownloadRequest(address) { Range = new PlaintextRange(5, null) };
        using (sandbox.Server.Faults.Fail(r => r.Operation == "GetObject" && r.Bucket == address.BucketName && r.Range!.StartsWith($"bytes={Part.Size}-", StringComparison.Ordinal), 403, "AccessDenied", times: 1000))
        {
            await Assert.ThrowsAsync<CseException>(() => client.DownloadAsync(
                request, FileDestination.Exactly(folder.File("part"), overwrite: false), NullObserver.Instance, Cancellation));
            Assert.Empty(folder.Entries);
        }

        await client.DownloadAsync(request, FileDestination.Exactly(folder.File("part"), overwrite: false), NullObserver.Instance, Cancellation);
        Assert.Equal(content[5..], File.ReadAllBytes(folder.File("part")));
        Assert.Equal(["part"], folder.Entries);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(15)]
    [InlineData(16)]
    [InlineData(17)]
    [InlineData(Part.Size - 1)]
    [InlineData(Part.Size)]
    [InlineData(Part.Size + 1)]
    [InlineData((2 * Part.Size) + 5)]
    public async Task CBC_content_of_any_length_comes_back(int size)
    {
        using var folder = new TemporaryFolder();
        var content = TestContent.Of(size);
        var (client, address) = StoreCbc(content);

        var result = await client.DownloadAsync(
            new DownloadRequest(address), FileDestination.Exactly(folder.File("file"), overwrite: false), NullObserver.Instance, Cancellation);

        Assert.Equal(content, File.ReadAllBytes(folder.File("file")));
        Assert.False(result.IsAuthenticated);
        Assert.Equal(size, result.PlaintextSize);
    }

    [Fact]
    public async Task Whatever_is_wrong_with_CBC_content_is_the_same_error_and_leaves_nothing()
    {
        using var folder = new TemporaryFolder();
        var messages = new HashSet<string>();
        foreach (var change in (Func<byte[], byte[]>[])[
            body => body[..^1],
            body => [.. body, 0],
            body => WithLastPlaintextByte(body, 0),
            body => WithLastPlaintextByte(body, 17),
            body => WithLastPlaintextByte(body, 255),
            body => WithLastPlaintextByte(body, 2)])
        {
            // Sixteen bytes of padding at its end, each a sixteen.
            var (client, address) = StoreCbc(TestContent.Of(64), change);
            var fault = await Assert.ThrowsAsync<CseException>(() => client.DownloadAsync(
                new DownloadRequest(address), FileDestination.Exactly(folder.File("file"), overwrite: false), NullObserver.Instance, Cancellation));
            Assert.Equal(ErrorId.DecryptionFailed, fault.ErrorId);
            messages.Add(fault.Message);
        }

        Assert.Single(messages);
        Assert.Empty(folder.Entries);
    }

    [Fact]
    public async Task No_range_of_CBC_content_is_read()
    {
        var (client, address) = StoreCbc(TestContent.Of(64));

        Assert.Equal(ErrorId.RangeNotSupported, await ErrorAsync(client, new DownloadRequest(address) { Range = new PlaintextRange(0, 15) }));
    }

    // CBC XORs a plaintext block with the ciphertext block before it.
    private static byte[] WithLastPlaintextByte(byte[] body, byte value)
    {
        byte[] changed = [.. body];
        changed[^17] ^= (byte)(16 ^ value);
        return changed;
    }

    private static async Task<ErrorId> ErrorAsync(S3EncryptionClient client, DownloadRequest request) =>
        (await Assert.ThrowsAsync<CseException>(() => client.DownloadBytesAsync(request, NullObserver.Instance, Cancellation))).ErrorId;

    private async Task<(S3EncryptionClient Client, ObjectAddress Address)> SendAsync(CommitmentPolicy policy, byte[] content, string? kmsKeyId = null)
    {
        var client = await sandbox.OpenAsync(policy, kmsKeyId: kmsKeyId);
        var address = new ObjectAddress(sandbox.NewBucket(), "object");
        await client.UploadAsync(new UploadRequest(address, UploadSource.FromBytes(content)), NullObserver.Instance, Cancellation);
        return (client, address);
    }

    private (S3EncryptionClient Client, ObjectAddress Address) StoreCbc(byte[] content, Func<byte[], byte[]>? change = null)
    {
        const string KeyId = "arn:aws:kms:us-east-1:111122223333:key/old";
        var (dataKey, iv) = (TestContent.Of(32, seed: 2), TestContent.Of(16, seed: 3));
        using var aes = Aes.Create();
        aes.Key = dataKey;
        var body = aes.EncryptCbc(content, iv);
        var address = new ObjectAddress(sandbox.NewBucket(), "object");
        sandbox.Server.Objects.Put(address.BucketName, address.Key, change is null ? body : change(body), new Dictionary<string, string>
        {
            ["x-amz-key-v2"] = "AQID",
            ["x-amz-iv"] = Convert.ToBase64String(iv),
            ["x-amz-matdesc"] = $$"""{"kms_cmk_id":"{{KeyId}}"}""",
            ["x-amz-wrap-alg"] = "kms",
            ["x-amz-cek-alg"] = "AES/CBC/PKCS5Padding",
        });
        var kms = new FakeKms().Knows(KeyId, dataKey, [1, 2, 3], new Dictionary<string, string> { ["kms_cmk_id"] = KeyId });
        var client = sandbox.Open(
            new KmsKeyring(kms, KeyId),
            new EncryptionSettings
            {
                CommitmentPolicy = CommitmentPolicy.RequireEncryptAllowDecrypt,
                AllowedLegacy = LegacyModes.Wrapping | LegacyModes.Content,
            });
        return (client, address);
    }
}
