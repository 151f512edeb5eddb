using CseKms.Core.Algorithms;
using CseKms.Core.Content;
using CseKms.Core.Session;
using CseKms.Core.Settings;
using CseKms.Core.Transfer;
using CseKms.Sandbox;
using Xunit;

namespace CseKms.Core.Tests.Transfer;

/// <summary>What fails says why by its fault, stores nothing and leaves nothing.</summary>
public class FailureTests(SandboxFixture sandbox)
{
    private const int MiB = 1 << 20;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_plain_object_is_not_passed_through()
    {
        var bucket = sandbox.NewBucket();
        sandbox.Server.Objects.Put(bucket, "plain", "plain text"u8, new Dictionary<string, string> { ["owner"] = "me" });
        sandbox.Server.Objects.Put(bucket, "empty", []);
        sandbox.Server.Objects.Put(bucket, "length-only", "plain text"u8, new Dictionary<string, string> { ["x-amz-unencrypted-content-length"] = "10" });
        foreach (var key in new[] { "plain", "empty", "length-only" })
        {
            await AssertReceiveErrorAsync(ErrorId.NotEncrypted, await sandbox.OpenAsync(), new ObjectAddress(bucket, key));
        }
    }

    [Fact]
    public async Task No_such_object_or_bucket()
    {
        var client = await sandbox.OpenAsync();
        var bucket = sandbox.NewBucket();
        await AssertReceiveErrorAsync(ErrorId.NoSuchKey, client, new ObjectAddress(bucket, "none"));
        await AssertReceiveErrorAsync(ErrorId.NoSuchBucket, client, new ObjectAddress("no-such-bucket", "none"));
        Assert.Equal(ErrorId.NoSuchBucket, (await SendFaultAsync(client, new ObjectAddress("no-such-bucket", "x"), [1])).ErrorId);
        Assert.Equal(ErrorId.NoSuchBucket, (await SendFaultAsync(client, new ObjectAddress("no-such-bucket", "x"), new byte[Part.Size + 1])).ErrorId);
        Assert.Equal(ErrorId.NoSuchKey, (await Assert.ThrowsAsync<CseException>(() => client.DescribeAsync(new ObjectAddress(bucket, "none"), Cancellation))).ErrorId);
        var listing = client.ListAsync("no-such-bucket", "", null, Cancellation);
        Assert.Equal(ErrorId.NoSuchBucket, (await Assert.ThrowsAsync<CseException>(async () => await listing.ToListAsync(Cancellation))).ErrorId);
    }

    [Fact]
    public async Task Another_KMS_key_or_context_opens_nothing()
    {
        var context = new Dictionary<string, string> { ["department"] = "finance" };
        var address = new ObjectAddress(sandbox.NewBucket(), "object");
        await SendAsync(await sandbox.OpenAsync(context: context), address, [1, 2, 3]);

        await AssertReceiveErrorAsync(
            ErrorId.KmsKeyMismatch, await sandbox.OpenAsync(context: context, kmsKeyId: sandbox.Server.CreateKey()), address);
        await AssertReceiveErrorAsync(ErrorId.ContextMismatch, await sandbox.OpenAsync(), address);
        Assert.Equal([1, 2, 3], await ReceiveAsync(await sandbox.OpenAsync(context: context), address));
    }

    [Fact]
    public async Task A_context_rewritten_in_the_metadata_does_not_pass_KMS()
    {
        var address = new ObjectAddress(sandbox.NewBucket(), "object");
        await SendAsync(await sandbox.OpenAsync(context: new Dictionary<string, string> { ["tenant"] = "a" }), address, [1, 2, 3]);
        var metadata = sandbox.Server.Objects.Metadata(address.BucketName, address.Key);
        sandbox.Server.Objects.SetMetadata(address.BucketName, address.Key, new Dictionary<string, string>(metadata)
        {
            ["x-amz-t"] = """{"aws:x-amz-cek-alg":"115","tenant":"b"}""",
        });

        await AssertReceiveErrorAsync(
            ErrorId.WrappedKeyInvalid, await sandbox.OpenAsync(context: new Dictionary<string, string> { ["tenant"] = "b" }), address);
    }

