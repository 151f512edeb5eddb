using CseKms.Core.Content;
using CseKms.Core.Session;
using CseKms.Core.Settings;
using CseKms.Core.Transfer;
using CseKms.Sandbox;
using Xunit;

namespace CseKms.Core.Tests.Transfer;

/// <summary>A local file is compared with an object by the tag alone, or by all of the content.</summary>
public sealed class TagComparisonTests(SandboxFixture sandbox) : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<int, CommitmentPolicy> Cases => new(
        from size in new[] { 0, 1, 16, 1000, Part.Size - 1, Part.Size, Part.Size + 1, (2 * Part.Size) + 5 }
        from policy in new[] { CommitmentPolicy.RequireEncryptAllowDecrypt, CommitmentPolicy.ForbidEncryptAllowDecrypt }
        select (size, policy));

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task The_file_that_was_sent_matches(int size, CommitmentPolicy policy)
    {
        // Less memory than the file has bytes.
        var client = await sandbox.OpenAsync(policy, settings: new TransferSettings { MemoryLimit = 1 });
        var (address, path) = await SendAsync(client, TestContent.Of(size));

        var finding = await CompareAsync(client, address, path);

        Assert.Null(finding.Failure);
        Assert.True(finding.TagMatches);
        Assert.Equal((16, size + 16L), (finding.BytesRead, finding.Size));
    }

    [Theory]
    [InlineData(1000, 0)]
    [InlineData(1000, 999)]
    [InlineData((2 * Part.Size) + 5, 0)]
    [InlineData((2 * Part.Size) + 5, Part.Size)]
    [InlineData((2 * Part.Size) + 5, (2 * Part.Size) + 4)]
    public async Task A_file_with_a_changed_bit_does_not(int size, int index)
    {
        var client = await sandbox.OpenAsync();
        var content = TestContent.Of(size);
        var (address, path) = await SendAsync(client, content);
        content[index] ^= 1;
        File.WriteAllBytes(path, content);

        var finding = await CompareAsync(client, address, path);

        Assert.Null(finding.Failure);
        Assert.False(finding.TagMatches);
    }

    [Fact]
    public async Task One_GET_of_16_bytes_and_one_Decrypt_tell_and_nothing_is_written()
    {
        var key = sandbox.Server.CreateKey();
        var client = await sandbox.OpenAsync(kmsKeyId: key);
        var (address, path) = await SendAsync(client, TestContent.Of(1000));
        var before = sandbox.Server.Requests.All.Count;

        await CompareAsync(client, address, path);

        var requests = Requests(before, address, key);
        Assert.Equal(["Decrypt", "GetObject"], requests.Select(request => request.Operation).Order(StringComparer.Ordinal));
        Assert.Equal("bytes=-16", Assert.Single(requests, request => request.Service == "s3").Range);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(999)]
    [InlineData(1001)]
    public async Task A_file_of_another_length_differs_and_KMS_is_not_asked(int length)
    {
        var key = sandbox.Server.CreateKey();
        var client = await sandbox.OpenAsync(kmsKeyId: key);
        var (address, path) = await SendAsync(client, TestContent.Of(1000));
        File.WriteAllBytes(path, TestContent.Of(length));
        var before = sandbox.Server.Requests.All.Count;

        Assert.False((await CompareAsync(client, address, path)).TagMatches);

        Assert.Equal(["GetObject"], Requests(before, address, key).Select(request => request.Operation));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(500)]
    [InlineData(999)]
    public async Task A_damaged_body_is_not_seen_by_the_tag_and_is_by_all_of_the_content(int index)
    {
        var client = await sandbox.OpenAsync();
        var (address, path) = await SendAsync(client, TestContent.Of(1000));
        Flip(address, index);

        Assert.True((await CompareAsync(client, address, path)).TagMatches);

        var finding = await client.CompareContentAsync(new DownloadRequest(address), path, below: null, NullObserver.Instance, Cancellation);
        Assert.Equal(ErrorId.AuthenticationFailed, finding.Failure?.ErrorId);
        Assert.Null(finding.ContentMatches);
        Assert.True(finding.TagMatches);
    }

    [Theory]
    [InlineData(1000)]
    [InlineData(1015)]
    public async Task A_changed_tag_is_seen(int index)
    {
        var client = await sandbox.OpenAsync();
        var (address, path) = await SendAsync(client, TestContent.Of(1000));
        Flip(address, index);

        Assert.False((await CompareAsync(client, address, path)).TagMatches);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task All_of_the_content_is_compared(int size, CommitmentPolicy policy)
    {
        var client = await sandbox.OpenAsync(policy, settings: new TransferSettings { MemoryLimit = 1 });
        var content = TestContent.Of(size);
        var (address, path) = await SendAsync(client, content);

        var same = await client.CompareContentAsync(new DownloadRequest(address), path, below: null, NullObserver.Instance, Cancellation);
        File.WriteAllBytes(path, size == 0 ? [1] : [.. content[..^1], (byte)(content[^1] ^ 1)]);
        var other = await client.CompareContentAsync(new DownloadRequest(address), path, below: null, NullObserver.Instance, Cancellation);

        Assert.Equal((null, true, true, size + 16L), (same.Failure, same.ContentMatches, same.TagMatches, same.BytesRead));
        Assert.Equal((null, false, false, size + 16L), (other.Failure, other.ContentMatches, other.TagMatches, other.BytesRead));
    }

    [Fact]
    public async Task Commitment_is_verified_before_the_file_meets_the_key()
    {
        var client = await sandbox.OpenAsync();
        var (address, path) = await SendAsync(client, TestContent.Of(1000));
        var (other, _) = await SendAsync(client, TestContent.Of(1000, seed: 2));
        var metadata = new Dictionary<string, string>(sandbox.Server.Objects.Metadata(address.BucketName, address.Key))
        {
            ["x-amz-d"] = sandbox.Server.Objects.Metadata(other.BucketName, other.Key)["x-amz-d"],
        };
        sandbox.Server.Objects.SetMetadata(address.BucketName, address.Key, metadata);

        var finding = await CompareAsync(client, address, path);

        Assert.Equal(ErrorId.CommitmentMismatch, finding.Failure?.ErrorId);
        Assert.Null(finding.TagMatches);
    }

    [Fact]
    public async Task An_envelope_in_an_instruction_file_serves_too()
    {
        var client = await sandbox.OpenAsync();
        var (address, path) = await SendAsync(client, TestContent.Of(1000), instructionFile: true);

        Assert.True((await CompareAsync(client, address, path)).TagMatches);

        sandbox.Server.Objects.Delete(address.BucketName, $"{address.Key}.instruction");
        Assert.Equal(ErrorId.EnvelopeInvalid, (await CompareAsync(client, address, path)).Failure?.ErrorId);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(15)]
    public async Task An_object_too_short_for_a_tag_is_found(int length)
    {
        var client = await sandbox.OpenAsync();
        var (address, path) = await SendAsync(client, TestContent.Of(1000));
        sandbox.Server.Objects.SetBytes(address.BucketName, address.Key, TestContent.Of(length));

        Assert.NotNull((await CompareAsync(client, address, path)).Failure);
    }

    [Fact]
    public async Task A_tag_that_is_cut_off_on_its_way_is_read_on()
    {
        var client = await sandbox.OpenAsync();
        var (address, path) = await SendAsync(client, TestContent.Of(1000));
        using var cut = sandbox.Server.Faults.CutBody(request => request.Bucket == address.BucketName && request.Operation == "GetObject", 7);

        Assert.True((await CompareAsync(client, address, path)).TagMatches);
    }

    [Fact]
    public async Task A_file_that_grows_meanwhile_is_an_error()
    {
        var client = await sandbox.OpenAsync();
        var (address, path) = await SendAsync(client, TestContent.Of(1000));
        using var hold = sandbox.Server.Faults.Hold(request => request.Bucket == address.BucketName && request.Operation == "GetObject");
        var comparison = CompareAsync(client, address, path);
        await hold.Struck.WaitAsync(Cancellation);
        File.AppendAllText(path, "more");
        hold.Release();

        Assert.Equal(ErrorId.SourceChanged, (await Assert.ThrowsAsync<CseException>(() => comparison)).ErrorId);
    }

    public void Dispose() => _folder.Dispose();

    private static Task<ObjectFinding> CompareAsync(S3EncryptionClient client, ObjectAddress address, string path) =>
        client.CompareTagAsync(new DownloadRequest(address), UploadSource.FromFile(path), NullObserver.Instance, Cancellation);

    private void Flip(ObjectAddress address, int index)
    {
        byte[] bytes = [.. sandbox.Server.Objects.Bytes(address.BucketName, address.Key)];
        bytes[index] ^= 1;
        sandbox.Server.Objects.SetBytes(address.BucketName, address.Key, bytes);
    }

    private SandboxRequest[] Requests(int before, ObjectAddress address, string key) =>
        [.. sandbox.Server.Requests.All.Skip(before).Where(request => request.Bucket == address.BucketName || request.Key == key)];

    private async Task<(ObjectAddress Address, string Path)> SendAsync(S3EncryptionClient client, byte[] content, bool instructionFile = false)
    {
        var address = new ObjectAddress(sandbox.NewBucket(), "object");
        var path = _folder.Write("file", content);
        await client.UploadAsync(
            new UploadRequest(address, UploadSource.FromFile(path)) { InstructionFile = instructionFile }, NullObserver.Instance, Cancellation);
        return (address, path);
    }
}
