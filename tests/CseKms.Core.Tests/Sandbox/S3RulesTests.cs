using System.Net;
using System.Security.Cryptography;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using CseKms.Sandbox;
using Xunit;

namespace CseKms.Core.Tests.Sandbox;

/// <summary>Where AWS refuses or insists, the sandbox does too.</summary>
public sealed class S3RulesTests : IAsyncLifetime
{
    private const string Bucket = "bucket";
    private const int MiB = 1 << 20;

    private static readonly CancellationToken None = TestContext.Current.CancellationToken;
    private SandboxServer _sandbox = null!;
    private AmazonS3Client _s3 = null!;

    public async ValueTask InitializeAsync()
    {
        _sandbox = await SandboxServer.StartAsync(cancellationToken: None);
        _sandbox.CreateBucket(Bucket, encryption: "AES256");
        _s3 = _sandbox.S3();
    }

    public ValueTask DisposeAsync()
    {
        _s3.Dispose();
        return _sandbox.DisposeAsync();
    }

    [Theory]
    [InlineData("?partNumber=1", "InvalidArgument")]
    [InlineData("?partNumber=1&uploadId=none", "NoSuchUpload")]
    [InlineData("?partNumber=0&uploadId=none", "InvalidArgument")]
    [InlineData("?partNumber=10001&uploadId=none", "InvalidArgument")]
    [InlineData("?uploadId=none", "InvalidArgument")]
    public async Task A_part_belongs_to_an_upload_and_has_a_number(string query, string expected)
    {
        var url = _s3.GetPreSignedURL(new GetPreSignedUrlRequest
        {
            BucketName = Bucket, Key = "x", Verb = HttpVerb.PUT, Protocol = Protocol.HTTP, Expires = DateTime.UtcNow.AddMinutes(5),
            UploadId = Query(query, "uploadId"), PartNumber = int.TryParse(Query(query, "partNumber"), out var number) ? number : null,
        });
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        using var answer = await http.PutAsync(url, new ByteArrayContent([1]), None);
        Assert.Contains($"<Code>{expected}</Code>", await answer.Content.ReadAsStringAsync(None), StringComparison.Ordinal);
        Assert.Empty(_sandbox.Objects.Keys(Bucket));
    }

    [Fact]
    public async Task ETags_are_MD5s_of_the_bytes_or_of_the_MD5s_of_the_parts_unless_KMS_encrypts()
    {
        byte[][] parts = [RandomNumberGenerator.GetBytes(5 * MiB), RandomNumberGenerator.GetBytes(100)];
        var expected = Convert.ToHexStringLower(MD5.HashData([.. MD5.HashData(parts[0]), .. MD5.HashData(parts[1])]));
        Assert.Equal($"\"{expected}-2\"", (await UploadAsync(Bucket, "x", parts)).ETag);
        var put = await _s3.PutObjectAsync(new PutObjectRequest { BucketName = Bucket, Key = "y", InputStream = new MemoryStream(parts[1]) }, None);
        Assert.Equal($"\"{Convert.ToHexStringLower(MD5.HashData(parts[1]))}\"", put.ETag);

        // A copy is one piece again, and a part that is copied has its MD5 too.
        var copied = await _s3.CopyObjectAsync(new CopyObjectRequest { SourceBucket = Bucket, SourceKey = "x", DestinationBucket = Bucket, DestinationKey = "z" }, None);
        Assert.Equal($"\"{Convert.ToHexStringLower(MD5.HashData([.. parts[0], .. parts[1]]))}\"", copied.ETag);
        var upload = (await _s3.InitiateMultipartUploadAsync(Bucket, "part", None)).UploadId;
        var part = await _s3.CopyPartAsync(
            new CopyPartRequest { SourceBucket = Bucket, SourceKey = "y", DestinationBucket = Bucket, DestinationKey = "part", UploadId = upload, PartNumber = 1 }, None);
        Assert.Equal(put.ETag, part.ETag);

        _sandbox.CreateBucket("kms");
        Assert.NotEqual($"\"{expected}-2\"", (await UploadAsync("kms", "x", parts)).ETag);
    }