    [Fact]
    public async Task What_KMS_refuses_is_told_by_its_own_fault()
    {
        var address = new ObjectAddress(sandbox.NewBucket(), "object");
        var denied = sandbox.Server.AddIdentity("denied");
        sandbox.Server.Deny(denied, "GenerateDataKey");
        sandbox.Server.Deny(denied, "Decrypt");
        var disabled = sandbox.Server.CreateKey();
        sandbox.Server.DisableKey(disabled);
        await SendAsync(await sandbox.OpenAsync(), address, [1]);

        var fault = await SendFaultAsync(await sandbox.OpenAsync(identity: denied), new ObjectAddress(address.BucketName, "new"), [1]);
        Assert.Equal(ErrorId.KmsAccessDenied, fault.ErrorId);
        Assert.Contains("is not authorized to perform: kms:GenerateDataKey", fault.Message, StringComparison.Ordinal);
        await AssertReceiveErrorAsync(ErrorId.KmsAccessDenied, await sandbox.OpenAsync(identity: denied), address);
        Assert.Equal(ErrorId.KmsKeyDisabled, (await SendFaultAsync(await sandbox.OpenAsync(kmsKeyId: disabled), address, [1])).ErrorId);
        Assert.Equal(
            ErrorId.KmsKeyNotFound,
            (await SendFaultAsync(await sandbox.OpenAsync(kmsKeyId: "arn:aws:kms:us-east-1:111122223333:key/none"), address, [1])).ErrorId);
        Assert.Equal([address.Key], sandbox.Server.Objects.Keys(address.BucketName));
    }

    [Fact]
    public async Task Wrong_credentials_are_told_as_such()
    {
        var address = new ObjectAddress(sandbox.NewBucket(), "object");
        var removed = sandbox.Server.AddIdentity("removed");
        sandbox.Server.RemoveIdentity(removed);
        var expired = sandbox.Server.AddSession(sandbox.Server.Admin, TimeSpan.FromSeconds(-1));

        foreach (var connection in new[] { sandbox.Connection(removed), sandbox.Connection() with { Identity = new() { AccessKey = sandbox.Server.Admin.AccessKeyId, SecretKey = "wrong" } } })
        {
            var client = await new EncryptionSession().OpenAsync(connection, new() { Key = KeySource.Kms(sandbox.KmsKeyArn) }, new(), Cancellation);
            await AssertReceiveErrorAsync(ErrorId.CredentialsInvalid, client, address);
            Assert.Equal(ErrorId.CredentialsInvalid, (await SendFaultAsync(client, address, [1])).ErrorId);
        }

        var session = await new EncryptionSession().OpenAsync(sandbox.Connection(expired), new(), new(), Cancellation);
        var listing = session.ListAsync(address.BucketName, "", null, Cancellation);
        Assert.Equal(ErrorId.CredentialsExpired, (await Assert.ThrowsAsync<CseException>(async () => await listing.ToListAsync(Cancellation))).ErrorId);
    }

    [Fact]
    public async Task An_endpoint_that_nobody_serves_is_unreachable()
    {
        var closed = await SandboxServer.StartAsync(cancellationToken: Cancellation);
        var url = closed.HttpUrl;
        await closed.DisposeAsync();
        var client = await new EncryptionSession().OpenAsync(
            sandbox.Connection() with { EndpointUrl = url }, new() { Key = KeySource.Kms(sandbox.KmsKeyArn) }, new(), Cancellation);

        await AssertReceiveErrorAsync(ErrorId.EndpointUnreachable, client, new ObjectAddress("bucket", "key"));
    }

    [Fact]
    public async Task Metadata_that_cannot_be_stored_is_refused_before_KMS_is_asked()
    {
        var bucket = sandbox.NewBucket();
        var kms = sandbox.Server.CreateKey();
        var client = await sandbox.OpenAsync(kmsKeyId: kms);
        (ErrorId Expected, string Name, string Value)[] cases =
        [
            (ErrorId.ReservedName, "x-amz-key", "x"),
            (ErrorId.ReservedName, "X-Amz-Anything", "x"),
            (ErrorId.MetadataNotAscii, "title", "日本"),
            (ErrorId.MetadataNotAscii, "title", "line\r\nx-amz-acl: public-read"),
            (ErrorId.MetadataTooLarge, "long", new string('x', 1800)),
        ];
        foreach (var (expected, name, value) in cases)
        {
            var fault = await Assert.ThrowsAsync<CseException>(() => client.UploadAsync(
                new UploadRequest(new ObjectAddress(bucket, "x"), UploadSource.FromBytes(new byte[1]))
                {
                    Attributes = new ObjectAttributes { Metadata = new Dictionary<string, string> { [name] = value } },
                },
                NullObserver.Instance,
                Cancellation));
            Assert.Equal(expected, fault.ErrorId);
        }

        Assert.Equal(0, sandbox.Server.Requests.Count(request => request.Operation == "GenerateDataKey" && request.Key == kms));
        Assert.Empty(sandbox.Server.Objects.Keys(bucket));
    }

