using System.IO.Hashing;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using Amazon.KeyManagementService;
using Amazon.KeyManagementService.Model;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using CseKms.Sandbox;
using Xunit;

namespace CseKms.Core.Tests.Sandbox;

public sealed class SandboxTests : IAsyncLifetime
{
    private const string Bucket = "bucket";

    private static readonly CancellationToken None = TestContext.Current.CancellationToken;
    private SandboxServer _sandbox = null!;

    public async ValueTask InitializeAsync()
    {
        _sandbox = await SandboxServer.StartAsync(cancellationToken: None);
        _sandbox.CreateBucket(Bucket);
    }

    public ValueTask DisposeAsync() => _sandbox.DisposeAsync();

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task Stores_what_the_SDK_sends_in_each_of_its_ways_of_signing(bool https, bool payloadUnsigned)
    {
        using var s3 = _sandbox.S3(https: https);
        foreach (var size in (int[])[0, 1, 65_535, 300_000])
        {
            var bytes = RandomNumberGenerator.GetBytes(size);
            foreach (var chunked in (bool[])[true, false])
            {
                await s3.PutObjectAsync(new PutObjectRequest
                {
                    BucketName = Bucket,
                    Key = "x",
                    InputStream = new MemoryStream(bytes),
                    UseChunkEncoding = chunked,
                    DisablePayloadSigning = payloadUnsigned,
                    Metadata = { ["Name"] = "a  value" },
                }, None);
                Assert.Equal(bytes, _sandbox.Objects.Bytes(Bucket, "x"));
                Assert.Equal("a  value", _sandbox.Objects.Metadata(Bucket, "x")["name"]);
                using var got = await s3.GetObjectAsync(Bucket, "x", None);
                using var memory = new MemoryStream();
                await got.ResponseStream.CopyToAsync(memory, None);
                Assert.Equal(bytes, memory.ToArray());
            }
        }
    }

    [Fact]
    public async Task Ends_amid_requests_and_leaves_nothing()
    {
        var parent = Directory.CreateTempSubdirectory("csekms-test-");
        var sandbox = await SandboxServer.StartAsync(new SandboxOptions { TemporaryFolder = parent.FullName }, None);
        sandbox.CreateBucket(Bucket);
        using var s3 = sandbox.S3();
        using var cancellation = new CancellationTokenSource();
        var senders = Enumerable.Range(0, 24).Select(async sender =>
        {
            while (true)
            {
                await s3.PutObjectAsync(
                    new PutObjectRequest { BucketName = Bucket, Key = $"{sender}", InputStream = new MemoryStream(new byte[200_000]) }, cancellation.Token);
            }
        }).ToArray();
        await sandbox.Requests.WaitForAsync(request => request.Number == 200, None);

        await sandbox.DisposeAsync();

        Assert.Equal(0, sandbox.Requests.InFlight);
        Assert.Empty(parent.GetFileSystemInfos());
        await cancellation.CancelAsync();
        await Task.WhenAll(senders).ContinueWith(_ => { }, None);
        parent.Delete();
    }

    [Fact]
    public async Task Keeps_strange_keys_apart_and_lists_them_in_the_order_of_their_bytes()
    {
        string[] keys = ["x", "a//b", "a/../b", "../x", "a/./b", "+&=#?%", "日本語/ファイル", "😀", "\uFFEE", "a b", "%2F", "~!*'()", new string('x', 1024), "x/"];
        using var s3 = _sandbox.S3();
        foreach (var key in keys)
        {
            await s3.PutObjectAsync(new PutObjectRequest { BucketName = Bucket, Key = key, ContentBody = key }, None);
        }
        // By path the SDK drops one leading slash of a key from what it sends, and not from what it signs.
        using var virtualHosts = _sandbox.S3(forcePathStyle: false);
        await virtualHosts.PutObjectAsync(new PutObjectRequest { BucketName = Bucket, Key = "/x", ContentBody = "/x" }, None);
        var expected = keys.Append("/x").OrderBy(k => Convert.ToHexString(Encoding.UTF8.GetBytes(k)), StringComparer.Ordinal);
        Assert.Equal(expected, _sandbox.Objects.Keys(Bucket));

        var listed = new List<string>();
        await foreach (var item in s3.Paginators.ListObjectsV2(new ListObjectsV2Request { BucketName = Bucket, MaxKeys = 2 }).S3Objects)
        {
            listed.Add(item.Key);
        }
        Assert.Equal(expected, listed);
        Assert.All(_sandbox.Objects.Keys(Bucket), key => Assert.Equal(key, Encoding.UTF8.GetString(_sandbox.Objects.Bytes(Bucket, key))));
    }

