using CseKms.Core.Content;
using CseKms.Core.Session;
using CseKms.Core.Settings;
using CseKms.Core.Transfer;
using CseKms.Sandbox;
using Xunit;

namespace CseKms.Core.Tests.Transfer;

/// <summary>S3 and KMS on a bad day: answers that are none, services that throttle, fail or fall silent, stores with rules of their own.</summary>
public sealed class BadDayTests(SandboxFixture sandbox)
{
    private static readonly TimeLimits Hasty = new()
    {
        Silence = TimeSpan.FromMilliseconds(800),
        LongSilence = TimeSpan.FromSeconds(3),
        Patience = TimeSpan.FromSeconds(4),
        Notice = TimeSpan.FromMilliseconds(400),
        Cleanup = TimeSpan.FromSeconds(1),
    };

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static TheoryData<string, int> BrokenPages => new()
    {
        { nameof(FaultAction.TruncateWithoutToken), 1 },
        { nameof(FaultAction.TruncateWithoutToken), 2 },
        { nameof(FaultAction.RepeatToken), 1 },
        { nameof(FaultAction.AnswerHtml), 1 },
        { nameof(FaultAction.AnswerHtml), 2 },
        { nameof(FaultAction.AnswerNothing), 1 },
        { nameof(FaultAction.AnswerNothing), 2 },
        { "Key", 2 },
        { "Size", 2 },
        { "ETag", 2 },
        { "Name", 2 },
        { "</ListBucketResult>", 2 },
        { "IsTruncated", 1 },
    };

    public static TheoryData<string, int> BrokenVersionPages => new()
    {
        { nameof(FaultAction.TruncateWithoutToken), 1 },
        { nameof(FaultAction.TruncateWithoutToken), 2 },
        { nameof(FaultAction.RepeatToken), 2 },
        { nameof(FaultAction.AnswerHtml), 1 },
        { nameof(FaultAction.AnswerHtml), 2 },
        { nameof(FaultAction.AnswerNothing), 2 },
        { "Key", 2 },
        { "VersionId", 2 },
        { "IsLatest", 2 },
        { "LastModified", 2 },
        { "Size", 2 },
        { "ETag", 2 },
        { "Name", 2 },
        { "NextKeyMarker", 1 },
        { "NextVersionIdMarker", 1 },
        { "</ListVersionsResult>", 2 },
        { "IsTruncated", 1 },
    };

    [Theory]
    [MemberData(nameof(BrokenPages))]
    public async Task A_listing_that_is_not_whole_is_an_error(string damage, int page)
    {
        var bucket = sandbox.NewBucket();
        Fill(bucket, 1500);
        await AssertIncompleteAsync(bucket, "ListObjectsV2", damage, page, client => client.ListAsync(bucket, "", null, Cancellation));
    }

    [Theory]
    [MemberData(nameof(BrokenVersionPages))]
    public async Task A_listing_of_versions_that_is_not_whole_is_an_error(string damage, int page)
    {
        var bucket = sandbox.NewBucket(versioned: true);
        Fill(bucket, 750);
        Fill(bucket, 750);
        await AssertIncompleteAsync(bucket, "ListObjectVersions", damage, page, client => client.ListVersionsAsync(bucket, "", null, Cancellation));
    }

    [Fact]
    public async Task Keys_are_decoded_only_when_the_answer_says_that_they_are_encoded()
    {
        var bucket = sandbox.NewBucket();
        string[] keys = ["100%25.csv", "a b", "a%41c", "a+b"];
        Array.ForEach(keys, key => sandbox.Server.Objects.Put(bucket, key, [1]));
        var client = await sandbox.OpenAsync();
        using var fault = sandbox.Server.Faults.Add(
            request => IsOf(request, "ListObjectsV2", bucket), FaultAction.ListWithoutEncoding, FaultLimit.First(1));

        Assert.Equal(keys, await KeysAsync());
        Assert.Equal(keys, await KeysAsync());

        async Task<string[]> KeysAsync()
        {
            var found = new List<string>();
            await foreach (var item in client.ListAsync(bucket, "", null, Cancellation))
            {
                found.Add(item.Key);
            }

            return [.. found];
        }
    }