    [Fact]
    public async Task Complete_wants_the_parts_in_order_as_they_were_sent_and_no_small_one_but_the_last()
    {
        var upload = (await _s3.InitiateMultipartUploadAsync(Bucket, "x", None)).UploadId;
        var large = await PartAsync(upload, 1, new byte[5 * MiB]);
        var small = await PartAsync(upload, 2, [1]);
        var last = await PartAsync(upload, 3, [2]);
        Task CompleteAsync(params PartETag[] parts) => _s3.CompleteMultipartUploadAsync(
            new CompleteMultipartUploadRequest { BucketName = Bucket, Key = "x", UploadId = upload, PartETags = [.. parts] }, None);

        await AssertErrorAsync("EntityTooSmall", 400, () => CompleteAsync(large, small, last));
        await AssertErrorAsync("InvalidPart", 400, () => CompleteAsync(large, new PartETag(2, large.ETag)));
        await AssertErrorAsync("InvalidPart", 400, () => CompleteAsync(large, new PartETag(4, small.ETag)));
        Assert.Empty(_sandbox.Objects.Keys(Bucket));
        await CompleteAsync(large, last);
        Assert.Equal(5 * MiB + 1, _sandbox.Objects.Get(Bucket, "x").Size);
        Assert.Equal(0, _sandbox.Objects.OpenUploads(Bucket));
    }

    [Fact]
    public async Task Writes_under_a_condition()
    {
        Task<PutObjectResponse> PutAsync(string? match = null, string? noneMatch = null) => _s3.PutObjectAsync(
            new PutObjectRequest { BucketName = Bucket, Key = "x", ContentBody = "x", IfMatch = match, IfNoneMatch = noneMatch }, None);

        await AssertErrorAsync("NoSuchKey", 404, () => PutAsync(match: "\"none\""));
        await AssertErrorAsync("NotImplemented", 501, () => PutAsync(noneMatch: "\"none\""));
        var etag = (await PutAsync(noneMatch: "*")).ETag;
        await AssertErrorAsync("PreconditionFailed", 412, () => PutAsync(noneMatch: "*"));
        await AssertErrorAsync("PreconditionFailed", 412, () => PutAsync(match: "\"none\""));
        await PutAsync(match: etag);

        var upload = (await _s3.InitiateMultipartUploadAsync(Bucket, "x", None)).UploadId;
        var part = await PartAsync(upload, 1, [1]);
        Task CompleteAsync(string match) => _s3.CompleteMultipartUploadAsync(
            new CompleteMultipartUploadRequest { BucketName = Bucket, Key = "x", UploadId = upload, PartETags = [part], IfMatch = match }, None);
        await AssertErrorAsync("PreconditionFailed", 412, () => CompleteAsync("\"none\""));
        await CompleteAsync(etag);

        Task CopyAsync(Action<CopyObjectRequest> change)
        {
            var request = new CopyObjectRequest { SourceBucket = Bucket, SourceKey = "x", DestinationBucket = Bucket, DestinationKey = "y" };
            change(request);
            return _s3.CopyObjectAsync(request, None);
        }
        var source = _sandbox.Objects.Get(Bucket, "x").ETag;
        await AssertErrorAsync("PreconditionFailed", 412, () => CopyAsync(copy => copy.ETagToMatch = "none"));
        await AssertErrorAsync("PreconditionFailed", 412, () => CopyAsync(copy => copy.ETagToNotMatch = source));
        await AssertErrorAsync("PreconditionFailed", 412, () => CopyAsync(copy => copy.UnmodifiedSinceDate = DateTime.UtcNow.AddDays(-1)));
        await AssertErrorAsync("NoSuchKey", 404, () => CopyAsync(copy => copy.IfMatch = source));
        await CopyAsync(copy => copy.ETagToMatch = source);
        await AssertErrorAsync("PreconditionFailed", 412, () => CopyAsync(copy => copy.IfNoneMatch = "*"));
    }