    [Theory]
    [InlineData("CRC32", "y/Q5Jg==")]
    [InlineData("CRC32C", "4waSgw==")]
    [InlineData("CRC64NVME", "rosUhgp5mIg=")]
    [InlineData("SHA1", "98O8HYCOBHMq32eZZczDTKeuNEE=")]
    [InlineData("SHA256", "FeKw009jkL2r5WKkWjVL2V8hT/IdPOHtaNljQ2jR4iU=")]
    public async Task Verifies_each_checksum(string algorithm, string value)
    {
        using var s3 = _sandbox.S3();
        PutObjectRequest Put(string body)
        {
            var request = new PutObjectRequest { BucketName = Bucket, Key = "x", ContentBody = body };
            _ = algorithm switch
            {
                "CRC32" => request.ChecksumCRC32 = value,
                "CRC32C" => request.ChecksumCRC32C = value,
                "CRC64NVME" => request.ChecksumCRC64NVME = value,
                "SHA1" => request.ChecksumSHA1 = value,
                _ => request.ChecksumSHA256 = value,
            };
            return request;
        }

        if (algorithm != "SHA256")
        {
            await s3.PutObjectAsync(Put("123456789"), None);
            Assert.Equal((algorithm, value), (_sandbox.Objects.Get(Bucket, "x").ChecksumAlgorithm, _sandbox.Objects.Get(Bucket, "x").Checksum));
        }
        await AssertS3Async("BadDigest", HttpStatusCode.BadRequest, () => s3.PutObjectAsync(Put("12345678!"), None));
    }

    [Fact]
    public async Task Completes_parts_and_reads_across_their_border()
    {
        using var s3 = _sandbox.S3(https: true);
        var bytes = RandomNumberGenerator.GetBytes(11 * 1024 * 1024);
        var upload = await s3.InitiateMultipartUploadAsync(new InitiateMultipartUploadRequest { BucketName = Bucket, Key = "x" }, None);
        var parts = new List<PartETag>();
        for (int part = 1, size = 5 * 1024 * 1024 + 1; part <= 3; part++)
        {
            var piece = bytes.Skip((part - 1) * size).Take(size).ToArray();
            var sent = await s3.UploadPartAsync(new UploadPartRequest
            {
                BucketName = Bucket, Key = "x", UploadId = upload.UploadId, PartNumber = part, InputStream = new MemoryStream(piece),
            }, None);
            parts.Add(new PartETag(part, sent.ETag));
        }
        Assert.Equal(1, _sandbox.Objects.OpenUploads(Bucket));
        var complete = new CompleteMultipartUploadRequest
        {
            BucketName = Bucket, Key = "x", UploadId = upload.UploadId, PartETags = parts, IfNoneMatch = "*",
        };
        Assert.Matches("^\"[0-9a-f]{32}-3\"$", (await s3.CompleteMultipartUploadAsync(complete, None)).ETag);
        await AssertS3Async("NoSuchUpload", HttpStatusCode.NotFound, () => s3.CompleteMultipartUploadAsync(complete, None));
        Assert.Equal(bytes, _sandbox.Objects.Bytes(Bucket, "x"));

        var range = new ByteRange(5 * 1024 * 1024 - 3, 5 * 1024 * 1024 + 5);
        using var got = await s3.GetObjectAsync(new GetObjectRequest { BucketName = Bucket, Key = "x", ByteRange = range }, None);
        using var memory = new MemoryStream();
        await got.ResponseStream.CopyToAsync(memory, None);
        Assert.Equal(bytes[(int)range.Start..(int)(range.End + 1)], memory.ToArray());
    }

    [Theory]
    [InlineData("CRC32")]
    [InlineData("CRC32C")]
    [InlineData("CRC64NVME")]
    public async Task The_sum_of_an_upload_in_parts_is_that_of_its_bytes(string algorithm)
    {
        using var s3 = _sandbox.S3();
        var bytes = RandomNumberGenerator.GetBytes((5 << 20) + 7);
        byte[][] pieces = [bytes[..(5 << 20)], bytes[(5 << 20)..]];
        var upload = await s3.InitiateMultipartUploadAsync(
            new InitiateMultipartUploadRequest
            {
                BucketName = Bucket, Key = "x", ChecksumAlgorithm = algorithm, ChecksumType = ChecksumType.FULL_OBJECT,
            },
            None);
        var complete = new CompleteMultipartUploadRequest { BucketName = Bucket, Key = "x", UploadId = upload.UploadId };
        foreach (var (index, piece) in pieces.Index())
        {
            var request = new UploadPartRequest
            {
                BucketName = Bucket, Key = "x", UploadId = upload.UploadId, PartNumber = index + 1, InputStream = new MemoryStream(piece),
            };
            var sum = Sum(algorithm, piece);
            _ = algorithm switch
            {
                "CRC32" => request.ChecksumCRC32 = sum,
                "CRC32C" => request.ChecksumCRC32C = sum,
                _ => request.ChecksumCRC64NVME = sum,
            };
            complete.AddPartETags(await s3.UploadPartAsync(request, None));
        }

        await s3.CompleteMultipartUploadAsync(complete, None);
        Assert.Equal(Sum(algorithm, bytes), _sandbox.Objects.Get(Bucket, "x").Checksum);
    }