    [Fact]
    public async Task A_store_that_does_not_tell_the_prefix_is_listed_and_its_keys_are_held_to_it()
    {
        var bucket = sandbox.NewBucket();
        sandbox.Server.Objects.Put(bucket, "p/a", [1]);
        var client = await sandbox.OpenAsync();
        using var fault = sandbox.Server.Faults.Add(
            request => IsOf(request, "ListObjectsV2", bucket), FaultAction.WithoutElement("Prefix"), SandboxFaults.Always);
        var listed = new List<string>();

        await ListAsync();
        Assert.Equal(["p/a"], listed);

        using var other = sandbox.Server.Faults.Add(
            request => IsOf(request, "ListObjectsV2", bucket), FaultAction.Rewrite(page => page.Replace("p%2Fa", "q%2Fa").Replace("p/a", "q/a")), SandboxFaults.Always);
        Assert.Equal(ErrorId.ListingIncomplete, (await Assert.ThrowsAsync<CseException>(ListAsync)).ErrorId);

        async Task ListAsync()
        {
            await foreach (var item in client.ListAsync(bucket, "p/", null, Cancellation))
            {
                listed.Add(item.Key);
            }
        }
    }

    [Fact]
    public async Task An_upload_without_an_id_is_refused_before_any_part_is_sent()
    {
        var address = new ObjectAddress(sandbox.NewBucket(), "object");
        sandbox.Server.Objects.Put(address.BucketName, address.Key, [7]);
        var client = await sandbox.OpenAsync();
        using var fault = sandbox.Server.Faults.Add(
            request => IsOf(request, "CreateMultipartUpload", address.BucketName), FaultAction.WithoutElement("UploadId"), SandboxFaults.Always);

        var failure = await Assert.ThrowsAsync<CseException>(() => SendAsync(client, address, TestContent.Of(2 * Part.Size)));

        Assert.Equal(ErrorId.AnswerInvalid, failure.ErrorId);
        Assert.Equal([7], sandbox.Server.Objects.Bytes(address.BucketName, address.Key));
        Assert.Equal(0, sandbox.Server.Requests.Count(request => request.Bucket == address.BucketName && request.Operation is "PutObject" or "UploadPart"));
    }

    public static TheoryData<string, string, int> RepliesThatAreNone => new()
    {
        { "PutObject", "no ETag", 10 },
        { "PutObject", "other checksum", 10 },
        { "PutObject", "lost", 10 },
        { "PutObject", "none", 10 },
        { "CompleteMultipartUpload", "lost", 2 * Part.Size },
        { "CompleteMultipartUpload", "cut", 2 * Part.Size },
        { "CompleteMultipartUpload", "HTML", 2 * Part.Size },
        { "CompleteMultipartUpload", "empty", 2 * Part.Size },
        { "CompleteMultipartUpload", "too much", 2 * Part.Size },
        { "CompleteMultipartUpload", "none", 2 * Part.Size },
        { "CompleteMultipartUpload", "stalled", 2 * Part.Size },
    };

    [Theory]
    [MemberData(nameof(RepliesThatAreNone))]
    public async Task What_HEAD_shows_decides_whether_an_object_was_stored(string operation, string reply, int size)
    {
        foreach (var instructionFile in new[] { false, true })
        {
            var address = new ObjectAddress(sandbox.NewBucket(), "object");
            var content = TestContent.Of(size);
            var client = await sandbox.OpenAsync(CommitmentPolicy.ForbidEncryptAllowDecrypt, settings: new TransferSettings { Limits = Hasty });
            var action = reply switch
            {
                "no ETag" => FaultAction.WithoutHeader("ETag"),
                "other checksum" => FaultAction.WithHeader("x-amz-checksum-crc32", "AAAAAA=="),
                "lost" => FaultAction.DropReply,
                "cut" => FaultAction.Shorten(60),
                "HTML" => FaultAction.AnswerHtml,
                "empty" => FaultAction.AnswerNothing,
                "too much" => FaultAction.Append("<"),
                "stalled" => FaultAction.StallBody(20),
                _ => FaultAction.HoldReply,
            };
            using var fault = sandbox.Server.Faults.Add(request => IsOf(request, operation, address.BucketName) && request.Key == address.Key, action, SandboxFaults.Always);

            var sent = await SendAsync(client, address, content, instructionFile);

            Assert.Equal(sandbox.Server.Objects.Get(address.BucketName, address.Key).ETag.Trim('"'), sent.ETag.Trim('"'));
            Assert.Equal(content, await ReceiveAsync(client, address));
            Assert.Equal(0, sandbox.Server.Objects.OpenUploads(address.BucketName));
        }
    }

