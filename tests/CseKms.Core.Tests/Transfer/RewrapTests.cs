using System.Security.Cryptography;
using Amazon.S3.Model;
using CseKms.Core.Content;
using CseKms.Core.Session;
using CseKms.Core.Settings;
using CseKms.Core.Tests.Interop;
using CseKms.Core.Transfer;
using CseKms.Sandbox;
using Xunit;

namespace CseKms.Core.Tests.Transfer;

/// <summary>Data keys of stored objects wrapped anew.</summary>
public class RewrapTests(SandboxFixture sandbox)
{
    private static readonly byte[] Content = TestContent.Of(100_000);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(CommitmentPolicy.RequireEncryptAllowDecrypt, false)]
    [InlineData(CommitmentPolicy.RequireEncryptAllowDecrypt, true)]
    [InlineData(CommitmentPolicy.ForbidEncryptAllowDecrypt, false)]
    [InlineData(CommitmentPolicy.ForbidEncryptAllowDecrypt, true)]
    public async Task An_object_is_read_under_the_new_key_and_not_under_the_old_one(CommitmentPolicy policy, bool withInstructionFile)
    {
        var newKey = sandbox.Server.CreateKey();
        var context = new Dictionary<string, string> { ["部門"] = "経理" };
        var address = await SendAsync(sandbox.NewBucket(), policy, context, instructionFile: withInstructionFile);
        var identity = NewIdentity();

        var client = await OpenAsync(new RewrapSettings { Key = KeySource.Kms(newKey) }, policy, context, identity: identity);
        var result = await client.RewrapAsync(new RewrapRequest(address), NullObserver.Instance, Cancellation);

        Assert.Equal((newKey, sandbox.KmsKeyArn, false), (result.KmsKeyId, result.OldKmsKeyId, result.InTwoRequests));
        Assert.Equal(Content, await ReceiveAsync(address, newKey, policy, context));
        await Assert.ThrowsAsync<CseException>(() => ReceiveAsync(address, sandbox.KmsKeyArn, policy, context));
        Assert.DoesNotContain("Decrypt", Operations(identity));
    }

    [Fact]
    public async Task No_byte_of_the_body_passes_through()
    {
        var address = await SendAsync(sandbox.NewBucket(), content: TestContent.Of(Part.Size + 5));
        var identity = NewIdentity();
        var client = await OpenAsync(new RewrapSettings { Key = KeySource.Kms(sandbox.Server.CreateKey()) }, identity: identity);

        await client.RewrapAsync(new RewrapRequest(address), NullObserver.Instance, Cancellation);

        Assert.Equal(
            ["HeadObject", "ReEncrypt", "GetBucketOwnershipControls", "GetObjectLockConfiguration", "CopyObject", "HeadObject"],
            Operations(identity));
    }

    [Fact]
    public async Task Pairs_are_kept_or_replaced_and_the_place_stays_bound()
    {
        var (bucket, old) = (sandbox.NewBucket(), new Dictionary<string, string> { ["team"] = "a" });
        var address = await SendAsync(bucket, context: old, bindLocation: true);
        var renewed = new Dictionary<string, string> { ["team"] = "b" };

        await (await OpenAsync(new RewrapSettings { EncryptionContext = renewed }, context: old))
            .RewrapAsync(new RewrapRequest(address), NullObserver.Instance, Cancellation);

        var found = await (await sandbox.OpenAsync()).DescribeAsync(address, Cancellation);
        Assert.Equal(
            ["aws:x-amz-cek-alg=115", $"csekms:bucket={bucket}", "csekms:key=object", "team=b"],
            found.Envelope!.StoredContext.Select(pair => $"{pair.Key}={pair.Value}").Order(StringComparer.Ordinal));
        Assert.Equal(Content, await ReceiveAsync(address, sandbox.KmsKeyArn, context: renewed));
    }

    [Fact]
    public async Task An_object_that_a_receive_refuses_is_refused_before_KMS_is_asked()
    {
        var bucket = sandbox.NewBucket();
        var v2 = await SendAsync(bucket, CommitmentPolicy.ForbidEncryptAllowDecrypt);
        var other = await SendAsync(bucket, context: new Dictionary<string, string> { ["a"] = "b" }, key: "other");
        var identity = NewIdentity();
        var client = await OpenAsync(new RewrapSettings { Key = KeySource.Kms(sandbox.Server.CreateKey()) }, identity: identity);

        var policy = await Assert.ThrowsAsync<CseException>(() => client.RewrapAsync(new RewrapRequest(v2), NullObserver.Instance, Cancellation));
        var context = await Assert.ThrowsAsync<CseException>(() => client.RewrapAsync(new RewrapRequest(other), NullObserver.Instance, Cancellation));

        Assert.Equal((ErrorId.CommitmentRequired, ErrorId.ContextMismatch), (policy.ErrorId, context.ErrorId));
        Assert.DoesNotContain("ReEncrypt", Operations(identity));
    }

    [Fact]
    public async Task All_that_stands_beside_it_stays()
    {
        var bucket = $"rewrap-kept-{Guid.NewGuid():N}";
        sandbox.Server.CreateBucket(bucket, acls: BucketAcls.Enabled, objectLock: true);
        var attributes = new ObjectAttributes
        {
            ContentType = "text/csv",
            Metadata = new Dictionary<string, string> { ["owner"] = "me" },
            Headers = new Dictionary<string, string> { ["Cache-Control"] = "private", ["Expires"] = "Sun, 31 Jan 2100 10:30:00 GMT" },
            Tags = new Dictionary<string, string> { ["team"] = "a" },
            StorageClass = "STANDARD_IA",
            ServerSideEncryption = "aws:kms",
            ServerSideEncryptionKmsKeyId = sandbox.KmsKeyArn,
            CannedAcl = "public-read",
            ObjectLockMode = "GOVERNANCE",
            ObjectLockRetainUntil = new DateTimeOffset(2100, 1, 1, 0, 0, 0, TimeSpan.Zero),
            ObjectLockLegalHold = "ON",
        };
        var address = await SendAsync(bucket, attributes: attributes);
        var before = sandbox.Server.Objects.Get(bucket, "object");
        var client = await OpenAsync(new RewrapSettings { Key = KeySource.Kms(sandbox.Server.CreateKey()) });

        await client.RewrapAsync(new RewrapRequest(address), NullObserver.Instance, Cancellation);

        var after = sandbox.Server.Objects.Get(bucket, "object");
        Assert.Equal(before.Headers, after.Headers);
        Assert.Equal(before.Tags, after.Tags);
        Assert.Equal(before.Encryption, after.Encryption);
        Assert.Equal((before.StorageClass, before.Lock, "me"), (after.StorageClass, after.Lock, after.Metadata["owner"]));
        Assert.Equal(
            ["FULL_CONTROL id", "READ uri=\"http://acs.amazonaws.com/groups/global/AllUsers\""],
            after.Grants.Select(grant => grant.Contains(" id=", StringComparison.Ordinal) ? grant[..grant.IndexOf('=', StringComparison.Ordinal)] : grant));
    }

    [Fact]
    public async Task What_may_not_be_read_is_named_and_the_object_left_alone()
    {
        var bucket = $"rewrap-acl-{Guid.NewGuid():N}";
        sandbox.Server.CreateBucket(bucket, acls: BucketAcls.Enabled);
        var address = await SendAsync(bucket);
        var metadata = sandbox.Server.Objects.Metadata(bucket, "object");
        var identity = NewIdentity();
        sandbox.Server.Deny(identity, "GetObjectAcl");
        var client = await OpenAsync(new RewrapSettings { Key = KeySource.Kms(sandbox.Server.CreateKey()) }, identity: identity);

        var failure = await Assert.ThrowsAsync<CseException>(() => client.RewrapAsync(new RewrapRequest(address), NullObserver.Instance, Cancellation));
        Assert.Equal(metadata, sandbox.Server.Objects.Metadata(bucket, "object"));
        await client.RewrapAsync(new RewrapRequest(address) { MayLoseAttributes = true }, NullObserver.Instance, Cancellation);

        Assert.Equal(ErrorId.AttributesUnreadable, failure.ErrorId);
        Assert.Contains("its ACL", failure.Message, StringComparison.Ordinal);
        Assert.NotEqual(metadata, sandbox.Server.Objects.Metadata(bucket, "object"));
    }

    [Fact]
    public async Task Keys_of_two_regions_take_two_requests()
    {
        var far = sandbox.Server.CreateKey(region: "eu-central-1");
        var address = await SendAsync(sandbox.NewBucket());
        var client = await OpenAsync(new RewrapSettings { Key = KeySource.Kms(far) });

        var result = await client.RewrapAsync(new RewrapRequest(address), NullObserver.Instance, Cancellation);

        Assert.Equal((true, far, sandbox.KmsKeyArn), (result.InTwoRequests, result.KmsKeyId, result.OldKmsKeyId));
        Assert.Equal(Content, await ReceiveAsync(address, far));
    }

    [Fact]
    public async Task A_denied_ReEncrypt_is_told_and_never_gone_round()
    {
        var address = await SendAsync(sandbox.NewBucket());
        var identity = NewIdentity();
        sandbox.Server.Deny(identity, "ReEncrypt");
        var client = await OpenAsync(new RewrapSettings { Key = KeySource.Kms(sandbox.Server.CreateKey()) }, identity: identity);

        var failure = await Assert.ThrowsAsync<CseException>(() => client.RewrapAsync(new RewrapRequest(address), NullObserver.Instance, Cancellation));

        Assert.Equal(ErrorId.KmsAccessDenied, failure.ErrorId);
        Assert.Equal(Content, await ReceiveAsync(address, sandbox.KmsKeyArn));
    }

    [Fact]
    public async Task An_old_version_is_never_copied_over_the_current_one()
    {
        var bucket = sandbox.NewBucket(versioned: true);
        var old = await SendAsync(bucket);
        await SendAsync(bucket, content: [1, 2, 3]);
        var client = await OpenAsync(new RewrapSettings { Key = KeySource.Kms(sandbox.Server.CreateKey()) });

        var failure = await Assert.ThrowsAsync<CseException>(() => client.RewrapAsync(new RewrapRequest(old), NullObserver.Instance, Cancellation));

        Assert.Equal(ErrorId.NotCurrentVersion, failure.ErrorId);
        Assert.Equal([1, 2, 3], await ReceiveAsync(old with { VersionId = null }, sandbox.KmsKeyArn));
    }

    [Fact]
    public async Task Of_two_rewraps_at_once_one_wins_and_the_object_is_readable()
    {
        string[] keys = [.. Enumerable.Range(0, 4).Select(_ => sandbox.Server.CreateKey())];
        var address = await SendAsync(sandbox.NewBucket());

        await Task.WhenAll(keys.Select(async key =>
        {
            try
            {
                var client = await OpenAsync(new RewrapSettings { Key = KeySource.Kms(key) }, source: [sandbox.KmsKeyArn, .. keys]);
                await client.RewrapAsync(new RewrapRequest(address), NullObserver.Instance, Cancellation);
            }
            catch (CseException failure) when (failure.ErrorId is ErrorId.ObjectChanged or ErrorId.EnvelopeNotStored or ErrorId.WriteConflict)
            {
                // Somebody else was faster.
            }
        }));

        Assert.Equal(Content, await ReceiveAsync(address, [sandbox.KmsKeyArn, .. keys]));
    }

    [Theory]
    [InlineData("CopyObject")]
    [InlineData("HeadObject")]
    public async Task A_lost_reply_is_found_out(string operation)
    {
        var (address, newKey) = (await SendAsync(sandbox.NewBucket()), sandbox.Server.CreateKey());
        var client = await OpenAsync(new RewrapSettings { Key = KeySource.Kms(newKey) });
        using var drop = sandbox.Server.Faults.DropReply(request => request.Operation == operation && request.Bucket == address.BucketName);

        await client.RewrapAsync(new RewrapRequest(address), NullObserver.Instance, Cancellation);

        Assert.Equal(1, drop.Strikes);
        Assert.Equal(Content, await ReceiveAsync(address, newKey));
    }

    [Fact]
    public async Task A_store_that_keeps_the_old_metadata_is_found_out()
    {
        var bucket = sandbox.NewBucket();
        var address = await SendAsync(bucket);
        var metadata = sandbox.Server.Objects.Metadata(bucket, "object");
        var client = await OpenAsync(new RewrapSettings { Key = KeySource.Kms(sandbox.Server.CreateKey()) });
        using var hold = sandbox.Server.Faults.Hold(request => request.Operation == "HeadObject" && request.Bucket == bucket, FaultLimit.Only(2));

        var rewrap = client.RewrapAsync(new RewrapRequest(address), NullObserver.Instance, Cancellation);
        await hold.Struck.WaitAsync(Cancellation);
        sandbox.Server.Objects.SetMetadata(bucket, "object", metadata);
        hold.Release();

        Assert.Equal(ErrorId.EnvelopeNotStored, (await Assert.ThrowsAsync<CseException>(() => rewrap)).ErrorId);
    }

    [Fact]
    public async Task A_key_that_opens_no_V3_object_wraps_none()
    {
        var address = await SendAsync(sandbox.NewBucket());
        using var shortKey = RawKey.FromAes(new byte[16]);
        var client = await OpenAsync(new RewrapSettings { Key = KeySource.Raw([shortKey]) });

        var failure = await Assert.ThrowsAsync<CseException>(() => client.RewrapAsync(new RewrapRequest(address), NullObserver.Instance, Cancellation));

        Assert.Equal(ErrorId.WrappingKeyInvalid, failure.ErrorId);
        Assert.Equal(Content, await ReceiveAsync(address, sandbox.KmsKeyArn));
    }

    [Fact]
    public async Task A_copy_that_cannot_be_looked_at_is_told_apart_and_has_its_instruction_file()
    {
        var bucket = sandbox.NewBucket();
        var address = await SendAsync(bucket, instructionFile: true);
        var target = new ObjectAddress(bucket, "copy");
        using var deny = sandbox.Server.Faults.Fail(
            request => request.Operation is "HeadObject" or "GetObject" && request.Bucket == bucket && request.Key == "copy", 403, "AccessDenied", times: FaultLimit.From(1));

        var failure = await Assert.ThrowsAsync<CseException>(async () =>
            await (await OpenAsync(new RewrapSettings())).CopyAsync(new CopyRequest(address, target), NullObserver.Instance, Cancellation));
        deny.Dispose();

        Assert.Equal(ErrorId.CopyNotConfirmed, failure.ErrorId);
        Assert.Equal(Content, await ReceiveAsync(target, sandbox.KmsKeyArn));
    }

    [Fact]
    public async Task An_earlier_copy_is_not_taken_for_this_one()
    {
        var bucket = sandbox.NewBucket();
        var (address, target) = (await SendAsync(bucket), new ObjectAddress(bucket, "copy"));
        var client = await OpenAsync(new RewrapSettings());
        await client.CopyAsync(new CopyRequest(address, target), NullObserver.Instance, Cancellation);

        var failure = await Assert.ThrowsAsync<CseException>(() =>
            client.CopyAsync(new CopyRequest(address, target) { NoClobber = true }, NullObserver.Instance, Cancellation));

        Assert.Equal(ErrorId.AlreadyExists, failure.ErrorId);
    }

    [Fact]
    public async Task A_conflict_of_writers_is_told_and_never_unexpected()
    {
        var bucket = sandbox.NewBucket();
        var address = await SendAsync(bucket, CommitmentPolicy.ForbidEncryptAllowDecrypt);
        using var conflict = sandbox.Server.Faults.Fail(
            request => request.Operation == "PutObject" && request.Bucket == bucket, 409, "ConditionalRequestConflict", times: FaultLimit.From(1));

        var failure = await Assert.ThrowsAsync<CseException>(async () =>
            await (await OpenAsync(new RewrapSettings(), CommitmentPolicy.RequireEncryptAllowDecrypt))
                .UpgradeAsync(new RewrapRequest(address), NullObserver.Instance, Cancellation));

        Assert.Equal(ErrorId.WriteConflict, failure.ErrorId);
    }

    [Theory]
    [InlineData("GetBucketOwnershipControls")]
    [InlineData("GetObjectLockConfiguration")]
    public async Task A_failure_of_a_question_about_the_bucket_is_the_one_objects(string operation)
    {
        var bucket = sandbox.NewBucket();
        var address = await SendAsync(bucket);
        var client = await OpenAsync(new RewrapSettings { Key = KeySource.Kms(sandbox.Server.CreateKey()) });
        using (sandbox.Server.Faults.Fail(request => request.Operation == operation && request.Bucket == bucket, 400, "RequestTimeout", times: FaultLimit.From(1)))
        {
            await Assert.ThrowsAsync<CseException>(() => client.RewrapAsync(new RewrapRequest(address), NullObserver.Instance, Cancellation));
        }

        await client.RewrapAsync(new RewrapRequest(address), NullObserver.Instance, Cancellation);
    }

    [Fact]
    public async Task An_object_that_all_may_write_is_updated_too()
    {
        var bucket = $"rewrap-public-{Guid.NewGuid():N}";
        sandbox.Server.CreateBucket(bucket, acls: BucketAcls.Enabled);
        var address = await SendAsync(bucket, attributes: new() { CannedAcl = "public-read-write" });
        var client = await OpenAsync(new RewrapSettings { Key = KeySource.Kms(sandbox.Server.CreateKey()) });

        await client.RewrapAsync(new RewrapRequest(address), NullObserver.Instance, Cancellation);

        Assert.Contains(sandbox.Server.Objects.Get(bucket, "object").Grants, grant => grant.StartsWith("READ uri=", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_bound_object_does_not_go_under_a_key_that_binds_nothing()
    {
        var address = await SendAsync(sandbox.NewBucket(), bindLocation: true);
        using var key = RawKey.FromAes(new byte[32]);
        var client = await OpenAsync(new RewrapSettings { Key = KeySource.Raw([key]) });

        var failure = await Assert.ThrowsAsync<CseException>(() => client.RewrapAsync(new RewrapRequest(address), NullObserver.Instance, Cancellation));

        Assert.Equal(ErrorId.NotForThisKey, failure.ErrorId);
    }

    [Fact]
    public async Task Beyond_5_GiB_it_is_copied_in_parts_with_all_that_stands_beside_it()
    {
        var (bucket, newKey, identity) = (sandbox.NewBucket(), sandbox.Server.CreateKey(), NewIdentity());
        await SendAsync(bucket, attributes: new() { Metadata = new Dictionary<string, string> { ["owner"] = "me" }, Tags = new Dictionary<string, string> { ["t"] = "1" } });
        var address = new ObjectAddress(bucket, "large");
        await GrowAsync(bucket, size: 6L << 30);
        var before = sandbox.Server.Objects.Get(bucket, "large");
        var client = await OpenAsync(new RewrapSettings { Key = KeySource.Kms(newKey) }, identity: identity);

        await client.RewrapAsync(new RewrapRequest(address), NullObserver.Instance, Cancellation);

        var after = sandbox.Server.Objects.Get(bucket, "large");
        Assert.Equal((before.Size, "me", "1"), (after.Size, after.Metadata["owner"], after.Tags["t"]));
        Assert.NotEqual(before.Metadata["x-amz-3"], after.Metadata["x-amz-3"]);
        Assert.Equal(before.Metadata["x-amz-i"], after.Metadata["x-amz-i"]);
        Assert.Contains("UploadPartCopy", Operations(identity));
        Assert.DoesNotContain("CopyObject", Operations(identity));
        Assert.Equal(0, sandbox.Server.Objects.OpenUploads(bucket));
    }

    [Theory]
    [InlineData(CommitmentPolicy.ForbidEncryptAllowDecrypt, 0)]
    [InlineData(CommitmentPolicy.ForbidEncryptAllowDecrypt, 1000)]
    [InlineData(CommitmentPolicy.ForbidEncryptAllowDecrypt, Part.Size)]
    [InlineData(CommitmentPolicy.RequireEncryptAllowDecrypt, Part.Size * 2)]
    [InlineData(CommitmentPolicy.RequireEncryptAllowDecrypt, (Part.Size * 2) + 17)]
    public async Task An_upgrade_encrypts_anew_as_V3(CommitmentPolicy policy, int size)
    {
        var content = TestContent.Of(size);
        var context = new Dictionary<string, string> { ["a"] = "b" };
        var attributes = new ObjectAttributes { Metadata = new Dictionary<string, string> { ["owner"] = "me" }, ContentType = "text/csv", Tags = new Dictionary<string, string> { ["t"] = "1" } };
        var address = await SendAsync(sandbox.NewBucket(), policy, context, content, attributes);
        var before = sandbox.Server.Objects.Bytes(address.BucketName, address.Key);
        var client = await OpenAsync(new RewrapSettings(), CommitmentPolicy.RequireEncryptAllowDecrypt, context);

        var result = await client.UpgradeAsync(new RewrapRequest(address), NullObserver.Instance, Cancellation);

        Assert.Equal("V3", result.Format);
        Assert.Equal(content, await ReceiveAsync(address, sandbox.KmsKeyArn, CommitmentPolicy.RequireEncryptRequireDecrypt, context));
        var stored = sandbox.Server.Objects.Get(address.BucketName, address.Key);
        Assert.Equal(("me", "text/csv", "1"), (stored.Metadata["owner"], stored.Headers["Content-Type"], stored.Tags["t"]));
        Assert.NotEqual(before, sandbox.Server.Objects.Bytes(address.BucketName, address.Key));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(31)]
    [InlineData(Part.Size - 1)]
    [InlineData(Part.Size)]
    [InlineData(Part.Size + 1)]
    public async Task CBC_content_is_upgraded_where_that_is_allowed(int size)
    {
        var content = TestContent.Of(size);
        var address = StoreCbc(content);

        await UpgradeLegacyAsync(address);

        Assert.Equal(content, await ReceiveAsync(address, sandbox.KmsKeyArn));
    }

    [Fact]
    public async Task CBC_content_with_bad_padding_is_not_upgraded()
    {
        var address = StoreCbc(TestContent.Of(Part.Size + 1));
        var bytes = sandbox.Server.Objects.Bytes(address.BucketName, address.Key);
        bytes[^20] ^= 0x80;
        sandbox.Server.Objects.SetBytes(address.BucketName, address.Key, bytes);

        var failure = await Assert.ThrowsAsync<CseException>(() => UpgradeLegacyAsync(address));

        Assert.Equal(ErrorId.DecryptionFailed, failure.ErrorId);
        Assert.Equal(bytes, sandbox.Server.Objects.Bytes(address.BucketName, address.Key));
        Assert.Equal(0, sandbox.Server.Objects.OpenUploads(address.BucketName));
    }

    [Fact]
    public async Task A_legacy_object_is_not_wrapped_anew()
    {
        var address = StoreCbc([1, 2, 3]);
        var client = await OpenLegacyAsync();

        var failure = await Assert.ThrowsAsync<CseException>(() => client.RewrapAsync(new RewrapRequest(address), NullObserver.Instance, Cancellation));

        Assert.Equal(ErrorId.RewrapImpossible, failure.ErrorId);
    }

    [Theory]
    [InlineData(1000)]
    [InlineData((Part.Size * 2) + 17)]
    public async Task A_damaged_object_is_not_upgraded(int size)
    {
        var address = await SendAsync(sandbox.NewBucket(), CommitmentPolicy.ForbidEncryptAllowDecrypt, content: TestContent.Of(size));
        var bytes = sandbox.Server.Objects.Bytes(address.BucketName, address.Key);
        bytes[size - 1] ^= 1;
        sandbox.Server.Objects.SetBytes(address.BucketName, address.Key, bytes);
        var client = await OpenAsync(new RewrapSettings(), CommitmentPolicy.RequireEncryptAllowDecrypt);

        var failure = await Assert.ThrowsAsync<CseException>(() => client.UpgradeAsync(new RewrapRequest(address), NullObserver.Instance, Cancellation));

        Assert.Equal(ErrorId.AuthenticationFailed, failure.ErrorId);
        Assert.Equal(bytes, sandbox.Server.Objects.Bytes(address.BucketName, address.Key));
        Assert.Equal(0, sandbox.Server.Objects.OpenUploads(address.BucketName));
    }

    // An object as large as no test encrypts: its bytes are copied inside the sandbox, its envelope is the small one's.
    private async Task GrowAsync(string bucket, long size)
    {
        using var s3 = new TestEndpoint(sandbox.Connection());
        const int Piece = 64 << 20;
        sandbox.Server.Objects.Put(bucket, "piece", new byte[Piece]);
        await CopyPartsAsync("piece", Piece, "unit", 16, new Dictionary<string, string>());
        await CopyPartsAsync("unit", 16L * Piece, "large", (int)(size / (16L * Piece)), sandbox.Server.Objects.Metadata(bucket, "object"));

        async Task CopyPartsAsync(string source, long length, string key, int count, IReadOnlyDictionary<string, string> metadata)
        {
            var begin = new InitiateMultipartUploadRequest { BucketName = bucket, Key = key, TagSet = [new Tag { Key = "t", Value = "1" }] };
            foreach (var (name, value) in metadata)
            {
                begin.Metadata[name] = value;
            }

            var upload = await s3.S3.InitiateMultipartUploadAsync(begin, Cancellation);
            var parts = new List<PartETag>();
            for (var number = 1; number <= count; number++)
            {
                var part = await s3.S3.CopyPartAsync(
                    new CopyPartRequest
                    {
                        SourceBucket = bucket, SourceKey = source, DestinationBucket = bucket, DestinationKey = key,
                        UploadId = upload.UploadId, PartNumber = number, FirstByte = 0, LastByte = length - 1,
                    },
                    Cancellation);
                parts.Add(new PartETag(number, part.ETag));
            }

            await s3.S3.CompleteMultipartUploadAsync(
                new CompleteMultipartUploadRequest { BucketName = bucket, Key = key, UploadId = upload.UploadId, PartETags = parts }, Cancellation);
        }
    }

    private async Task UpgradeLegacyAsync(ObjectAddress address) =>
        await (await OpenLegacyAsync()).UpgradeAsync(new RewrapRequest(address), NullObserver.Instance, Cancellation);

    private Task<S3EncryptionClient> OpenLegacyAsync() => new EncryptionSession().OpenAsync(
        sandbox.Connection(),
        new EncryptionSettings
        {
            Key = KeySource.Kms(sandbox.KmsKeyArn),
            CommitmentPolicy = CommitmentPolicy.RequireEncryptAllowDecrypt,
            AllowedLegacy = LegacyModes.Content | LegacyModes.Wrapping,
            Rewrap = new RewrapSettings(),
        },
        new TransferSettings(),
        Cancellation);

    private ObjectAddress StoreCbc(byte[] content)
    {
        var address = new ObjectAddress(sandbox.NewBucket(), "object");
        var context = new Dictionary<string, string> { ["kms_cmk_id"] = sandbox.KmsKeyArn };
        var (dataKey, wrapped) = sandbox.Server.GenerateDataKey(sandbox.KmsKeyArn, context);
        using var aes = Aes.Create();
        aes.Key = dataKey;
        var metadata = new Dictionary<string, string>
        {
            ["x-amz-key-v2"] = Convert.ToBase64String(wrapped),
            ["x-amz-iv"] = Convert.ToBase64String(aes.IV),
            ["x-amz-matdesc"] = $$"""{"kms_cmk_id":"{{sandbox.KmsKeyArn}}"}""",
            ["x-amz-wrap-alg"] = "kms",
            ["x-amz-cek-alg"] = "AES/CBC/PKCS5Padding",
        };
        sandbox.Server.Objects.Put(address.BucketName, address.Key, aes.EncryptCbc(content, aes.IV), metadata);
        return address;
    }

    private SandboxIdentity NewIdentity() => sandbox.Server.AddIdentity($"rewrap-{Guid.NewGuid():N}");

    private IEnumerable<string> Operations(SandboxIdentity identity) =>
        sandbox.Server.Requests.All.Where(request => request.Identity == identity).Select(request => request.Operation);

    private async Task<ObjectAddress> SendAsync(
        string bucket,
        CommitmentPolicy policy = default,
        IReadOnlyDictionary<string, string>? context = null,
        byte[]? content = null,
        ObjectAttributes? attributes = null,
        bool instructionFile = false,
        bool bindLocation = false,
        string key = "object")
    {
        var client = await new EncryptionSession().OpenAsync(
            sandbox.Connection(),
            new EncryptionSettings
            {
                Key = KeySource.Kms(sandbox.KmsKeyArn),
                CommitmentPolicy = policy,
                EncryptionContext = context ?? new Dictionary<string, string>(),
                BindLocation = bindLocation,
            },
            new TransferSettings(),
            Cancellation);
        var address = new ObjectAddress(bucket, key);
        var sent = await client.UploadAsync(
            new UploadRequest(address, UploadSource.FromBytes(content ?? Content)) { Attributes = attributes ?? new(), InstructionFile = instructionFile },
            NullObserver.Instance,
            Cancellation);
        return address with { VersionId = sent.VersionId };
    }

    private Task<byte[]> ReceiveAsync(
        ObjectAddress address, string kmsKeyId, CommitmentPolicy policy = default, IReadOnlyDictionary<string, string>? context = null) =>
        ReceiveAsync(address, [kmsKeyId], policy, context);

    private async Task<byte[]> ReceiveAsync(
        ObjectAddress address, string[] kmsKeyIds, CommitmentPolicy policy = default, IReadOnlyDictionary<string, string>? context = null)
    {
        var client = await OpenAsync(rewrap: null, policy, context, kmsKeyIds);
        return (await client.DownloadBytesAsync(new DownloadRequest(address), NullObserver.Instance, Cancellation)).Plaintext;
    }

    private Task<S3EncryptionClient> OpenAsync(
        RewrapSettings? rewrap,
        CommitmentPolicy policy = default,
        IReadOnlyDictionary<string, string>? context = null,
        string[]? source = null,
        SandboxIdentity? identity = null) =>
        new EncryptionSession().OpenAsync(
            sandbox.Connection(identity),
            new EncryptionSettings
            {
                Key = KeySource.Kms(source ?? [sandbox.KmsKeyArn]),
                CommitmentPolicy = policy,
                EncryptionContext = context ?? new Dictionary<string, string>(),
                Rewrap = rewrap,
            },
            new TransferSettings(),
            Cancellation);
}