    [Fact]
    public async Task Refuses_wrong_secrets_regions_tokens_and_what_was_denied()
    {
        _sandbox.CreateBucket("euro", "eu-west-1");
        var impostor = _sandbox.AddIdentity("impostor");
        _sandbox.RemoveIdentity(impostor);
        using var unknown = _sandbox.S3(impostor);
        await AssertS3Async("InvalidAccessKeyId", HttpStatusCode.Forbidden, () => unknown.ListBucketsAsync(None));
        using var wrong = new AmazonS3Client(
            new BasicAWSCredentials(_sandbox.Admin.AccessKeyId, "wrong"),
            new AmazonS3Config { ServiceURL = _sandbox.HttpUrl, MaxErrorRetry = 0 });
        await AssertS3Async("SignatureDoesNotMatch", HttpStatusCode.Forbidden, () => wrong.ListBucketsAsync(None));
        using var worker = _sandbox.S3(_sandbox.Worker);
        await AssertS3Async("PermanentRedirect", HttpStatusCode.MovedPermanently, () => worker.GetObjectAsync("euro", "x", None));
        using var session = _sandbox.S3(_sandbox.AddSession(_sandbox.Worker, TimeSpan.FromHours(1)));
        await session.ListBucketsAsync(None);
        using var expired = _sandbox.S3(_sandbox.AddSession(_sandbox.Worker, TimeSpan.FromSeconds(-1)));
        await AssertS3Async("ExpiredToken", HttpStatusCode.BadRequest, () => expired.ListBucketsAsync(None));
        _sandbox.Deny(_sandbox.Worker, "GetObject");
        await AssertS3Async("AccessDenied", HttpStatusCode.Forbidden, () => worker.GetObjectAsync(Bucket, "x", None));
    }

    [Fact]
    public async Task Names_the_region_of_a_bucket_elsewhere_also_without_a_body()
    {
        _sandbox.CreateBucket("euro", "eu-west-1");
        using var s3 = _sandbox.S3();
        var url = s3.GetPreSignedURL(new GetPreSignedUrlRequest
        {
            BucketName = "euro", Key = "x", Verb = HttpVerb.HEAD, Protocol = Protocol.HTTP, Expires = DateTime.UtcNow.AddMinutes(5),
        });
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        using var head = await http.SendAsync(new HttpRequestMessage(HttpMethod.Head, url), None);
        Assert.Equal(HttpStatusCode.MovedPermanently, head.StatusCode);
        Assert.Equal("eu-west-1", Assert.Single(head.Headers.GetValues("x-amz-bucket-region")));
        Assert.Empty(await head.Content.ReadAsByteArrayAsync(None));
    }

    [Fact]
    public async Task Wraps_data_keys_under_their_context_and_obeys_the_policy_of_the_key()
    {
        var arn = _sandbox.CreateKey(alias: "mine");
        using var kms = _sandbox.Kms(_sandbox.Worker);
        var made = await kms.GenerateDataKeyAsync(new GenerateDataKeyRequest
        {
            KeyId = "alias/mine", KeySpec = DataKeySpec.AES_256, EncryptionContext = new() { ["b"] = "2", ["a"] = "1" },
        }, None);
        DecryptRequest Decrypt(params (string, string)[] context) => new()
        {
            KeyId = arn,
            CiphertextBlob = new MemoryStream(made.CiphertextBlob.ToArray()),
            EncryptionContext = context.ToDictionary(p => p.Item1, p => p.Item2),
        };

        var right = Decrypt(("a", "1"), ("b", "2"));
        Assert.Equal(made.Plaintext.ToArray(), (await kms.DecryptAsync(right, None)).Plaintext.ToArray());
        await Assert.ThrowsAsync<InvalidCiphertextException>(() => kms.DecryptAsync(Decrypt(("a", "1")), None));
        using var elsewhere = _sandbox.Kms(region: "eu-west-1");
        await Assert.ThrowsAsync<NotFoundException>(() => elsewhere.DecryptAsync(right, None));
        right.KeyId = _sandbox.CreateKey();
        await Assert.ThrowsAsync<IncorrectKeyException>(() => kms.DecryptAsync(right, None));

        right.KeyId = arn;
        _sandbox.PutKeyPolicy(arn, $$"""
            { "Version": "2012-10-17", "Statement": [
              { "Effect": "Allow", "Principal": { "AWS": "arn:aws:iam::{{SandboxServer.AccountId}}:root" }, "Action": "kms:*", "Resource": "*",
                "Condition": { "StringEquals": { "aws:PrincipalType": "Account" } } },
              { "Effect": "Allow", "Principal": { "AWS": "{{_sandbox.Admin.Arn}}" }, "Action": "kms:*", "Resource": "*" } ] }
            """);
        var denied = await Assert.ThrowsAsync<AmazonKeyManagementServiceException>(() => kms.DecryptAsync(right, None));
        Assert.Equal("AccessDeniedException", denied.ErrorCode);
        Assert.Equal(
            $"User: arn:aws:sts::{SandboxServer.AccountId}:assumed-role/worker/session is not authorized to perform: kms:Decrypt on resource: {arn} because no resource-based policy allows the kms:Decrypt action",
            denied.Message);
        using var admin = _sandbox.Kms();
        await admin.DecryptAsync(right, None);
    }