    [Theory]
    [InlineData(429, "TooManyRequests")]
    [InlineData(503, "SlowDown")]
    [InlineData(503, "ServiceUnavailable")]
    [InlineData(500, "InternalError")]
    [InlineData(409, "OperationAborted")]
    [InlineData(400, "RequestTimeout")]
    public async Task What_S3_asks_to_have_again_is_sent_again(int status, string code)
    {
        var address = new ObjectAddress(sandbox.NewBucket(), "object");
        var client = await sandbox.OpenAsync();
        using var fault = sandbox.Server.Faults.Add(
            request => request.Bucket == address.BucketName, FaultAction.Fail(status, code), FaultLimit.FirstOfEachKey(2));

        await SendAsync(client, address, TestContent.Of(100));

        Assert.Equal(2, fault.Strikes);
        Assert.Equal(TestContent.Of(100), await ReceiveAsync(client, address));
    }

    [Fact]
    public async Task No_object_fails_when_KMS_limits_the_rate()
    {
        const int Limit = 50, Objects = 300;
        var bucket = sandbox.NewBucket();
        var kms = sandbox.Server.CreateKey();
        var client = await sandbox.OpenAsync(kmsKeyId: kms);
        using var fault = sandbox.Server.Faults.Add(
            request => request.Operation == "GenerateDataKey" && request.Key == kms, FaultAction.Throttle, FaultLimit.Above(Limit));

        await SendManyAsync(client, bucket, Objects);

        Assert.Equal(Objects, sandbox.Server.Objects.Keys(bucket).Count);
        Assert.InRange(fault.Strikes, 1, Objects);
    }

    [Fact]
    public async Task No_object_fails_when_S3_is_away_for_a_while()
    {
        const int Objects = 200;
        var bucket = sandbox.NewBucket();
        var client = await sandbox.OpenAsync();
        using var fault = sandbox.Server.Faults.Add(
            request => request.Bucket == bucket, FaultAction.Fail(503, "ServiceUnavailable"), FaultLimit.For(TimeSpan.FromSeconds(3)));

        await SendManyAsync(client, bucket, Objects);

        Assert.Equal(Objects, sandbox.Server.Objects.Keys(bucket).Count);
        Assert.InRange(fault.Strikes, 1, Objects);
    }

    [Fact]
    public async Task No_object_fails_when_some_requests_are_refused_at_any_rate()
    {
        const int Objects = 300;
        var bucket = sandbox.NewBucket();
        var client = await sandbox.OpenAsync();
        using var fault = sandbox.Server.Faults.Add(
            request => IsOf(request, "PutObject", bucket), FaultAction.Fail(503, "SlowDown"), FaultLimit.Chance(0.4, seed: 1));

        await SendManyAsync(client, bucket, Objects);

        Assert.Equal(Objects, sandbox.Server.Objects.Keys(bucket).Count);
    }

    [Fact]
    public async Task An_outage_beyond_patience_ends_the_call()
    {
        var bucket = sandbox.NewBucket();
        var client = await sandbox.OpenAsync(settings: new TransferSettings { Limits = Hasty });
        using var fault = sandbox.Server.Faults.Add(request => request.Bucket == bucket, FaultAction.Fail(503, "SlowDown"), SandboxFaults.Always);

        var failure = await Assert.ThrowsAsync<CseException>(() => SendAsync(client, new ObjectAddress(bucket, "object"), [1]));

        Assert.Equal(ErrorId.ServiceUnavailable, failure.ErrorId);
        Assert.Equal(ErrorReach.AllObjects, failure.ErrorId.Reach());
        Assert.Contains("SlowDown", failure.Message);
    }