    [Fact]
    public async Task Copies_metadata_and_tags_unless_told_to_replace_them_and_never_onto_itself_unchanged()
    {
        await _s3.PutObjectAsync(new PutObjectRequest
        {
            BucketName = Bucket, Key = "x", ContentBody = "x", ContentType = "text/x", Metadata = { ["a"] = "1" }, TagSet = [new Tag { Key = "t", Value = "1" }],
        }, None);
        Task CopyAsync(string key, bool replaces) => _s3.CopyObjectAsync(new CopyObjectRequest
        {
            SourceBucket = Bucket, SourceKey = "x", DestinationBucket = Bucket, DestinationKey = key, Metadata = { ["a"] = "2" },
            MetadataDirective = replaces ? S3MetadataDirective.REPLACE : S3MetadataDirective.COPY,
            TaggingDirective = replaces ? TaggingDirective.REPLACE : TaggingDirective.COPY,
        }, None);

        await CopyAsync("same", replaces: false);
        await CopyAsync("new", replaces: true);
        await AssertErrorAsync("InvalidRequest", 400, () => CopyAsync("x", replaces: false));
        Assert.Equal(("1", "text/x", 1), Seen("same"));
        Assert.Equal(("2", "binary/octet-stream", 0), Seen("new"));

        (string, string, int) Seen(string key)
        {
            var copy = _sandbox.Objects.Get(Bucket, key);
            return (copy.Metadata["a"], copy.Headers.GetValueOrDefault("Content-Type", "binary/octet-stream"), copy.Tags.Count);
        }
    }

    [Fact]
    public async Task Versions_are_kept_marked_and_deleted_one_by_one()
    {
        _sandbox.CreateBucket("versions", versioned: true);
        var first = (await PutAsync("versions", "x")).VersionId;
        var second = (await PutAsync("versions", "x")).VersionId;
        var marker = await _s3.DeleteObjectAsync("versions", "x", None);
        Assert.Equal("true", marker.DeleteMarker);
        await AssertErrorAsync("NoSuchKey", 404, () => _s3.GetObjectAsync("versions", "x", None));
        await AssertErrorAsync("MethodNotAllowed", 405, () => _s3.GetObjectAsync("versions", "x", marker.VersionId, None));
        await AssertErrorAsync("InvalidRequest", 400, () => _s3.CopyObjectAsync("versions", "x", marker.VersionId, Bucket, "y", None));
        var listed = await _s3.ListVersionsAsync("versions", None);
        Assert.Equal([(marker.VersionId, true, true), (second, false, false), (first, false, false)],
            listed.Versions.Select(v => (v.VersionId, v.IsDeleteMarker ?? false, v.IsLatest ?? false)));
        await AssertErrorAsync("InvalidArgument", 400, () => _s3.ListVersionsAsync(
            new ListVersionsRequest { BucketName = "versions", VersionIdMarker = first }, None));

        // Undelete is to remove the marker.
        await _s3.DeleteObjectAsync("versions", "x", marker.VersionId, None);
        (await _s3.GetObjectAsync("versions", "x", None)).Dispose();
        await _s3.DeleteObjectsAsync(new DeleteObjectsRequest { BucketName = "versions", Objects = [new KeyVersion { Key = "x", VersionId = second }] }, None);
        Assert.Equal(first, (await _s3.GetObjectMetadataAsync("versions", "x", None)).VersionId);
    }

    [Fact]
    public async Task DeleteObjects_wants_a_digest_and_fails_by_entry()
    {
        await PutAsync(Bucket, "a");
        await PutAsync(Bucket, "b");
        var stale = new DeleteObjectsRequest { BucketName = Bucket, Objects = [new KeyVersion { Key = "a", ETag = "none" }, new KeyVersion { Key = "b" }] };
        var failed = await Assert.ThrowsAsync<DeleteObjectsException>(() => _s3.DeleteObjectsAsync(stale, None));
        Assert.Equal("PreconditionFailed", Assert.Single(failed.Response.DeleteErrors).Code);
        Assert.Equal(["a"], _sandbox.Objects.Keys(Bucket));

        _sandbox.Deny(_sandbox.Worker, "DeleteObject");
        using var worker = _sandbox.S3(_sandbox.Worker);
        var denied = await Assert.ThrowsAsync<DeleteObjectsException>(
            () => worker.DeleteObjectsAsync(new DeleteObjectsRequest { BucketName = Bucket, Objects = [new KeyVersion { Key = "a" }] }, None));
        Assert.Equal("AccessDenied", Assert.Single(denied.Response.DeleteErrors).Code);

        using var without = _sandbox.Faults.Add(
            r => r.Operation == "DeleteObjects", FaultAction.IgnoreHeader("x-amz-checksum-crc32"));
        await AssertErrorAsync("InvalidRequest", 400, () => _s3.DeleteObjectsAsync(
            new DeleteObjectsRequest { BucketName = Bucket, Objects = [new KeyVersion { Key = "a" }] }, None));
    }