    [Theory]
    [InlineData(10)]
    [InlineData(Part.Size + 1)]
    public async Task An_object_that_exists_is_not_overwritten_when_that_was_asked(int size)
    {
        var address = new ObjectAddress(sandbox.NewBucket(), "object");
        var client = await sandbox.OpenAsync();
        await SendAsync(client, address, "precious"u8.ToArray());

        var fault = await Assert.ThrowsAsync<CseException>(() => client.UploadAsync(
            new UploadRequest(address, UploadSource.FromBytes(new byte[size])) { NoClobber = true }, NullObserver.Instance, Cancellation));

        Assert.Equal(ErrorId.AlreadyExists, fault.ErrorId);
        Assert.Equal("precious"u8.ToArray(), await ReceiveAsync(client, address));
        Assert.Equal(0, sandbox.Server.Objects.OpenUploads(address.BucketName));
    }

    [Theory]
    [InlineData("grow", 16)]
    [InlineData("shrink", 16)]
    [InlineData("rewrite", 16)]
    [InlineData("grow", 256)]
    [InlineData("shrink", 256)]
    [InlineData("rewrite", 256)]
    public async Task A_large_file_that_changes_while_it_is_sent_is_not_stored(string change, int memory)
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write("log", TestContent.Of(40 * MiB));
        var address = new ObjectAddress(sandbox.NewBucket(), "log");
        var client = await sandbox.OpenAsync(settings: new TransferSettings { MemoryLimit = memory * MiB });
        using var hold = sandbox.Server.Faults.Hold(request => request.Operation == "UploadPart" && request.Bucket == address.BucketName);

        var upload = client.UploadAsync(new UploadRequest(address, UploadSource.FromFile(path)), NullObserver.Instance, Cancellation);
        await hold.Struck.WaitAsync(Cancellation);
        using (var file = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
        {
            switch (change)
            {
                case "grow":
                    file.Seek(0, SeekOrigin.End);
                    file.WriteByte(1);
                    break;
                case "shrink":
                    file.SetLength(20 * MiB);
                    break;
                default:
                    file.WriteByte(1);
                    break;
            }
        }

        if (change == "rewrite")
        {
            // A write within the clock's grain of the last one would go unseen by the file system itself.
            File.SetLastWriteTimeUtc(path, DateTime.UtcNow.AddSeconds(5));
        }

        hold.Release();
        Assert.Equal(ErrorId.SourceChanged, (await Assert.ThrowsAsync<CseException>(() => upload)).ErrorId);
        Assert.Empty(sandbox.Server.Objects.Keys(address.BucketName));
        Assert.Equal(0, sandbox.Server.Objects.OpenUploads(address.BucketName));
    }

