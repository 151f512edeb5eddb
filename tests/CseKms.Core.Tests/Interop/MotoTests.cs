using System.Text;
using Amazon.S3;
using Amazon.S3.Model;
using CseKms.Core.Content;
using CseKms.Core.Session;
using CseKms.Core.Settings;
using CseKms.Core.Transfer;
using Xunit;

namespace CseKms.Core.Tests.Interop;

/// <summary>What a user does, against an S3 and KMS that is not ours.</summary>
[Needs(Interpreter.PythonCommand)]
public sealed class MotoTests(MotoFixture fixture) : IAsyncLifetime
{
    private const int MiB = 1 << 20;

    private static readonly int[] Sizes = [0, 1, 15, 16, 17, MiB, Part.Size - 1, Part.Size, Part.Size + 1, 40 * MiB];

    private TestEndpoint _moto = null!;
    private string _kmsKey = null!;
    private string _bucket = null!;

    public static TheoryData<int, CommitmentPolicy, string> SizesAndPolicies => new(
        from size in Sizes
        from format in new[] { (CommitmentPolicy.RequireEncryptRequireDecrypt, "V3"), (CommitmentPolicy.ForbidEncryptAllowDecrypt, "V2") }
        select (size, format.Item1, format.Item2));

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _moto = await fixture.GetAsync();
        _kmsKey = await _moto.NewKeyAsync();
        _bucket = await _moto.NewBucketAsync();
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Theory]
    [MemberData(nameof(SizesAndPolicies))]
    public async Task A_file_comes_back_byte_for_byte(int size, CommitmentPolicy policy, string format)
    {
        using var folder = new TemporaryFolder();
        var content = TestContent.Of(size);
        var address = new ObjectAddress(_bucket, "folder/object");
        var client = await _moto.OpenAsync(_kmsKey, policy);

        var sent = await client.UploadAsync(
            new UploadRequest(address, UploadSource.FromFile(folder.Write("source", content))), NullObserver.Instance, Cancellation);
        var received = await client.DownloadAsync(
            new DownloadRequest(address), FileDestination.Exactly(folder.File("target"), overwrite: false), NullObserver.Instance, Cancellation);
        var described = await client.DescribeAsync(address, Cancellation);

        Assert.Equal(content, File.ReadAllBytes(folder.File("target")));
        Assert.Equal((size, size + 16L, sent.ETag), (received.PlaintextSize, received.Size, received.ETag));
        Assert.Equal((format, size, size + 16L), (described.Envelope!.Format, described.Envelope.PlaintextSize!.Value, described.Size));
    }

    [Theory]
    [InlineData("x")]
    [InlineData("a//b")]
    [InlineData("日本語/ファイル🔐")]
    [InlineData("a+b&c=d#e?f%g%20h i")]
    public async Task Every_key_is_exact_in_each_call(string key)
    {
        var client = await _moto.OpenAsync(_kmsKey);
        string[] keys = [key, "/" + key];
        foreach (var exact in keys)
        {
            await SendAsync(client, new ObjectAddress(_bucket, exact), Encoding.UTF8.GetBytes(exact));
        }

        var listed = await client.ListAsync(_bucket, "", null, Cancellation).ToListAsync(Cancellation);

        Assert.Equal(keys.Order(StringComparer.Ordinal), listed.Select(item => item.Key).Order(StringComparer.Ordinal));
        foreach (var item in listed)
        {
            var address = new ObjectAddress(_bucket, item.Key);
            Assert.Equal(item.Key, Encoding.UTF8.GetString(await ReceiveAsync(client, address)));
            Assert.Equal(item.Size, (await client.DescribeAsync(address, Cancellation)).Size);
        }
    }

    [Fact]
    public async Task A_key_with_a_leading_slash_goes_by_parts_too()
    {
        var client = await _moto.OpenAsync(_kmsKey);
        var content = TestContent.Of(Part.Size + 1);
        await SendAsync(client, new ObjectAddress(_bucket, "x"), [1]);
        await SendAsync(client, new ObjectAddress(_bucket, "/x"), content);

        Assert.Equal([1], await ReceiveAsync(client, new ObjectAddress(_bucket, "x")));
        Assert.Equal(content, await ReceiveAsync(client, new ObjectAddress(_bucket, "/x")));
    }

    [Fact]
    public async Task All_versions_are_listed_and_a_delete_marker_holds_nothing()
    {
        await _moto.S3.PutBucketVersioningAsync(
            new PutBucketVersioningRequest { BucketName = _bucket, VersioningConfig = new() { Status = VersionStatus.Enabled } }, Cancellation);
        var client = await _moto.OpenAsync(_kmsKey);
        var address = new ObjectAddress(_bucket, "a b+c");
        await SendAsync(client, address, [1]);
        await SendAsync(client, address, [1, 2]);
        await _moto.S3.DeleteObjectAsync(_bucket, address.Key, Cancellation);

        var listed = await client.ListVersionsAsync(_bucket, "a", null, Cancellation).ToListAsync(Cancellation);

        // moto puts the markers of a page behind its versions.
        ListedVersion[] versions = [.. listed.Where(item => !item.IsDeleteMarker)];
        var marker = Assert.Single(listed.Except(versions));
        Assert.Equal([(false, 18L), (false, 17L), (true, null)], versions.Append(marker).Select(item => (item.IsLatest, item.Size)));
        Assert.Equal([1, 2], await ReceiveAsync(client, versions[0].Address));
        Assert.Equal([1], await ReceiveAsync(client, versions[1].Address));
        var failure = await Assert.ThrowsAsync<CseException>(() => ReceiveAsync(client, marker.Address));

        // A plain 404, where S3 answers 405.
        Assert.Equal(ErrorId.NoSuchKey, failure.ErrorId);
    }

    [Fact]
    public async Task More_objects_than_a_page_of_the_listing_all_come_back()
    {
        var client = await _moto.OpenAsync(_kmsKey);
        var keys = Enumerable.Range(0, 1005).Select(number => $"many/{number:D4}").ToList();
        await Parallel.ForEachAsync(keys, Cancellation, async (key, _) => await SendAsync(client, new ObjectAddress(_bucket, key), Encoding.UTF8.GetBytes(key)));
        await SendAsync(client, new ObjectAddress(_bucket, "other"), [1]);

        var listed = await client.ListAsync(_bucket, "many/", null, Cancellation).Select(item => item.Key).ToListAsync(Cancellation);

        Assert.Equal(keys, listed);
        await Parallel.ForEachAsync(listed, Cancellation, async (key, _) =>
            Assert.Equal(key, Encoding.UTF8.GetString(await ReceiveAsync(client, new ObjectAddress(_bucket, key)))));
    }

    [Fact]
    public async Task The_context_is_stored_described_and_required()
    {
        var context = new Dictionary<string, string> { ["department"] = "finance", ["部署"] = "経理 😀" };
        var address = new ObjectAddress(_bucket, "object");
        var client = await _moto.OpenAsync(_kmsKey, context: context);
        await SendAsync(client, address, [1, 2, 3]);

        var envelope = (await client.DescribeAsync(address, Cancellation)).Envelope!;
        Assert.Equal(("V3", 3, true), (envelope.Format, envelope.PlaintextSize, envelope.IsCommitting));
        Assert.Equal(new Dictionary<string, string>(context) { ["aws:x-amz-cek-alg"] = "115" }, envelope.StoredContext);
        Assert.Equal([1, 2, 3], await ReceiveAsync(client, address));
        await AssertReceiveErrorAsync(ErrorId.ContextMismatch, await _moto.OpenAsync(_kmsKey), address);
        var wrong = new Dictionary<string, string>(context) { ["department"] = "sales" };
        await AssertReceiveErrorAsync(ErrorId.ContextMismatch, await _moto.OpenAsync(_kmsKey, context: wrong), address);
    }

    [Fact]
    public async Task A_context_rewritten_in_the_metadata_does_not_pass_KMS()
    {
        var address = new ObjectAddress(_bucket, "object");
        await SendAsync(await _moto.OpenAsync(_kmsKey, context: new Dictionary<string, string> { ["tenant"] = "a" }), address, [1]);
        await _moto.TamperAsync(address, metadata => metadata["x-amz-t"] = """{"aws:x-amz-cek-alg":"115","tenant":"b"}""");

        await AssertReceiveErrorAsync(
            ErrorId.WrappedKeyInvalid, await _moto.OpenAsync(_kmsKey, context: new Dictionary<string, string> { ["tenant"] = "b" }), address);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(20 * MiB)]
    public async Task A_changed_byte_is_found(int offset)
    {
        var address = new ObjectAddress(_bucket, "object");
        var client = await _moto.OpenAsync(_kmsKey);
        await SendAsync(client, address, TestContent.Of(offset));
        await _moto.TamperAsync(address, content: bytes => bytes[offset] ^= 1);

        await AssertReceiveErrorAsync(ErrorId.AuthenticationFailed, client, address);
    }

    [Fact]
    public async Task Another_KMS_key_opens_nothing()
    {
        var address = new ObjectAddress(_bucket, "object");
        await SendAsync(await _moto.OpenAsync(_kmsKey), address, [1]);

        // AWS answers IncorrectKeyException (KmsKeyMismatch); moto answers as for a key that the caller may not use.
        await AssertReceiveErrorAsync(ErrorId.KmsAccessDenied, await _moto.OpenAsync(await _moto.NewKeyAsync()), address);
    }

    [Fact]
    public async Task An_unknown_KMS_key_is_told_and_nothing_is_stored()
    {
        var client = await _moto.OpenAsync("arn:aws:kms:us-east-1:123456789012:key/none");

        Assert.Equal(ErrorId.KmsKeyNotFound, (await SendFaultAsync(client, new ObjectAddress(_bucket, "object"), [1])).ErrorId);
        Assert.Empty(await client.ListAsync(_bucket, "", null, Cancellation).ToListAsync(Cancellation));
    }

    [Fact]
    public async Task No_such_object_or_bucket()
    {
        var client = await _moto.OpenAsync(_kmsKey);
        var missing = new ObjectAddress("no-such-bucket", "none");
        await AssertReceiveErrorAsync(ErrorId.NoSuchKey, client, new ObjectAddress(_bucket, "none"));
        await AssertReceiveErrorAsync(ErrorId.NoSuchBucket, client, missing);
        Assert.Equal(ErrorId.NoSuchBucket, (await SendFaultAsync(client, missing, [1])).ErrorId);
        Assert.Equal(ErrorId.NoSuchBucket, (await SendFaultAsync(client, missing, new byte[Part.Size + 1])).ErrorId);
        var fault = await Assert.ThrowsAsync<CseException>(() => client.DescribeAsync(new ObjectAddress(_bucket, "none"), Cancellation));
        Assert.Equal(ErrorId.NoSuchKey, fault.ErrorId);
        var listing = client.ListAsync("no-such-bucket", "", null, Cancellation);
        Assert.Equal(ErrorId.NoSuchBucket, (await Assert.ThrowsAsync<CseException>(async () => await listing.ToListAsync(Cancellation))).ErrorId);
    }

    [Theory]
    [InlineData(10)]
    [InlineData(Part.Size + 1)]
    public async Task An_object_that_exists_is_not_overwritten_when_that_was_asked(int size)
    {
        var address = new ObjectAddress(_bucket, "object");
        var client = await _moto.OpenAsync(_kmsKey);
        await SendAsync(client, address, "precious"u8.ToArray(), noClobber: true);

        Assert.Equal(ErrorId.AlreadyExists, (await SendFaultAsync(client, address, new byte[size], noClobber: true)).ErrorId);

        Assert.Equal("precious"u8.ToArray(), await ReceiveAsync(client, address));
        var uploads = await _moto.S3.ListMultipartUploadsAsync(new ListMultipartUploadsRequest { BucketName = _bucket }, Cancellation);
        Assert.Empty(uploads.MultipartUploads ?? []);
    }

    [Fact]
    public async Task A_plain_object_is_not_passed_through()
    {
        var client = await _moto.OpenAsync(_kmsKey);
        foreach (var content in new[] { "", "plain text" })
        {
            var address = new ObjectAddress(_bucket, "plain");
            await _moto.PutAsync(address, Encoding.UTF8.GetBytes(content), new Dictionary<string, string> { ["owner"] = "me" });

            await AssertReceiveErrorAsync(ErrorId.NotEncrypted, client, address);
            Assert.Null((await client.DescribeAsync(address, Cancellation)).Envelope);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(Part.Size + 1)]
    public async Task A_version_is_received_when_it_is_named(int size)
    {
        await _moto.S3.PutBucketVersioningAsync(
            new PutBucketVersioningRequest { BucketName = _bucket, VersioningConfig = new() { Status = VersionStatus.Enabled } }, Cancellation);
        var address = new ObjectAddress(_bucket, "versioned");
        var client = await _moto.OpenAsync(_kmsKey);
        var (old, current) = (TestContent.Of(size, seed: 1), TestContent.Of(size, seed: 2));
        var first = await SendAsync(client, address, old);
        var second = await SendAsync(client, address, current);

        Assert.NotNull(first.VersionId);
        Assert.NotEqual(first.VersionId, second.VersionId);
        Assert.Equal(old, await ReceiveAsync(client, address with { VersionId = first.VersionId }));
        Assert.Equal(current, await ReceiveAsync(client, address));
    }

    [Theory]
    [MemberData(nameof(SizesAndPolicies))]
    public async Task A_file_and_its_object_are_tested(int size, CommitmentPolicy policy, string format)
    {
        using var folder = new TemporaryFolder();
        var content = TestContent.Of(size);
        var path = folder.Write("source", content);
        var address = new ObjectAddress(_bucket, "folder/object");
        var client = await _moto.OpenAsync(_kmsKey, policy);
        await client.UploadAsync(new UploadRequest(address, UploadSource.FromFile(path)), NullObserver.Instance, Cancellation);

        var envelope = await client.VerifyEnvelopeAsync(new DownloadRequest(address), Cancellation);
        var body = await client.VerifyAsync(new DownloadRequest(address), NullObserver.Instance, Cancellation);
        var tag = await client.CompareTagAsync(new DownloadRequest(address), UploadSource.FromFile(path), NullObserver.Instance, Cancellation);
        folder.Write("source", [.. content, 1]);
        var longer = await client.CompareTagAsync(new DownloadRequest(address), UploadSource.FromFile(path), NullObserver.Instance, Cancellation);

        Assert.All([envelope, body, tag, longer], finding => Assert.Equal((null, format), (finding.Failure, finding.Format)));
        Assert.Equal((0L, size + 16L, 16L), (envelope.BytesRead, body.BytesRead, tag.BytesRead));
        Assert.Equal((true, false), (tag.TagMatches, longer.TagMatches));
    }

    [Fact]
    public async Task Failures_among_a_thousand_objects_are_found()
    {
        var client = await _moto.OpenAsync(_kmsKey);
        var keys = Enumerable.Range(0, 1000).Select(number => $"{number:D4}").ToList();
        await Parallel.ForEachAsync(keys, Cancellation, async (key, _) => await SendAsync(client, new ObjectAddress(_bucket, key), Encoding.UTF8.GetBytes(key)));
        var sent = await _moto.S3.GetObjectMetadataAsync(_bucket, "0007", Cancellation);
        var envelope = sent.Metadata.Keys.ToDictionary(name => name["x-amz-meta-".Length..], name => sent.Metadata[name]);
        await _moto.PutAsync(new ObjectAddress(_bucket, "0007"), new byte[20], envelope);
        await _moto.PutAsync(new ObjectAddress(_bucket, "0500"), new byte[20], new Dictionary<string, string>());

        var failed = new System.Collections.Concurrent.ConcurrentDictionary<string, ErrorId>();
        await Parallel.ForEachAsync(keys, Cancellation, async (key, _) =>
        {
            if ((await client.VerifyAsync(new DownloadRequest(new ObjectAddress(_bucket, key)), NullObserver.Instance, Cancellation)).Failure is { } failure)
            {
                failed[key] = failure.ErrorId;
            }
        });

        Assert.Equal(new Dictionary<string, ErrorId> { ["0007"] = ErrorId.AuthenticationFailed, ["0500"] = ErrorId.NotEncrypted }, failed);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(Part.Size + 1)]
    public async Task What_stands_beside_the_bytes_is_stored(int size)
    {
        var client = await _moto.OpenAsync(_kmsKey);
        await client.UploadAsync(
            new UploadRequest(new ObjectAddress(_bucket, "object"), UploadSource.FromBytes(new byte[size]))
            {
                Attributes = new ObjectAttributes
                {
                    ContentType = "text/csv",
                    StorageClass = "STANDARD_IA",
                    Metadata = new Dictionary<string, string> { ["owner"] = "me" },
                    Tags = new Dictionary<string, string> { ["cost centre"] = "a+b", ["部署"] = "経理" },
                },
            },
            NullObserver.Instance,
            Cancellation);

        var stored = await _moto.S3.GetObjectMetadataAsync(_bucket, "object", Cancellation);
        Assert.Equal(("text/csv", "STANDARD_IA", "me"), (stored.Headers.ContentType, stored.StorageClass?.Value, stored.Metadata["owner"]));
        var tags = await _moto.S3.GetObjectTaggingAsync(new GetObjectTaggingRequest { BucketName = _bucket, Key = "object" }, Cancellation);
        Assert.Equal(
            new Dictionary<string, string> { ["cost centre"] = "a+b", ["部署"] = "経理" },
            tags.Tagging.ToDictionary(tag => tag.Key, tag => tag.Value));
    }

    private static Task<TransferResult> SendAsync(S3EncryptionClient client, ObjectAddress address, byte[] content, bool noClobber = false) =>
        client.UploadAsync(
            new UploadRequest(address, UploadSource.FromBytes(content)) { NoClobber = noClobber }, NullObserver.Instance, Cancellation);

    private static Task<CseException> SendFaultAsync(S3EncryptionClient client, ObjectAddress address, byte[] content, bool noClobber = false) =>
        Assert.ThrowsAsync<CseException>(() => SendAsync(client, address, content, noClobber));

    private static async Task<byte[]> ReceiveAsync(S3EncryptionClient client, ObjectAddress address) =>
        (await client.DownloadBytesAsync(new DownloadRequest(address), NullObserver.Instance, Cancellation)).Plaintext;

    private static async Task AssertReceiveErrorAsync(ErrorId expected, S3EncryptionClient client, ObjectAddress address)
    {
        var fault = await Assert.ThrowsAsync<CseException>(() => ReceiveAsync(client, address));
        Assert.Equal(expected, fault.ErrorId);
    }
}
