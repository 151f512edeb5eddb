using System.Security.Cryptography;
using System.Text.Json;
using CseKms.Core.Content;
using CseKms.Core.Materials;
using CseKms.Core.Session;
using CseKms.Core.Settings;
using CseKms.Core.Transfer;
using Xunit;

namespace CseKms.Core.Tests.Transfer;

/// <summary>Old versions of objects whose envelopes stand in instruction files, which have versions of their own.</summary>
public class OldVersionTests(SandboxFixture sandbox)
{
    private static readonly DateTime Start = new(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static TheoryData<CommitmentPolicy, int, int> Kinds => new(
        from policy in new[] { CommitmentPolicy.RequireEncryptAllowDecrypt, CommitmentPolicy.ForbidEncryptAllowDecrypt }
        from kind in new[] { (3, 100), (6, 100), (2, Part.Size + 50) }
        select (policy, kind.Item1, kind.Item2));

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Each_version_is_read_by_the_file_that_belongs_to_it(CommitmentPolicy policy, int count, int size)
    {
        var client = await sandbox.OpenAsync(policy);
        var versions = await SendAsync(client, count, size);

        for (var i = 0; i < count; i++)
        {
            Assert.Equal(TestContent.Of(size, seed: i), await ReceiveAsync(client, versions[i]));
        }

        var (_, range) = await client.DownloadBytesAsync(
            new DownloadRequest(versions[0]) { Range = new PlaintextRange(10, 19) }, NullObserver.Instance, Cancellation);
        Assert.Equal(TestContent.Of(size, seed: 0)[10..20], range);
    }

    [Fact]
    public async Task The_newest_version_by_its_id_needs_no_listing()
    {
        var client = await sandbox.OpenAsync();
        var versions = await SendAsync(client, 2, 100);

        await ReceiveAsync(client, versions[1]);

        Assert.Equal(0, Listings(versions[0]));
    }

    [Fact]
    public async Task A_version_that_was_deleted_is_read_by_its_own_file()
    {
        var client = await sandbox.OpenAsync();
        var versions = await SendAsync(client, 2, 100);
        sandbox.Server.Objects.Remove(versions[0].BucketName, versions[0].Key);
        sandbox.Server.Objects.Remove(versions[0].BucketName, $"{versions[0].Key}.instruction");

        for (var i = 0; i < 2; i++)
        {
            Assert.Equal(TestContent.Of(100, seed: i), await ReceiveAsync(client, versions[i]));
        }
    }

    [Fact]
    public async Task Without_the_right_to_list_versions_that_is_told()
    {
        var client = await sandbox.OpenAsync();
        var versions = await SendAsync(client, 2, 100);
        using var denied = sandbox.Server.Faults.Fail(
            request => request.Operation == "ListObjectVersions" && request.Bucket == versions[0].BucketName, 403, "AccessDenied", times: 10);

        var refused = await Assert.ThrowsAsync<CseException>(() => ReceiveAsync(client, versions[0]));

        Assert.Equal(ErrorId.S3AccessDenied, refused.ErrorId);
        Assert.Contains("s3:ListBucketVersions", refused.Message, StringComparison.Ordinal);
    }

    /// <summary>A file of another version is no sign that somebody changed the object.</summary>
    [Theory]
    [InlineData(CommitmentPolicy.RequireEncryptAllowDecrypt)]
    [InlineData(CommitmentPolicy.ForbidEncryptAllowDecrypt)]
    public async Task A_file_that_is_gone_is_not_called_tampering(CommitmentPolicy policy)
    {
        var client = await sandbox.OpenAsync(policy);
        var versions = await SendAsync(client, 2, 100);
        var objects = sandbox.Server.Objects;
        var newest = objects.Bytes(versions[0].BucketName, "object.instruction");
        objects.Delete(versions[0].BucketName, "object.instruction");
        objects.Put(versions[0].BucketName, "object.instruction", newest);

        var refused = await Assert.ThrowsAsync<CseException>(() => ReceiveAsync(client, versions[0]));

        Assert.Equal(ErrorId.InstructionFileUnclear, refused.ErrorId);
        Assert.Equal(TestContent.Of(100, seed: 1), await ReceiveAsync(client, versions[1]));
    }

    [Fact]
    public async Task Nothing_tells_which_of_several_files_is_the_one_of_CBC_content()
    {
        var key = TestContent.Of(32, seed: 2);
        var bucket = sandbox.NewBucket(versioned: true);
        var versions = new List<ObjectAddress>();
        for (var i = 0; i < 2; i++)
        {
            var iv = TestContent.Of(16, seed: 3 + i);
            using var aes = Aes.Create();
            aes.Key = key;
            versions.Add(new ObjectAddress(bucket, "object", sandbox.Server.Objects.Put(bucket, "object", aes.EncryptCbc(TestContent.Of(50, seed: i), iv)).VersionId));
            sandbox.Server.Objects.Put(bucket, "object.instruction", JsonSerializer.SerializeToUtf8Bytes(new Dictionary<string, string>
            {
                ["x-amz-key"] = Convert.ToBase64String(aes.EncryptEcb(key, PaddingMode.PKCS7)),
                ["x-amz-iv"] = Convert.ToBase64String(iv),
            }));
        }

        var client = sandbox.Open(new AesKeyring(key), new EncryptionSettings
        {
            CommitmentPolicy = CommitmentPolicy.RequireEncryptAllowDecrypt,
            AllowedLegacy = LegacyModes.Wrapping | LegacyModes.Content,
        });

        var refused = await Assert.ThrowsAsync<CseException>(() => ReceiveAsync(client, versions[0]));

        Assert.Equal(ErrorId.InstructionFileUnclear, refused.ErrorId);
        Assert.Contains("AES-256-CBC", refused.Message, StringComparison.Ordinal);
        Assert.Equal(TestContent.Of(50, seed: 1), await ReceiveAsync(client, versions[1]));
    }

    [Fact]
    public async Task What_is_shown_of_an_old_version_is_its_own_envelope()
    {
        var bucket = sandbox.NewBucket(versioned: true);
        var versions = new List<ObjectAddress>();
        foreach (var year in new[] { "2025", "2026" })
        {
            var client = await sandbox.OpenAsync(context: new Dictionary<string, string> { ["year"] = year });
            versions.Add(await SendAsync(client, bucket, [1]));
        }

        var described = await (await sandbox.OpenAsync()).DescribeAsync(versions[0], Cancellation);

        Assert.Equal("2025", described.Envelope!.StoredContext["year"]);
        var refused = await Assert.ThrowsAsync<CseException>(() => ReceiveAsync(sandbox.OpenAsync().Result, versions[0]));
        Assert.Equal(ErrorId.ContextMismatch, refused.ErrorId);
    }

    public static TheoryDataRow<int[], int, int[], int[]>[] Times =>
    [
        new([30, 20, 10], 2, [31, 21, 11], [2, 1, 0]) { Label = "the one before the next version came" },
        new([30, 20, 10], 1, [31, 21, 11], [1, 0, 2]) { Label = "of the middle" },
        new([30, 20, 10], 2, [31, 30, 20, 11], [3, 2, 1]) { Label = "on a tie both" },
        new([10, 10, 10, 10], 3, [10, 10, 10, 10], [3, 2, 1]) { Label = "all in a second: the oldest" },
        new([10, 10, 10, 10], 2, [10, 10, 10, 10], [2, 1, 3]) { Label = "all in a second: by their order" },
        new([50, 40, 10], 2, [51, 41, 35, 30, 11], [2, 1, 3]) { Label = "written again later" },
        new([20, 10], 1, [21], [0]) { Label = "only one" },
        new([20, 10], 1, [], []) { Label = "none" },
        new([20, 10], 0, [21, 11], [0, 1]) { Label = "of the newest" },
    ];

    /// <summary>Seconds of the object's versions and of the file's, the newest first, and the candidates by their place.</summary>
    [Theory]
    [MemberData(nameof(Times))]
    public void The_files_are_tried_from_the_likeliest_on(int[] versions, int at, int[] files, int[] expected) =>
        Assert.Equal(
            expected.Select(place => $"{place}"),
            InstructionFileVersions.Candidates(Listed(versions), at, Listed(files)).Select(file => file.VersionId));

    private static List<ListedVersion> Listed(int[] seconds) =>
        [.. seconds.Index().Select(entry => new ListedVersion(
            new ObjectAddress("b", "k", $"{entry.Index}"), entry.Index == 0, IsDeleteMarker: false, Start.AddSeconds(entry.Item)))];

    private static async Task<byte[]> ReceiveAsync(S3EncryptionClient client, ObjectAddress address) =>
        (await client.DownloadBytesAsync(new DownloadRequest(address), NullObserver.Instance, Cancellation)).Plaintext;

    private int Listings(ObjectAddress address) =>
        sandbox.Server.Requests.Count(request => request.Operation == "ListObjectVersions" && request.Bucket == address.BucketName);

    private async Task<List<ObjectAddress>> SendAsync(S3EncryptionClient client, int count, int size)
    {
        var bucket = sandbox.NewBucket(versioned: true);
        var versions = new List<ObjectAddress>();
        for (var i = 0; i < count; i++)
        {
            versions.Add(await SendAsync(client, bucket, TestContent.Of(size, seed: i)));
        }

        return versions;
    }

    private static async Task<ObjectAddress> SendAsync(S3EncryptionClient client, string bucket, byte[] content)
    {
        var address = new ObjectAddress(bucket, "object");
        var sent = await client.UploadAsync(
            new UploadRequest(address, UploadSource.FromBytes(content)) { InstructionFile = true }, NullObserver.Instance, Cancellation);
        return address with { VersionId = sent.VersionId };
    }
}
