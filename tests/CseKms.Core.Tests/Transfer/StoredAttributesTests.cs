using CseKms.Core.Content;
using CseKms.Core.Session;
using CseKms.Core.Settings;
using CseKms.Core.Tests.Sandbox;
using CseKms.Core.Transfer;
using CseKms.Sandbox;
using Xunit;

namespace CseKms.Core.Tests.Transfer;

/// <summary>What buckets of other people ask of a writer, by both ways in which an object is stored.</summary>
public class StoredAttributesTests(SandboxFixture sandbox)
{
    public static TheoryData<int> Sizes => [10, Part.Size + 1];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Sizes))]
    public async Task Headers_are_stored_with_the_object(int size)
    {
        var address = new ObjectAddress(sandbox.NewBucket(), "object");
        var client = await sandbox.OpenAsync();
        var headers = new Dictionary<string, string>
        {
            ["Cache-Control"] = "max-age=60, private",
            ["Content-Disposition"] = "attachment; filename=\"a b.txt\"",
            ["content-encoding"] = "gzip",
            ["Content-Language"] = "de, en",
            ["Expires"] = "2100-01-31T12:30:00+02:00",
        };

        await SendAsync(client, address, size, new ObjectAttributes { ContentType = "text/html;charset=utf-8", Headers = headers });

        var stored = sandbox.Server.Objects.Get(address.BucketName, address.Key).Headers;
        Assert.Equal("text/html; charset=utf-8", stored["Content-Type"]);
        Assert.Equal("max-age=60, private", stored["Cache-Control"]);
        Assert.Equal("attachment; filename=\"a b.txt\"", stored["Content-Disposition"]);
        Assert.Equal("gzip", stored["Content-Encoding"]);
        Assert.Equal("de, en", stored["Content-Language"]);
        Assert.Equal("Sun, 31 Jan 2100 10:30:00 GMT", stored["Expires"]);
        Assert.Equal(TestContent.Of(size), await ReceiveAsync(client, address));
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public async Task A_bucket_that_wants_all_for_its_owner_gets_it(int size)
    {
        var bucket = NewBucket("acl", acls: BucketAcls.MustGiveOwnerFullControl);
        var client = await sandbox.OpenAsync();

        var refusal = await Assert.ThrowsAsync<CseException>(() => SendAsync(client, new ObjectAddress(bucket, "without"), size, new()));
        await SendAsync(client, new ObjectAddress(bucket, "object"), size, new ObjectAttributes { CannedAcl = "bucket-owner-full-control" });

        Assert.Equal(ErrorId.S3AccessDenied, refusal.ErrorId);
        Assert.Equal("bucket-owner-full-control", sandbox.Server.Objects.Get(bucket, "object").Acl);
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public async Task An_object_is_locked_also_where_no_checksums_are_sent(int size)
    {
        var bucket = NewBucket("lock", objectLock: true);
        var client = await new EncryptionSession().OpenAsync(
            sandbox.Connection() with { RequestChecksumCalculation = ConnectionSettings.ChecksumWhenRequired },
            new EncryptionSettings { Key = KeySource.Kms(sandbox.KmsKeyArn) },
            new(),
            Cancellation);

        await SendAsync(client, new ObjectAddress(bucket, "free"), size, new());
        await SendAsync(client, new ObjectAddress(bucket, "held"), size, new ObjectAttributes { ObjectLockLegalHold = "ON" });

        Assert.Null(sandbox.Server.Objects.Get(bucket, "free").ChecksumAlgorithm);
        Assert.Equal("CRC32", sandbox.Server.Objects.Get(bucket, "held").ChecksumAlgorithm, ignoreCase: true);
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public async Task An_object_and_its_instruction_file_are_locked(int size)
    {
        var address = new ObjectAddress(NewBucket("lock", objectLock: true), "object");
        var until = new DateTimeOffset(2100, 1, 31, 12, 30, 0, TimeSpan.FromHours(2));
        var client = await sandbox.OpenAsync();

        await client.UploadAsync(
            new UploadRequest(address, UploadSource.FromBytes(TestContent.Of(size)))
            {
                InstructionFile = true,
                Attributes = new ObjectAttributes
                {
                    ObjectLockMode = "GOVERNANCE",
                    ObjectLockRetainUntil = until,
                    ObjectLockLegalHold = "ON",
                    Headers = new Dictionary<string, string> { ["Content-Encoding"] = "gzip" },
                },
            },
            NullObserver.Instance,
            Cancellation);

        using var s3 = sandbox.Server.S3();
        foreach (var key in new[] { "object", "object.instruction" })
        {
            var head = await s3.GetObjectMetadataAsync(address.BucketName, key, Cancellation);
            Assert.Equal("GOVERNANCE", head.ObjectLockMode);
            Assert.Equal(until.UtcDateTime, head.ObjectLockRetainUntilDate?.ToUniversalTime());
            Assert.Equal("ON", head.ObjectLockLegalHoldStatus);
        }

        // Readers would decode the instruction file by it.
        Assert.DoesNotContain("Content-Encoding", sandbox.Server.Objects.Get(address.BucketName, "object.instruction").Headers.Keys);
        Assert.Equal(TestContent.Of(size), await ReceiveAsync(client, address));
    }

    [Fact]
    public async Task Each_request_says_that_the_caller_pays()
    {
        var bucket = NewBucket("payer", requesterPays: true);
        var session = new EncryptionSession();
        var encryption = new EncryptionSettings { Key = KeySource.Kms(sandbox.KmsKeyArn) };
        var client = await session.OpenAsync(sandbox.Connection() with { RequesterPays = true }, encryption, new(), Cancellation);

        foreach (var size in new[] { 10, Part.Size + 1 })
        {
            await SendAsync(client, new ObjectAddress(bucket, $"{size}"), size, new());
        }

        await foreach (var item in client.ListAsync(bucket, "", null, Cancellation))
        {
            var address = new ObjectAddress(bucket, item.Key);
            await client.DescribeAsync(address, Cancellation);
            Assert.Equal(item.Size - 16, (await ReceiveAsync(client, address)).Length);
        }

        // An upload that fails is dropped too.
        using var fault = sandbox.Server.Faults.Add(request => request.Bucket == bucket && request.Operation == "UploadPart", FaultAction.Fail(400, "InvalidRequest"));
        await Assert.ThrowsAsync<CseException>(() => SendAsync(client, new ObjectAddress(bucket, "dropped"), Part.Size + 1, new()));
        Assert.Equal(0, sandbox.Server.Objects.OpenUploads(bucket));
        Assert.Equal(
            ["AbortMultipartUpload", "CompleteMultipartUpload", "CreateMultipartUpload", "GetObject", "HeadObject", "ListObjectsV2", "PutObject", "UploadPart"],
            sandbox.Server.Requests.All.Where(request => request.Bucket == bucket).Select(request => request.Operation).Distinct().Order());

        // The same session does not pay for a call that does not say so.
        var other = await session.OpenAsync(sandbox.Connection(), encryption, new(), Cancellation);
        var refusal = await Assert.ThrowsAsync<CseException>(() => ReceiveAsync(other, new ObjectAddress(bucket, "10")));
        Assert.Equal(ErrorId.S3AccessDenied, refusal.ErrorId);
    }

    [Fact]
    public async Task What_cannot_be_sent_is_refused_before_KMS_is_asked()
    {
        var bucket = sandbox.NewBucket();
        var kms = sandbox.Server.CreateKey();
        var client = await sandbox.OpenAsync(kmsKeyId: kms);
        (ErrorId Expected, ObjectAttributes Attributes)[] cases =
        [
            (ErrorId.ContentTypeInvalid, new() { ContentType = "binary" }),
            (ErrorId.HeaderInvalid, new() { Headers = new Dictionary<string, string> { ["X-Other"] = "x" } }),
            (ErrorId.ObjectLockInvalid, new() { ObjectLockMode = "GOVERNANCE" }),
            (ErrorId.MetadataInvalid, new() { Metadata = new Dictionary<string, string> { ["a:b"] = "x" } }),
        ];
        foreach (var (expected, attributes) in cases)
        {
            var failure = await Assert.ThrowsAsync<CseException>(() => SendAsync(client, new ObjectAddress(bucket, "x"), 1, attributes));
            Assert.Equal(expected, failure.ErrorId);
        }

        Assert.Equal(0, sandbox.Server.Requests.Count(request => request.Operation == "GenerateDataKey" && request.Key == kms));
    }

    private string NewBucket(string name, bool objectLock = false, bool requesterPays = false, BucketAcls acls = BucketAcls.Disabled)
    {
        var bucket = $"{name}-{Guid.NewGuid():N}";
        sandbox.Server.CreateBucket(bucket, objectLock: objectLock, requesterPays: requesterPays, acls: acls);
        return bucket;
    }

    private static Task<TransferResult> SendAsync(S3EncryptionClient client, ObjectAddress address, int size, ObjectAttributes attributes) =>
        client.UploadAsync(
            new UploadRequest(address, UploadSource.FromBytes(TestContent.Of(size))) { Attributes = attributes }, NullObserver.Instance, Cancellation);

    private static async Task<byte[]> ReceiveAsync(S3EncryptionClient client, ObjectAddress address) =>
        (await client.DownloadBytesAsync(new DownloadRequest(address), NullObserver.Instance, Cancellation)).Plaintext;
}
