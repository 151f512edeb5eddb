using CseKms.Core.Content;
using CseKms.Core.Session;
using CseKms.Core.Settings;
using CseKms.Core.Transfer;
using Xunit;

namespace CseKms.Core.Tests.Transfer;

public class RoundTripTests(SandboxFixture sandbox)
{
    private const int MiB = 1 << 20;

    private static readonly int[] Edges =
        [Part.Size - 1, Part.Size, Part.Size + 1, (2 * Part.Size) - 1, 2 * Part.Size, (2 * Part.Size) + 1];

    public static TheoryData<int, CommitmentPolicy> SizesAndPolicies => new MatrixTheoryData<int, CommitmentPolicy>(
        [0, 1, 15, 16, 17, .. Edges, 40 * MiB], [CommitmentPolicy.RequireEncryptRequireDecrypt, CommitmentPolicy.ForbidEncryptAllowDecrypt]);

    public static TheoryData<int> StreamSizes => [0, 1, .. Edges];

    public static TheoryData<int> EdgeSizes => [.. Edges];

    [Theory]
    [MemberData(nameof(SizesAndPolicies))]
    public async Task A_file_comes_back_byte_for_byte(int size, CommitmentPolicy policy)
    {
        using var folder = new TemporaryFolder();
        var content = TestContent.Of(size);
        var source = folder.Write("source", content);
        var address = new ObjectAddress(sandbox.NewBucket(), "folder/object");
        var client = await sandbox.OpenAsync(policy);

        var sent = await client.UploadAsync(
            new UploadRequest(address, UploadSource.FromFile(source)), NullObserver.Instance, TestContext.Current.CancellationToken);
        var received = await client.DownloadAsync(
            new DownloadRequest(address),
            FileDestination.Exactly(folder.File("target"), overwrite: false),
            NullObserver.Instance,
            TestContext.Current.CancellationToken);

        Assert.Equal(content, File.ReadAllBytes(folder.File("target")));
        Assert.Equal(["source", "target"], folder.Entries);
        var stored = sandbox.Server.Objects.Get(address.BucketName, address.Key);
        Assert.Equal(size + 16, stored.Size);
        Assert.Equal((size, size + 16L), (sent.PlaintextSize, sent.Size));
        Assert.Equal((size, size + 16L, sent.ETag), (received.PlaintextSize, received.Size, received.ETag));
        Assert.Equal(policy == CommitmentPolicy.ForbidEncryptAllowDecrypt, stored.Metadata.ContainsKey("x-amz-key-v2"));
        Assert.Equal("CRC32", stored.ChecksumAlgorithm, ignoreCase: true);
    }

    [Theory]
    [MemberData(nameof(StreamSizes))]
    public async Task A_stream_of_unknown_length_comes_back_byte_for_byte(int size)
    {
        var content = TestContent.Of(size);
        var address = new ObjectAddress(sandbox.NewBucket(), "stream");
        var client = await sandbox.OpenAsync(CommitmentPolicy.ForbidEncryptAllowDecrypt);

        var sent = await client.UploadAsync(
            new UploadRequest(address, UploadSource.FromStream(new TrickleStream(content))), NullObserver.Instance, TestContext.Current.CancellationToken);

        Assert.Equal(size, sent.PlaintextSize);
        Assert.Equal(content, await ReceiveAsync(client, address));
    }