    [Fact]
    public async Task A_log_that_another_process_holds_open_can_be_sent()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("log");
        using var writer = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.ReadWrite);
        writer.Write("line 1\n"u8);
        writer.Flush();
        var address = new ObjectAddress(sandbox.NewBucket(), "log");
        var client = await sandbox.OpenAsync();

        await client.UploadAsync(new UploadRequest(address, UploadSource.FromFile(path)), NullObserver.Instance, Cancellation);

        Assert.Equal("line 1\n"u8.ToArray(), await ReceiveAsync(client, address));
    }

    [Fact]
    public async Task A_source_that_cannot_be_read_is_told()
    {
        using var folder = new TemporaryFolder();
        var client = await sandbox.OpenAsync();
        var address = new ObjectAddress(sandbox.NewBucket(), "x");
        foreach (var path in new[] { folder.File("missing"), folder.Path })
        {
            var fault = await Assert.ThrowsAsync<CseException>(
                () => client.UploadAsync(new UploadRequest(address, UploadSource.FromFile(path)), NullObserver.Instance, Cancellation));
            Assert.Equal(ErrorId.SourceUnreadable, fault.ErrorId);
            Assert.Contains(path, fault.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_named_pipe_is_told_at_once_and_does_not_wait_for_a_writer()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Named pipes are no files there.");
        using var folder = new TemporaryFolder();
        using (var mkfifo = System.Diagnostics.Process.Start("mkfifo", folder.File("pipe")))
        {
            await mkfifo.WaitForExitAsync(Cancellation);
        }

        var client = await sandbox.OpenAsync();
        var upload = client.UploadAsync(
            new UploadRequest(new ObjectAddress(sandbox.NewBucket(), "x"), UploadSource.FromFile(folder.File("pipe"))), NullObserver.Instance, Cancellation);

        var fault = await Assert.ThrowsAsync<CseException>(() => upload.WaitAsync(TimeSpan.FromSeconds(30), Cancellation));
        Assert.Equal(ErrorId.SourceUnreadable, fault.ErrorId);
    }

    [Fact]
    public async Task A_source_longer_than_a_message_may_be_is_refused_before_KMS_is_asked()
    {
        using var folder = new TemporaryFolder();
        using (var file = File.Create(folder.File("sparse")))
        {
            file.SetLength(SeekableGcm.MaxPlaintextLength + 1);
        }

        var kms = sandbox.Server.CreateKey();
        var client = await sandbox.OpenAsync(kmsKeyId: kms);
        var fault = await Assert.ThrowsAsync<CseException>(() => client.UploadAsync(
            new UploadRequest(new ObjectAddress(sandbox.NewBucket(), "x"), UploadSource.FromFile(folder.File("sparse"))), NullObserver.Instance, Cancellation));

        Assert.Equal(ErrorId.SourceTooLarge, fault.ErrorId);
        Assert.Equal(0, sandbox.Server.Requests.Count(request => request.Operation == "GenerateDataKey" && request.Key == kms));
    }

    [Fact]
    public async Task A_part_that_S3_refuses_ends_the_upload_and_nothing_stays()
    {
        var address = new ObjectAddress(sandbox.NewBucket(), "large");
        using var fail = sandbox.Server.Faults.Fail(
            request => request.Operation == "UploadPart" && request.Bucket == address.BucketName && request.PartNumber == 2, 403, "AccessDenied");

        var fault = await SendFaultAsync(await sandbox.OpenAsync(), address, new byte[80 * MiB]);

        Assert.Equal(ErrorId.S3AccessDenied, fault.ErrorId);
        Assert.Equal(0, sandbox.Server.Objects.OpenUploads(address.BucketName));
        Assert.Empty(sandbox.Server.Objects.Keys(address.BucketName));
    }

    [Fact]
    public async Task A_busy_S3_is_asked_again_with_the_same_bytes()
    {
        var address = new ObjectAddress(sandbox.NewBucket(), "large");
        var client = await sandbox.OpenAsync();
        using var slow = sandbox.Server.Faults.Fail(
            request => request.Bucket == address.BucketName && request.Operation is "UploadPart" or "GetObject", 503, "SlowDown", times: 3);
        var content = TestContent.Of(40 * MiB);

        await SendAsync(client, address, content);

        Assert.Equal(content, await ReceiveAsync(client, address));
        Assert.Equal(3, slow.Strikes);
    }

    [Fact]
    public async Task A_range_that_breaks_off_goes_on_where_it_stopped()
    {
        var address = new ObjectAddress(sandbox.NewBucket(), "large");
        var client = await sandbox.OpenAsync();
        var content = TestContent.Of(20 * MiB);
        await SendAsync(client, address, content);
        using var cut = sandbox.Server.Faults.CutBody(
            request => request.Operation == "GetObject" && request.Bucket == address.BucketName, after: 1 * MiB, times: 2);

        Assert.Equal(content, await ReceiveAsync(client, address));

        Assert.Equal(2, cut.Strikes);
        var again = sandbox.Server.Requests.Of("GetObject").Where(request => request.Bucket == address.BucketName).Skip(1).ToList();
        Assert.All(again, request => Assert.False(request.Range!.StartsWith("bytes=0-", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task An_object_that_is_replaced_while_it_is_read_is_told()
    {
        using var folder = new TemporaryFolder();
        var address = new ObjectAddress(sandbox.NewBucket(), "large");
        var client = await sandbox.OpenAsync(settings: new TransferSettings { MemoryLimit = 1 });
        await SendAsync(client, address, TestContent.Of(40 * MiB, seed: 1));
        using var hold = sandbox.Server.Faults.Hold(
            request => request.Operation == "GetObject" && request.Bucket == address.BucketName && !request.Range!.StartsWith("bytes=0-", StringComparison.Ordinal));

        var receive = client.DownloadAsync(
            new DownloadRequest(address), FileDestination.Exactly(folder.File("target"), false), NullObserver.Instance, Cancellation);
        await hold.Struck.WaitAsync(Cancellation);
        await SendAsync(await sandbox.OpenAsync(), address, TestContent.Of(40 * MiB, seed: 2));
        hold.Release();

        Assert.Equal(ErrorId.ObjectChanged, (await Assert.ThrowsAsync<CseException>(() => receive)).ErrorId);
        Assert.Empty(folder.Entries);
    }

    [Theory]
    [InlineData("UploadPart", 80)]
    [InlineData("CreateMultipartUpload", 80)]
    [InlineData("CompleteMultipartUpload", 80)]
    [InlineData("PutObject", 1)]
    [InlineData("GenerateDataKey", 1)]
    public async Task A_cancelled_upload_leaves_nothing(string operation, int mebibytes)
    {
        var address = new ObjectAddress(sandbox.NewBucket(), "object");
        var kms = sandbox.Server.CreateKey();
        var client = await sandbox.OpenAsync(kmsKeyId: kms);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        using var hold = sandbox.Server.Faults.Hold(
            request => request.Operation == operation && (request.Bucket == address.BucketName || request.Key == kms));

        var upload = client.UploadAsync(
            new UploadRequest(address, UploadSource.FromBytes(new byte[mebibytes * MiB])), NullObserver.Instance, stop.Token);
        await hold.Struck.WaitAsync(Cancellation);
        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => upload);
        Assert.Equal(0, sandbox.Server.Objects.OpenUploads(address.BucketName));
        Assert.Empty(sandbox.Server.Objects.Keys(address.BucketName));
    }

    [Theory]
    [InlineData("GetObject", 1)]
    [InlineData("Decrypt", 1)]
    [InlineData("Decrypt", 40)]
    [InlineData("GetObject", 40)]
    public async Task A_cancelled_receive_leaves_nothing(string operation, int mebibytes)
    {
        using var folder = new TemporaryFolder();
        var address = new ObjectAddress(sandbox.NewBucket(), "object");
        var kms = sandbox.Server.CreateKey();
        var client = await sandbox.OpenAsync(kmsKeyId: kms);
        await SendAsync(client, address, new byte[mebibytes * MiB]);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        using var hold = sandbox.Server.Faults.Hold(
            request => request.Operation == operation
                && (request.Key == kms || (request.Bucket == address.BucketName && (mebibytes == 1 || !request.Range!.StartsWith("bytes=0-", StringComparison.Ordinal)))));

        var receive = client.DownloadAsync(
            new DownloadRequest(address), FileDestination.Exactly(folder.File("target"), false), NullObserver.Instance, stop.Token);
        await hold.Struck.WaitAsync(Cancellation);
        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => receive);
        Assert.Empty(folder.Entries);
    }

    [Fact]
    public async Task An_object_too_large_for_the_pipeline_is_refused_before_it_is_fetched()
    {
        var address = new ObjectAddress(sandbox.NewBucket(), "large");
        await SendAsync(await sandbox.OpenAsync(), address, new byte[40 * MiB]);
        var client = await sandbox.OpenAsync(settings: new TransferSettings { MemoryLimit = 32 * MiB });

        await AssertReceiveErrorAsync(ErrorId.TooLargeForPipeline, client, address);
    }

    [Fact]
    public async Task An_error_shows_no_secret()
    {
        var address = new ObjectAddress(sandbox.NewBucket(), "object");
        var connection = sandbox.Connection() with
        {
            Identity = new() { AccessKey = sandbox.Server.Admin.AccessKeyId, SecretKey = "a-secret-that-must-not-show" },
        };
        var client = await new EncryptionSession().OpenAsync(connection, new() { Key = KeySource.Kms(sandbox.KmsKeyArn) }, new(), Cancellation);

        var fault = await SendFaultAsync(client, address, "plaintext-that-must-not-show"u8.ToArray());

        Assert.DoesNotContain("must-not-show", fault.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("must-not-show", connection.ToString(), StringComparison.Ordinal);
    }

    private static Task<TransferResult> SendAsync(S3EncryptionClient client, ObjectAddress address, byte[] content) =>
        client.UploadAsync(new UploadRequest(address, UploadSource.FromBytes(content)), NullObserver.Instance, Cancellation);

    private static Task<CseException> SendFaultAsync(S3EncryptionClient client, ObjectAddress address, byte[] content) =>
        Assert.ThrowsAsync<CseException>(() => SendAsync(client, address, content));

    private static async Task<byte[]> ReceiveAsync(S3EncryptionClient client, ObjectAddress address) =>
        (await client.DownloadBytesAsync(new DownloadRequest(address), NullObserver.Instance, Cancellation)).Plaintext;

    private static async Task AssertReceiveErrorAsync(ErrorId expected, S3EncryptionClient client, ObjectAddress address)
    {
        var fault = await Assert.ThrowsAsync<CseException>(() => ReceiveAsync(client, address));
        Assert.Equal(expected, fault.ErrorId);
    }
}