    [Theory]
    [InlineData("ListObjectsV2")]
    [InlineData("GenerateDataKey")]
    [InlineData("Decrypt")]
    [InlineData("CreateMultipartUpload")]
    public async Task An_answer_that_stalls_in_its_middle_is_asked_for_again(string operation)
    {
        var address = new ObjectAddress(sandbox.NewBucket(), "object");
        var kms = sandbox.Server.CreateKey();
        var client = await sandbox.OpenAsync(kmsKeyId: kms, settings: new TransferSettings { Limits = Hasty });
        var content = TestContent.Of(2 * Part.Size);
        using var fault = sandbox.Server.Faults.Add(
            request => request.Operation == operation && (request.Bucket == address.BucketName || request.Key == kms), FaultAction.StallBody(30));

        await SendAsync(client, address, content);
        Assert.Equal(content, await ReceiveAsync(client, address));
        await foreach (var item in client.ListAsync(address.BucketName, "", null, Cancellation))
        {
            Assert.Equal(address.Key, item.Key);
        }

        Assert.Equal(1, fault.Strikes);
    }

    [Fact]
    public async Task A_server_that_never_answers_is_told_of_and_given_up()
    {
        var address = new ObjectAddress(sandbox.NewBucket(), "object");
        var client = await sandbox.OpenAsync(settings: new TransferSettings { Limits = Hasty });
        using var fault = sandbox.Server.Faults.Hold(request => request.Bucket == address.BucketName);

        var upload = SendAsync(client, address, [1]);
        await Task.WhenAny(upload, Task.Run(() => SpinWait.SpinUntil(() => client.WaitsInVain is not null), Cancellation));

        Assert.Equal(sandbox.Server.HttpUrl, client.WaitsInVain);
        Assert.Equal(ErrorId.EndpointUnreachable, (await Assert.ThrowsAsync<CseException>(() => upload)).ErrorId);
    }

    [Fact]
    public async Task An_address_where_nothing_listens_is_tried_twice()
    {
        using var listener = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        var url = $"http://{listener.LocalEndpoint}";
        listener.Stop();
        var client = await new EncryptionSession().OpenAsync(
            sandbox.Connection() with { EndpointUrl = url }, new EncryptionSettings { Key = KeySource.Kms(sandbox.KmsKeyArn) }, new TransferSettings(), Cancellation);

        var failure = await Assert.ThrowsAsync<CseException>(() => SendAsync(client, new ObjectAddress("bucket", "object"), [1]).WaitAsync(TimeSpan.FromSeconds(10), Cancellation));

        Assert.Equal(ErrorId.EndpointUnreachable, failure.ErrorId);
    }

    [Fact]
    public async Task A_certificate_that_is_not_trusted_is_named_as_the_cause()
    {
        var client = await new EncryptionSession().OpenAsync(
            sandbox.Connection() with { EndpointUrl = sandbox.Server.HttpsUrl },
            new EncryptionSettings { Key = KeySource.Kms(sandbox.KmsKeyArn) },
            new TransferSettings(),
            Cancellation);

        var failure = await Assert.ThrowsAsync<CseException>(() => SendAsync(client, new ObjectAddress(sandbox.NewBucket(), "object"), [1]));

        Assert.Equal(ErrorId.CertificateUntrusted, failure.ErrorId);
        Assert.Contains("certificate", failure.Message);
    }