    [Fact]
    public async Task Faults_strike_as_often_as_ordered()
    {
        using var s3 = _sandbox.S3();
        var put = new PutObjectRequest { BucketName = Bucket, Key = "x", ContentBody = "0123456789" };
        using (var slow = _sandbox.Faults.Fail(r => r is { Operation: "PutObject", Key: "x" }, 503, "SlowDown"))
        {
            await AssertS3Async("SlowDown", HttpStatusCode.ServiceUnavailable, () => s3.PutObjectAsync(put, None));
            await s3.PutObjectAsync(put, None);
            Assert.Equal(1, slow.Strikes);
        }

        _sandbox.Objects.Delete(Bucket, "x");
        _sandbox.Faults.DropReply(r => r.Operation == "PutObject");
        await Assert.ThrowsAnyAsync<Exception>(() => s3.PutObjectAsync(put, None));
        Assert.True(_sandbox.Objects.Exists(Bucket, "x"));
        Assert.Equal(0, _sandbox.Requests.Of("PutObject")[^1].Status);
        using var s3OverTls = _sandbox.S3(https: true);
        await s3OverTls.GetBucketLocationAsync(Bucket, None);
        _sandbox.Faults.DropReply(r => r.Operation == "PutObject");
        await Assert.ThrowsAnyAsync<Exception>(() => s3OverTls.PutObjectAsync(put, None));

        _sandbox.Faults.FlipByte(r => r.Operation == "GetObject", 2);
        // Of a whole object the SDK would notice by its checksum.
        Assert.Equal("0133456789", await GetAsync(s3, new ByteRange("bytes=0-")));
        _sandbox.Faults.CutBody(r => r.Operation == "GetObject", 4);
        await Assert.ThrowsAnyAsync<Exception>(() => GetAsync(s3));
        Assert.Equal(4, _sandbox.Requests.Of("GetObject")[^1].BytesSent);
        Assert.Equal("0123456789", await GetAsync(s3));
    }

    [Fact]
    public async Task Holds_and_stalls_until_released()
    {
        using var s3 = _sandbox.S3();
        var put = new PutObjectRequest { BucketName = Bucket, Key = "x", ContentBody = "0123456789" };
        using var hold = _sandbox.Faults.Hold(r => r.Operation == "PutObject");
        var putting = s3.PutObjectAsync(put, None);
        await hold.Struck;
        Assert.False(_sandbox.Objects.Exists(Bucket, "x"));
        hold.Release();
        await putting;
        Assert.True(_sandbox.Objects.Exists(Bucket, "x"));

        using var stall = _sandbox.Faults.StallBody(r => r.Operation == "GetObject", 3);
        var getting = GetAsync(s3);
        await _sandbox.Requests.WaitForAsync(r => r.Operation == "GetObject", None);
        await stall.Struck;
        Assert.False(getting.IsCompleted);
        stall.Release();
        Assert.Equal("0123456789", await getting);
    }

    private static async Task<string> GetAsync(IAmazonS3 s3, ByteRange? range = null)
    {
        using var got = await s3.GetObjectAsync(new GetObjectRequest { BucketName = Bucket, Key = "x", ByteRange = range }, None);
        using var reader = new StreamReader(got.ResponseStream);
        return await reader.ReadToEndAsync(None);
    }

    private static async Task AssertS3Async(string code, HttpStatusCode status, Func<Task> action)
    {
        var error = await Assert.ThrowsAsync<AmazonS3Exception>(action);
        Assert.Equal((code, status), (error.ErrorCode, error.StatusCode));
    }

    private static string Sum(string algorithm, byte[] bytes)
    {
        var sum = algorithm switch
        {
            "CRC32" => Crc32.Hash(bytes),
            "CRC32C" => Crc32.Hash(Crc32ParameterSet.Crc32C, bytes),
            _ => Crc64.Hash(Crc64ParameterSet.Nvme, bytes),
        };
        Array.Reverse(sum);
        return Convert.ToBase64String(sum);
    }
}