    [Theory]
    [MemberData(nameof(EdgeSizes))]
    public async Task Bytes_in_memory_come_back_byte_for_byte(int size)
    {
        var content = TestContent.Of(size);
        var address = new ObjectAddress(sandbox.NewBucket(), "bytes");
        var client = await sandbox.OpenAsync();

        await client.UploadAsync(
            new UploadRequest(address, UploadSource.FromBytes(content)), NullObserver.Instance, TestContext.Current.CancellationToken);

        // The tag's bytes that would make the last of many parts longer than the others are a part of their own.
        var stored = size + 16;
        int[] parts = size <= Part.Size ? [] : [.. Enumerable.Repeat(Part.Size, stored / Part.Size), stored % Part.Size];
        Assert.Equal(parts.Select(length => (long)length), sandbox.Server.Objects.Get(address.BucketName, address.Key).PartSizes);
        Assert.Equal(
            parts.Length == 0 ? ["PutObject"] : ["CreateMultipartUpload", .. parts.Select(_ => "UploadPart"), "CompleteMultipartUpload"],
            sandbox.Server.Requests.All.Where(request => request.Bucket == address.BucketName).Select(request => request.Operation));
        Assert.Equal(content, await ReceiveAsync(client, address));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(16)]
    [InlineData(100)]
    [InlineData(Part.Size)]
    [InlineData(Part.Size + 16)]
    [InlineData((2 * Part.Size) + 5)]
    [InlineData((2 * Part.Size) + 21)]
    [InlineData((2 * Part.Size) + 22)]
    [InlineData(90 * MiB)]
    public async Task A_wrong_hint_of_the_size_does_no_harm(int hint)
    {
        var content = TestContent.Of((2 * Part.Size) + 5);
        var address = new ObjectAddress(sandbox.NewBucket(), "hinted");
        var client = await sandbox.OpenAsync();
        await client.UploadAsync(
            new UploadRequest(address, UploadSource.FromBytes(content)), NullObserver.Instance, TestContext.Current.CancellationToken);

        var (_, plaintext) = await client.DownloadBytesAsync(
            new DownloadRequest(address) { SizeHint = hint }, NullObserver.Instance, TestContext.Current.CancellationToken);

        Assert.Equal(content, plaintext);
    }

    [Theory]
    [InlineData(159)]
    [InlineData(160)]
    [InlineData(161)]
    [InlineData(175)]
    public async Task A_hint_that_cuts_the_tag_off_or_in_two_does_no_harm(int hint)
    {
        var content = TestContent.Of(160);
        var address = new ObjectAddress(sandbox.NewBucket(), "hinted");
        var client = await sandbox.OpenAsync();
        await client.UploadAsync(
            new UploadRequest(address, UploadSource.FromBytes(content)), NullObserver.Instance, TestContext.Current.CancellationToken);

        var (_, plaintext) = await client.DownloadBytesAsync(
            new DownloadRequest(address) { SizeHint = hint }, NullObserver.Instance, TestContext.Current.CancellationToken);

        Assert.Equal(content, plaintext);
    }

    [Theory]
    [InlineData("/x")]
    [InlineData("x")]
    [InlineData("//x")]
    [InlineData("a//b")]
    [InlineData("../x")]
    [InlineData("./x")]
    [InlineData("a/../b")]
    [InlineData("a+b&c=d#e?f%g%20h i")]
    [InlineData("日本語/ファイル🔐")]
    [InlineData("folder/")]
    [InlineData("tab\tand\u0001control")]
    public async Task Every_key_is_exact_in_each_call(string key)
    {
        var bucket = sandbox.NewBucket();
        var client = await sandbox.OpenAsync();
        foreach (var exact in new[] { key, "/" + key })
        {
            await client.UploadAsync(
                new UploadRequest(new ObjectAddress(bucket, exact), UploadSource.FromBytes(System.Text.Encoding.UTF8.GetBytes(exact))),
                NullObserver.Instance,
                TestContext.Current.CancellationToken);
        }

        var listed = await client.ListAsync(bucket, "", null, TestContext.Current.CancellationToken)
            .ToListAsync(TestContext.Current.CancellationToken);

        Assert.Equal(new[] { key, "/" + key }.Order(StringComparer.Ordinal), listed.Select(item => item.Key).Order(StringComparer.Ordinal));
        Assert.Equal(listed.Select(item => item.Key), sandbox.Server.Objects.Keys(bucket));
        foreach (var item in listed)
        {
            var address = new ObjectAddress(bucket, item.Key);
            Assert.Equal(item.Key, System.Text.Encoding.UTF8.GetString(await ReceiveAsync(client, address)));
            Assert.Equal(item.Size, (await client.DescribeAsync(address, TestContext.Current.CancellationToken)).Size);
        }
    }

    [Fact]
    public async Task A_large_object_with_such_a_key_goes_by_parts_too()
    {
        var bucket = sandbox.NewBucket();
        var client = await sandbox.OpenAsync();
        var content = TestContent.Of(Part.Size + 1);

        await client.UploadAsync(
            new UploadRequest(new ObjectAddress(bucket, "/x"), UploadSource.FromBytes(content)), NullObserver.Instance, TestContext.Current.CancellationToken);

        Assert.Equal(["/x"], sandbox.Server.Objects.Keys(bucket));
        Assert.Equal(content, await ReceiveAsync(client, new ObjectAddress(bucket, "/x")));
    }