    [Fact]
    public async Task One_object_whose_body_is_always_short_is_its_own_error()
    {
        var bucket = sandbox.NewBucket();
        var client = await sandbox.OpenAsync();
        await SendAsync(client, new ObjectAddress(bucket, "short"), TestContent.Of(1000));
        using var fault = sandbox.Server.Faults.CutBody(request => IsOf(request, "GetObject", bucket), 0, SandboxFaults.Always);

        var failure = await Assert.ThrowsAsync<CseException>(() => ReceiveAsync(client, new ObjectAddress(bucket, "short")));

        Assert.Equal(ErrorId.BodyIncomplete, failure.ErrorId);
        Assert.Equal(ErrorReach.OneObject, failure.ErrorId.Reach());
    }

    [Fact]
    public async Task An_archived_object_is_no_denial()
    {
        var address = new ObjectAddress(sandbox.NewBucket(), "object");
        var client = await sandbox.OpenAsync();
        await SendAsync(client, address, [1]);
        sandbox.Server.Objects.Archive(address.BucketName, address.Key);

        var failure = await Assert.ThrowsAsync<CseException>(() => ReceiveAsync(client, address));

        Assert.Equal(ErrorId.ObjectArchived, failure.ErrorId);
    }

    [Theory]
    [InlineData("PutObject", -120, "120 minutes ahead of")]
    [InlineData("PutObject", 45, "45 minutes behind")]
    [InlineData("GenerateDataKey", -120, "120 minutes ahead of")]
    public async Task A_clock_that_is_wrong_is_told_by_how_much(string operation, int minutes, string expected)
    {
        var address = new ObjectAddress(sandbox.NewBucket(), "object");
        var kms = sandbox.Server.CreateKey();
        var client = await sandbox.OpenAsync(kmsKeyId: kms);
        using var fault = sandbox.Server.Faults.Add(
            request => request.Operation == operation && (request.Bucket == address.BucketName || request.Key == kms),
            FaultAction.SkewClock(TimeSpan.FromMinutes(minutes)),
            SandboxFaults.Always);

        var failure = await Assert.ThrowsAsync<CseException>(() => SendAsync(client, address, [1]));

        Assert.Equal(ErrorId.ClockSkewed, failure.ErrorId);
        Assert.Contains(expected, failure.Message);
    }