    [Fact]
    public async Task Locked_versions_stay_until_their_time_is_over()
    {
        _sandbox.CreateBucket("locked", objectLock: true);
        PutObjectRequest Put(string bucket, DateTime? until = null) => new()
        {
            BucketName = bucket, Key = "x", ContentBody = "x",
            ObjectLockMode = ObjectLockMode.Governance, ObjectLockRetainUntilDate = until ?? DateTime.UtcNow.AddDays(1),
        };
        await AssertErrorAsync("InvalidRequest", 400, () => _s3.PutObjectAsync(Put(Bucket), None));
        await AssertErrorAsync("InvalidArgument", 400, () => _s3.PutObjectAsync(Put("locked", DateTime.UtcNow.AddDays(-1)), None));
        var half = Put("locked");
        half.ObjectLockMode = null;
        await AssertErrorAsync("InvalidArgument", 400, () => _s3.PutObjectAsync(half, None));

        var version = (await _s3.PutObjectAsync(Put("locked"), None)).VersionId;
        Assert.Equal(ObjectLockMode.Governance, (await _s3.GetObjectMetadataAsync("locked", "x", None)).ObjectLockMode);
        await AssertErrorAsync("AccessDenied", 403, () => _s3.DeleteObjectAsync("locked", "x", version, None));
        await _s3.PutObjectLegalHoldAsync(new PutObjectLegalHoldRequest { BucketName = "locked", Key = "x", LegalHold = new() { Status = "ON" } }, None);
        var delete = new DeleteObjectRequest { BucketName = "locked", Key = "x", VersionId = version, BypassGovernanceRetention = true };
        await AssertErrorAsync("AccessDenied", 403, () => _s3.DeleteObjectAsync(delete, None));
        await _s3.PutObjectLegalHoldAsync(new PutObjectLegalHoldRequest { BucketName = "locked", Key = "x", LegalHold = new() { Status = "OFF" } }, None);
        await _s3.DeleteObjectAsync(delete, None);
        Assert.Empty(_sandbox.Objects.Keys("locked"));
    }

