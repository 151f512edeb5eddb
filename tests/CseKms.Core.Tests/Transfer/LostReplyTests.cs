using CseKms.Core.Content;
using CseKms.Core.Transfer;
using Xunit;

namespace CseKms.Core.Tests.Transfer;

/// <summary>A reply that is lost after S3 has done what was asked, and writers that get in each other's way.</summary>
public class LostReplyTests(SandboxFixture sandbox)
{
    private const int MiB = 1 << 20;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("PutObject", 10, false)]
    [InlineData("PutObject", 10, true)]
    [InlineData("UploadPart", 40 * MiB, false)]
    [InlineData("CompleteMultipartUpload", 40 * MiB, false)]
    [InlineData("CompleteMultipartUpload", 40 * MiB, true)]
    public async Task What_was_stored_by_the_lost_request_is_a_success(string operation, int size, bool noClobber)
    {
        var address = new ObjectAddress(sandbox.NewBucket(), "object");
        var client = await sandbox.OpenAsync();
        var content = TestContent.Of(size);
        using var drop = sandbox.Server.Faults.DropReply(request => request.Operation == operation && request.Bucket == address.BucketName);

        var sent = await client.UploadAsync(
            new UploadRequest(address, UploadSource.FromBytes(content)) { NoClobber = noClobber }, NullObserver.Instance, Cancellation);

        Assert.Equal(1, drop.Strikes);
        Assert.Equal(sandbox.Server.Objects.Get(address.BucketName, address.Key).ETag.Trim('"'), sent.ETag.Trim('"'));
        Assert.Equal(0, sandbox.Server.Objects.OpenUploads(address.BucketName));
        var (_, received) = await client.DownloadBytesAsync(new DownloadRequest(address), NullObserver.Instance, Cancellation);
        Assert.Equal(content, received);
    }

    [Theory]
    [InlineData("PutObject", 10)]
    [InlineData("CompleteMultipartUpload", 40 * MiB)]
    public async Task An_object_of_somebody_else_is_not_taken_for_ours(string operation, int size)
    {
        var address = new ObjectAddress(sandbox.NewBucket(), "object");
        var client = await sandbox.OpenAsync();
        using var hold = sandbox.Server.Faults.Hold(request => request.Operation == operation && request.Bucket == address.BucketName, times: 1);

        var upload = client.UploadAsync(
            new UploadRequest(address, UploadSource.FromBytes(new byte[size])) { NoClobber = true }, NullObserver.Instance, Cancellation);
        await hold.Struck.WaitAsync(Cancellation);
        await (await sandbox.OpenAsync()).UploadAsync(
            new UploadRequest(address, UploadSource.FromBytes("theirs"u8.ToArray())), NullObserver.Instance, Cancellation);
        hold.Release();

        Assert.Equal(ErrorId.AlreadyExists, (await Assert.ThrowsAsync<CseException>(() => upload)).ErrorId);
        var (_, received) = await client.DownloadBytesAsync(new DownloadRequest(address), NullObserver.Instance, Cancellation);
        Assert.Equal("theirs"u8.ToArray(), received);
        Assert.Equal(0, sandbox.Server.Objects.OpenUploads(address.BucketName));
    }

    [Theory]
    [InlineData("PutObject", 10, 1)]
    [InlineData("CompleteMultipartUpload", 40 * MiB, 2)]
    public async Task A_conflict_is_sent_again_or_an_upload_begun_again_with_a_new_data_key(string operation, int size, int dataKeys)
    {
        var address = new ObjectAddress(sandbox.NewBucket(), "object");
        var kms = sandbox.Server.CreateKey();
        var client = await sandbox.OpenAsync(kmsKeyId: kms);
        var content = TestContent.Of(size);
        using var conflict = sandbox.Server.Faults.Fail(
            request => request.Operation == operation && request.Bucket == address.BucketName, 409, "ConditionalRequestConflict");

        await client.UploadAsync(
            new UploadRequest(address, UploadSource.FromBytes(content)) { NoClobber = true }, NullObserver.Instance, Cancellation);

        Assert.Equal(dataKeys, sandbox.Server.Requests.Count(request => request.Operation == "GenerateDataKey" && request.Key == kms));
        var (_, received) = await client.DownloadBytesAsync(new DownloadRequest(address), NullObserver.Instance, Cancellation);
        Assert.Equal(content, received);
        Assert.Equal(0, sandbox.Server.Objects.OpenUploads(address.BucketName));
    }

    [Fact]
    public async Task A_stream_that_cannot_be_read_again_tells_the_conflict()
    {
        var address = new ObjectAddress(sandbox.NewBucket(), "object");
        var client = await sandbox.OpenAsync();
        using var conflict = sandbox.Server.Faults.Fail(
            request => request.Operation == "CompleteMultipartUpload" && request.Bucket == address.BucketName, 409, "ConditionalRequestConflict");

        var fault = await Assert.ThrowsAsync<CseException>(() => client.UploadAsync(
            new UploadRequest(address, UploadSource.FromStream(new MemoryStream(new byte[Part.Size + 1]))), NullObserver.Instance, Cancellation));

        Assert.Equal(ErrorId.WriteConflict, fault.ErrorId);
        Assert.Empty(sandbox.Server.Objects.Keys(address.BucketName));
    }

    [Fact]
    public async Task An_upload_that_somebody_ended_is_told()
    {
        var address = new ObjectAddress(sandbox.NewBucket(), "object");
        var client = await sandbox.OpenAsync();
        using var ended = sandbox.Server.Faults.Fail(
            request => request.Operation == "CompleteMultipartUpload" && request.Bucket == address.BucketName, 404, "NoSuchUpload");

        var fault = await Assert.ThrowsAsync<CseException>(() => client.UploadAsync(
            new UploadRequest(address, UploadSource.FromBytes(new byte[Part.Size + 1])), NullObserver.Instance, Cancellation));

        Assert.Equal(ErrorId.UploadVanished, fault.ErrorId);
        Assert.Empty(sandbox.Server.Objects.Keys(address.BucketName));
    }
}