    [Theory]
    [InlineData(400, "ExpiredToken", ErrorId.CredentialsExpired)]
    [InlineData(403, "InvalidAccessKeyId", ErrorId.CredentialsInvalid)]
    [InlineData(403, "SignatureDoesNotMatch", ErrorId.CredentialsInvalid)]
    [InlineData(400, "InvalidToken", ErrorId.CredentialsInvalid)]
    [InlineData(403, "AccessDenied", ErrorId.S3AccessDenied)]
    [InlineData(404, "NoSuchBucket", ErrorId.NoSuchBucket)]
    [InlineData(404, "NoSuchKey", ErrorId.NoSuchKey)]
    public async Task Why_HEAD_was_refused_is_found_out(int status, string code, ErrorId expected)
    {
        var address = new ObjectAddress(sandbox.NewBucket(), "object");
        var client = await sandbox.OpenAsync();
        using var fault = sandbox.Server.Faults.Fail(
            request => request.Bucket == address.BucketName, status, code, message: "No, said S3", times: SandboxFaults.Always);

        var failure = await Assert.ThrowsAsync<CseException>(() => client.DescribeAsync(address, Cancellation));

        Assert.Equal(expected, failure.ErrorId);
        Assert.Equal(expected == ErrorId.S3AccessDenied, failure.Message.Contains("No, said S3", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_refusal_of_HEAD_that_passes_is_no_error()
    {
        var address = new ObjectAddress(sandbox.NewBucket(), "object");
        var client = await sandbox.OpenAsync();
        await SendAsync(client, address, []);
        using var fault = sandbox.Server.Faults.Fail(request => IsOf(request, "HeadObject", address.BucketName), 403, "AccessDenied");

        Assert.Equal(16, (await client.DescribeAsync(address, Cancellation)).Size);
    }

    [Fact]
    public async Task An_object_in_another_region_is_found_by_HEAD_alone()
    {
        sandbox.Server.CreateBucket("elsewhere", "eu-west-1");
        sandbox.Server.Objects.Put("elsewhere", "object", [1, 2, 3]);
        var client = await sandbox.OpenAsync();

        Assert.Equal(3, (await client.DescribeAsync(new ObjectAddress("elsewhere", "object"), Cancellation)).Size);
    }

    [Fact]
    public async Task Absence_costs_one_request_where_the_bucket_is_known()
    {
        var bucket = sandbox.NewBucket();
        var client = await sandbox.OpenAsync();
        await SendAsync(client, new ObjectAddress(bucket, "object"), [1]);

        await Assert.ThrowsAsync<CseException>(() => client.DescribeAsync(new ObjectAddress(bucket, "other"), Cancellation));

        Assert.Equal(0, sandbox.Server.Requests.Count(request => IsOf(request, "GetObject", bucket)));
    }

    [Fact]
    public async Task A_HEAD_that_tells_no_length_is_no_answer()
    {
        var address = new ObjectAddress(sandbox.NewBucket(), "object");
        var client = await sandbox.OpenAsync();
        await SendAsync(client, address, [1]);
        using var fault = sandbox.Server.Faults.Add(
            request => IsOf(request, "HeadObject", address.BucketName), FaultAction.WithoutHeader("Content-Length"), SandboxFaults.Always);

        Assert.Equal(ErrorId.AnswerInvalid, (await Assert.ThrowsAsync<CseException>(() => client.DescribeAsync(address, Cancellation))).ErrorId);
    }

    [Fact]
    public async Task The_same_bytes_are_sent_again_when_something_else_than_S3_answered()
    {
        var address = new ObjectAddress(sandbox.NewBucket(), "object");
        var client = await sandbox.OpenAsync();
        using var page = sandbox.Server.Faults.Add(request => IsOf(request, "PutObject", address.BucketName), FaultAction.Answer("text/html", "<html>Please sign in.</html>"));

        await SendAsync(client, address, [1, 2, 3]);

        Assert.Equal([1, 2, 3], await ReceiveAsync(client, address));
        var sent = sandbox.Server.Requests.Of("PutObject").Where(request => request.Bucket == address.BucketName).ToList();
        Assert.Equal(2, sent.Count);
        Assert.Single(sent.Select(request => (request.Headers["x-amz-meta-x-amz-i"], request.Headers["x-amz-checksum-crc32"])).Distinct());
    }

    [Theory]
    [InlineData("GetObject")]
    [InlineData("ListObjectsV2")]
    public async Task What_is_no_answer_is_asked_for_again(string operation)
    {
        var address = new ObjectAddress(sandbox.NewBucket(), "object");
        var client = await sandbox.OpenAsync();
        await SendAsync(client, address, [1, 2, 3]);
        using var nothing = sandbox.Server.Faults.Add(request => IsOf(request, operation, address.BucketName), FaultAction.Answer("application/xml", ""));

        var keys = new List<string>();
        await foreach (var item in client.ListAsync(address.BucketName, "", null, Cancellation))
        {
            keys.Add(item.Key);
        }

        Assert.Equal(["object"], keys);
        Assert.Equal([1, 2, 3], await ReceiveAsync(client, address));
        Assert.Equal(1, nothing.Strikes);
    }

    [Fact]
    public async Task Weak_ETags_do_not_make_an_object_look_changed()
    {
        var address = new ObjectAddress(sandbox.NewBucket(), "object");
        var client = await sandbox.OpenAsync();
        var content = TestContent.Of(3 * Part.Size);
        using var fault = sandbox.Server.Faults.Add(request => request.Bucket == address.BucketName, FaultAction.WeakenETags, SandboxFaults.Always);

        await SendAsync(client, address, content);

        Assert.Equal(content, await ReceiveAsync(client, address));
        Assert.All(
            sandbox.Server.Requests.Of("GetObject").Where(request => request.Bucket == address.BucketName),
            request => Assert.DoesNotContain("if-match", request.Headers.Keys));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(-15)]
    [InlineData(-16)]
    [InlineData(-17)]
    [InlineData(1)]
    public async Task No_part_is_longer_than_the_others(int beyondTwoParts)
    {
        var address = new ObjectAddress(sandbox.NewBucket(), "object");
        var client = await sandbox.OpenAsync();
        var content = TestContent.Of((2 * Part.Size) + beyondTwoParts);
        var uneven = StoreRules.CompletesUnevenParts();
        using var fault = sandbox.Server.Faults.Add(
            request => request.Bucket == address.BucketName && uneven(request), FaultAction.Fail(400, "InvalidPart"), SandboxFaults.Always);

        await SendAsync(client, address, content);

        Assert.Equal(content, await ReceiveAsync(client, address));
    }

    [Fact]
    public async Task A_slow_uplink_is_slow_and_no_stall()
    {
        // A hundredth of the usual time: 20 MB at 6.4 MB a second for 200 MB at 512 kbit a second, and a stall is one second.
        var address = new ObjectAddress(sandbox.NewBucket(), "object");
        var client = await sandbox.OpenAsync(settings: new TransferSettings { Limits = new TimeLimits { Silence = TimeSpan.FromSeconds(1) } });
        var content = TestContent.Of(20_000_000);
        using var fault = sandbox.Server.Faults.Add(
            request => request.Bucket == address.BucketName, FaultAction.SlowUpload(6_400_000), SandboxFaults.Always);

        await SendAsync(client, address, content);

        Assert.Equal(2, sandbox.Server.Requests.Count(request => request.Bucket == address.BucketName && request.Operation == "UploadPart"));
        Assert.Equal(content, await ReceiveAsync(client, address));
    }

    private static bool IsOf(SandboxRequest request, string operation, string bucket) => request.Operation == operation && request.Bucket == bucket;

    private static Task<TransferResult> SendAsync(S3EncryptionClient client, ObjectAddress address, byte[] content, bool instructionFile = false) =>
        client.UploadAsync(
            new UploadRequest(address, UploadSource.FromBytes(content)) { InstructionFile = instructionFile }, NullObserver.Instance, Cancellation);

    private static async Task<byte[]> ReceiveAsync(S3EncryptionClient client, ObjectAddress address) =>
        (await client.DownloadBytesAsync(new DownloadRequest(address), NullObserver.Instance, Cancellation)).Plaintext;

    private static Task SendManyAsync(S3EncryptionClient client, string bucket, int count) => Parallel.ForEachAsync(
        Enumerable.Range(0, count),
        new ParallelOptions { MaxDegreeOfParallelism = 16, CancellationToken = Cancellation },
        async (number, _) => await SendAsync(client, new ObjectAddress(bucket, $"{number}"), [1, 2, 3]));

    private async Task AssertIncompleteAsync<T>(
        string bucket, string operation, string damage, int page, Func<S3EncryptionClient, IAsyncEnumerable<T>> list)
    {
        var client = await sandbox.OpenAsync();
        var action = damage switch
        {
            nameof(FaultAction.TruncateWithoutToken) => FaultAction.TruncateWithoutToken,
            nameof(FaultAction.RepeatToken) => FaultAction.RepeatToken,
            nameof(FaultAction.AnswerHtml) => FaultAction.AnswerHtml,
            nameof(FaultAction.AnswerNothing) => FaultAction.AnswerNothing,
            ['<', ..] => FaultAction.EndBefore(damage),
            _ => FaultAction.WithoutElement(damage),
        };
        using var fault = sandbox.Server.Faults.Add(request => IsOf(request, operation, bucket), action, FaultLimit.From(page));

        var listed = 0;
        var failure = await Assert.ThrowsAsync<CseException>(async () =>
        {
            await foreach (var item in list(client))
            {
                listed++;
            }
        });

        Assert.Equal(ErrorId.ListingIncomplete, failure.ErrorId);
        Assert.Contains($"after {listed:N0} entries", failure.Message);
        Assert.InRange(listed, 0, 1000);
    }

    private void Fill(string bucket, int count)
    {
        for (var i = 0; i < count; i++)
        {
            sandbox.Server.Objects.Put(bucket, $"{i:0000}", [1]);
        }
    }
}