    [Fact]
    public async Task Buckets_of_others_ask_who_pays_and_for_an_ACL_and_whose_they_are()
    {
        _sandbox.CreateBucket("pays", requesterPays: true);
        var put = new PutObjectRequest { BucketName = "pays", Key = "x", ContentBody = "x" };
        await AssertErrorAsync("AccessDenied", 403, () => _s3.PutObjectAsync(put, None));
        put.RequestPayer = RequestPayer.Requester;
        Assert.Equal(RequestCharged.Requester, (await _s3.PutObjectAsync(put, None)).RequestCharged);

        _sandbox.CreateBucket("acl", acls: BucketAcls.MustGiveOwnerFullControl);
        Task PutAsync(string bucket, S3CannedACL? acl) =>
            _s3.PutObjectAsync(new PutObjectRequest { BucketName = bucket, Key = "x", ContentBody = "x", CannedACL = acl }, None);
        await AssertErrorAsync("AccessDenied", 403, () => PutAsync("acl", null));
        await PutAsync("acl", S3CannedACL.BucketOwnerFullControl);
        Assert.Equal("bucket-owner-full-control", _sandbox.Objects.Get("acl", "x").Acl);
        await AssertErrorAsync("AccessControlListNotSupported", 400, () => PutAsync(Bucket, S3CannedACL.PublicRead));
        _sandbox.CreateBucket("acls", acls: BucketAcls.Enabled);
        await PutAsync("acls", S3CannedACL.PublicRead);
        var grants = (await _s3.GetObjectAclAsync(new GetObjectAclRequest { BucketName = "acls", Key = "x" }, None)).Grants;
        Assert.Contains(grants, grant => grant.Permission == S3Permission.READ && grant.Grantee.URI.EndsWith("AllUsers", StringComparison.Ordinal));

        Task HeadAsync(string owner) => _s3.GetObjectMetadataAsync(
            new GetObjectMetadataRequest { BucketName = "acl", Key = "x", ExpectedBucketOwner = owner }, None);
        await HeadAsync(SandboxServer.AccountId);
        Assert.Equal(HttpStatusCode.Forbidden, (await Assert.ThrowsAsync<AmazonS3Exception>(() => HeadAsync("999999999999"))).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await Assert.ThrowsAsync<AmazonS3Exception>(() => HeadAsync("me"))).StatusCode);
        await AssertErrorAsync("InvalidBucketName", 400, () => _s3.GetObjectAsync("a", "x", None));
    }

    [Fact]
    public async Task Archived_objects_are_read_and_copied_only_when_they_were_restored()
    {
        await PutAsync(Bucket, "x");
        _sandbox.Objects.Archive(Bucket, "x", "DEEP_ARCHIVE");
        Task CopyAsync() => _s3.CopyObjectAsync(Bucket, "x", Bucket, "y", None);
        async Task GetAsync() => (await _s3.GetObjectAsync(Bucket, "x", None)).Dispose();
        await AssertErrorAsync("InvalidObjectState", 403, GetAsync);
        await AssertErrorAsync("InvalidObjectState", 403, CopyAsync);
        Assert.Equal("DEEP_ARCHIVE", (await _s3.GetObjectMetadataAsync(Bucket, "x", None)).StorageClass.Value);

        await _s3.RestoreObjectAsync(Bucket, "x", 1, None);
        await AssertErrorAsync("RestoreAlreadyInProgress", 409, () => _s3.RestoreObjectAsync(Bucket, "x", 1, None));
        Assert.True((await _s3.GetObjectMetadataAsync(Bucket, "x", None)).RestoreInProgress);
        await AssertErrorAsync("InvalidObjectState", 403, GetAsync);
        _sandbox.Objects.FinishRestore(Bucket, "x");
        await GetAsync();
        await CopyAsync();
    }

    private Task<PutObjectResponse> PutAsync(string bucket, string key) =>
        _s3.PutObjectAsync(new PutObjectRequest { BucketName = bucket, Key = key, ContentBody = "x" }, None);

    private async Task<PartETag> PartAsync(string upload, int number, byte[] bytes, string bucket = Bucket) => new(await _s3.UploadPartAsync(
        new UploadPartRequest { BucketName = bucket, Key = "x", UploadId = upload, PartNumber = number, InputStream = new MemoryStream(bytes) }, None));

    private async Task<CompleteMultipartUploadResponse> UploadAsync(string bucket, string key, byte[][] parts)
    {
        var upload = (await _s3.InitiateMultipartUploadAsync(bucket, key, None)).UploadId;
        var sent = new List<PartETag>();
        foreach (var (bytes, i) in parts.Select((bytes, i) => (bytes, i)))
        {
            sent.Add(await PartAsync(upload, i + 1, bytes, bucket));
        }
        return await _s3.CompleteMultipartUploadAsync(
            new CompleteMultipartUploadRequest { BucketName = bucket, Key = key, UploadId = upload, PartETags = sent }, None);
    }

    private static string? Query(string query, string name) =>
        query.TrimStart('?').Split('&').FirstOrDefault(pair => pair.StartsWith(name + "=", StringComparison.Ordinal))?[(name.Length + 1)..];

    private static async Task AssertErrorAsync(string code, int status, Func<Task> action)
    {
        var error = await Assert.ThrowsAnyAsync<AmazonServiceException>(action);
        Assert.Equal((code, status), (error.ErrorCode, (int)error.StatusCode));
    }
}