    [Fact]
    public async Task What_stands_beside_the_bytes_is_stored()
    {
        var address = new ObjectAddress(sandbox.NewBucket(), "attributes");
        var client = await sandbox.OpenAsync();

        await client.UploadAsync(
            new UploadRequest(address, UploadSource.FromBytes(new byte[3]))
            {
                Attributes = new ObjectAttributes
                {
                    ContentType = "text/csv",
                    StorageClass = "STANDARD_IA",
                    ServerSideEncryption = "AES256",
                    Metadata = new Dictionary<string, string> { ["owner"] = "me" },
                    Tags = new Dictionary<string, string> { ["cost centre"] = "a+b" },
                },
            },
            NullObserver.Instance,
            TestContext.Current.CancellationToken);

        var stored = sandbox.Server.Objects.Get(address.BucketName, address.Key);
        Assert.Equal("text/csv", stored.Headers["Content-Type"]);
        Assert.Equal("STANDARD_IA", stored.StorageClass);
        Assert.Equal("me", stored.Metadata["owner"]);
        var put = sandbox.Server.Requests.Of("PutObject").Last(request => request.Bucket == address.BucketName);
        Assert.Equal("cost centre=a+b", Uri.UnescapeDataString(put.Headers["x-amz-tagging"]));
        Assert.Equal("AES256", put.Headers["x-amz-server-side-encryption"]);
    }

    [Fact]
    public async Task A_version_is_received_when_it_is_named()
    {
        var bucket = sandbox.NewBucket(versioned: true);
        var address = new ObjectAddress(bucket, "versioned");
        var client = await sandbox.OpenAsync();
        var first = await client.UploadAsync(
            new UploadRequest(address, UploadSource.FromBytes("first"u8.ToArray())), NullObserver.Instance, TestContext.Current.CancellationToken);
        await client.UploadAsync(
            new UploadRequest(address, UploadSource.FromBytes("second"u8.ToArray())), NullObserver.Instance, TestContext.Current.CancellationToken);

        Assert.Equal("first"u8.ToArray(), await ReceiveAsync(client, address with { VersionId = first.VersionId }));
        Assert.Equal("second"u8.ToArray(), await ReceiveAsync(client, address));
    }

    [Fact]
    public async Task A_listing_has_any_number_of_objects_and_takes_pages_as_they_are_wanted()
    {
        var bucket = sandbox.NewBucket();
        for (var i = 0; i < 2500; i++)
        {
            sandbox.Server.Objects.Put(bucket, $"many/{i:D4}", []);
        }

        var client = await sandbox.OpenAsync();
        var all = await client.ListAsync(bucket, "many/", null, TestContext.Current.CancellationToken).ToListAsync(TestContext.Current.CancellationToken);
        Assert.Equal(2500, all.Select(item => item.Key).Distinct().Count());
        Assert.Equal(3, sandbox.Server.Requests.Count(request => request.Operation == "ListObjectsV2" && request.Bucket == bucket));

        await foreach (var item in client.ListAsync(bucket, "many/", null, TestContext.Current.CancellationToken))
        {
            Assert.Equal("many/0000", item.Key);
            break;
        }

        Assert.Equal(4, sandbox.Server.Requests.Count(request => request.Operation == "ListObjectsV2" && request.Bucket == bucket));
    }

    private static async Task<byte[]> ReceiveAsync(S3EncryptionClient client, ObjectAddress address) =>
        (await client.DownloadBytesAsync(new DownloadRequest(address), NullObserver.Instance, TestContext.Current.CancellationToken)).Plaintext;

    /// <summary>Gives fewer bytes than it is asked for, as pipes do, and cannot tell its length.</summary>
    private sealed class TrickleStream(byte[] content) : MemoryStream(content)
    {
        public override bool CanSeek => false;

        public override long Length => throw new NotSupportedException();

        public override int Read(Span<byte> buffer) => base.Read(buffer[..Math.Min(buffer.Length, 700_001)]);

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            ValueTask.FromResult(Read(buffer.Span));
    }
}
