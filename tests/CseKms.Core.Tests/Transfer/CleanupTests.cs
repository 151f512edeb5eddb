using System.Collections.Concurrent;
using CseKms.Core.Content;
using CseKms.Core.Session;
using CseKms.Core.Settings;
using CseKms.Core.Transfer;
using CseKms.Sandbox;
using Xunit;

namespace CseKms.Core.Tests.Transfer;

/// <summary>Multipart uploads that fail or are stopped: each is dropped, or told.</summary>
public sealed class CleanupTests(SandboxFixture sandbox)
{
    private static readonly TimeLimits Limits = new()
    {
        Silence = TimeSpan.FromSeconds(20),
        Patience = TimeSpan.FromSeconds(2),
        Cleanup = TimeSpan.FromSeconds(1.5),
    };

    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(10);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_upload_is_dropped_at_once_while_S3_throttles()
    {
        var (address, observer) = (new ObjectAddress(sandbox.NewBucket(), "object"), new Observer());
        using var throttle = Strike(address, "UploadPart", FaultAction.Throttle);

        var failure = await Assert.ThrowsAsync<CseException>(() => SendAsync(address, observer, Cancellation));

        Assert.Equal(ErrorId.ServiceUnavailable, failure.ErrorId);
        Assert.Equal(0, sandbox.Server.Objects.OpenUploads(address.BucketName));
        Assert.Empty(observer.Left);
    }

    [Fact]
    public async Task What_is_no_answer_to_an_abort_is_asked_for_again_and_then_told()
    {
        var (address, observer) = (new ObjectAddress(sandbox.NewBucket(), "object"), new Observer());
        using var denied = Strike(address, "CompleteMultipartUpload", FaultAction.Fail(403, "AccessDenied"));
        using var page = Strike(address, "AbortMultipartUpload", FaultAction.Answer("text/html", "<html>Please sign in.</html>"));

        await Assert.ThrowsAsync<CseException>(() => SendAsync(address, observer, Cancellation));

        Assert.Equal((await page.Struck).UploadId, Assert.Single(observer.Left));
        Assert.InRange(page.Strikes, 2, 5);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_upload_that_is_gone_already_is_not_told(bool isReplyLost)
    {
        var (address, observer) = (new ObjectAddress(sandbox.NewBucket(), "object"), new Observer());
        using var denied = Strike(address, "CompleteMultipartUpload", FaultAction.Fail(403, "AccessDenied"));
        using var gone = isReplyLost
            ? Strike(address, "AbortMultipartUpload", FaultAction.DropReply, FaultLimit.First(1))
            : Strike(address, "AbortMultipartUpload", FaultAction.Fail(404, "NoSuchUpload"));

        await Assert.ThrowsAsync<CseException>(() => SendAsync(address, observer, Cancellation));

        Assert.Empty(observer.Left);
    }

    [Fact]
    public async Task An_upload_that_S3_began_while_it_was_stopped_is_dropped()
    {
        var (address, observer) = (new ObjectAddress(sandbox.NewBucket(), "object"), new Observer());
        using var reply = Strike(address, "CreateMultipartUpload", FaultAction.HoldReply);
        using var stop = new CancellationTokenSource();

        var sending = SendAsync(address, observer, stop.Token);
        await UntilAsync(() => reply.Waiting > 0);
        await stop.CancelAsync();
        reply.Release();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sending.WaitAsync(Soon, Cancellation));
        Assert.Equal(0, sandbox.Server.Objects.OpenUploads(address.BucketName));
        Assert.Empty(observer.Left);
    }

    [Fact]
    public async Task An_upload_whose_id_is_never_told_is_told_without_it()
    {
        var (address, observer) = (new ObjectAddress(sandbox.NewBucket(), "object"), new Observer());
        using var reply = Strike(address, "CreateMultipartUpload", FaultAction.HoldReply);
        using var stop = new CancellationTokenSource();

        var sending = SendAsync(address, observer, stop.Token);
        await UntilAsync(() => reply.Waiting > 0);
        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sending.WaitAsync(Soon, Cancellation));
        Assert.Null(Assert.Single(observer.Left));
    }

    [Fact]
    public async Task A_lost_answer_to_the_begin_of_an_upload_is_told_although_the_object_is_stored()
    {
        var (address, observer) = (new ObjectAddress(sandbox.NewBucket(), "object"), new Observer());
        using var lost = Strike(address, "CreateMultipartUpload", FaultAction.DropReply, FaultLimit.First(1));

        await SendAsync(address, observer, Cancellation);

        Assert.Equal(["object"], sandbox.Server.Objects.Keys(address.BucketName));
        Assert.Equal(1, sandbox.Server.Objects.OpenUploads(address.BucketName));
        Assert.Null(Assert.Single(observer.Left));
    }

    [Fact]
    public async Task An_upload_whose_removal_went_without_answer_is_removed()
    {
        var (address, observer) = (new ObjectAddress(sandbox.NewBucket(), "object"), new Observer());
        using (Strike(address, "CompleteMultipartUpload", FaultAction.Fail(403, "AccessDenied")))
        using (Strike(address, "AbortMultipartUpload", FaultAction.Fail(403, "AccessDenied")))
        {
            await Assert.ThrowsAsync<CseException>(() => SendAsync(address, observer, Cancellation));
        }

        var client = await OpenAsync();
        using var lost = Strike(address, "AbortMultipartUpload", FaultAction.DropReply, FaultLimit.First(1));
        await client.DropUploadAsync(address, observer.Left.Single()!, Cancellation);

        Assert.Equal(0, sandbox.Server.Objects.OpenUploads(address.BucketName));
        var again = await Assert.ThrowsAsync<CseException>(() => client.DropUploadAsync(address, observer.Left.Single()!, Cancellation));
        Assert.Equal(ErrorId.UploadVanished, again.ErrorId);
    }

    private static Task UntilAsync(Func<bool> condition) => Task.Run(() => SpinWait.SpinUntil(condition, Soon), Cancellation);

    private Fault Strike(ObjectAddress address, string operation, FaultAction action, FaultLimit? times = null) =>
        sandbox.Server.Faults.Add(request => request.Operation == operation && request.Bucket == address.BucketName, action, times ?? SandboxFaults.Always);

    private Task<S3EncryptionClient> OpenAsync() => sandbox.OpenAsync(settings: new TransferSettings { Limits = Limits });

    private async Task SendAsync(ObjectAddress address, ITransferObserver observer, CancellationToken cancellationToken) =>
        await (await OpenAsync()).UploadAsync(
            new UploadRequest(address, UploadSource.FromBytes(TestContent.Of(2 * Part.Size))), observer, cancellationToken);

    private sealed class Observer : ITransferObserver
    {
        public ConcurrentQueue<string?> Left { get; } = [];

        public void UploadLeft(ObjectAddress address, string? uploadId) => Left.Enqueue(uploadId);

        public void LengthKnown(long bytes)
        {
        }

        public void Transferred(long bytes)
        {
        }

        public void TemporaryFileLeft(string path)
        {
        }

        public void MayHaveReplaced(string path)
        {
        }
    }
}
