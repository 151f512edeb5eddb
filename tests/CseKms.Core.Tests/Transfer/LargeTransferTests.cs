using System.Globalization;
using CseKms.Core.Aws;
using CseKms.Core.Content;
using CseKms.Core.Materials;
using CseKms.Core.Session;
using CseKms.Core.Settings;
using CseKms.Core.Tests.Materials;
using CseKms.Core.Tests.Sandbox;
using CseKms.Core.Transfer;
using CseKms.Sandbox;
using Xunit;

namespace CseKms.Core.Tests.Transfer;

/// <summary>Parts and ranges: which requests are made, with which bytes, in how much memory.</summary>
public class LargeTransferTests(SandboxFixture sandbox)
{
    private const int MiB = 1 << 20;
    private const int PartSize = Part.Size;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    // The first range is asked for before the size is known; the tag comes with the last one.
    public static TheoryData<int, (long First, long Last)[]> RangesOfSizes => new()
    {
        { 100, [(0, Part.BufferSize - 1)] },
        { PartSize - 1, [(0, Part.BufferSize - 1)] },
        { PartSize, [(0, Part.BufferSize - 1)] },
        { PartSize + 1, [(0, Part.BufferSize - 1), (PartSize, PartSize + 16)] },
        { 2 * PartSize, [(0, Part.BufferSize - 1), (PartSize, (2 * PartSize) + 15)] },
        { (2 * PartSize) + 1, [(0, Part.BufferSize - 1), (PartSize, (2 * PartSize) - 1), (2 * PartSize, (2 * PartSize) + 16)] },
    };

    [Theory]
    [MemberData(nameof(RangesOfSizes))]
    public async Task An_object_is_received_by_its_ranges_and_one_Decrypt_alone(int size, (long First, long Last)[] ranges)
    {
        var address = new ObjectAddress(sandbox.NewBucket(), "object");
        var kms = sandbox.Server.CreateKey();
        var client = await sandbox.OpenAsync(kmsKeyId: kms);
        var content = TestContent.Of(size);
        await SendAsync(client, address, content);
        var sent = sandbox.Server.Requests.Count(IsOurs);

        Assert.Equal(content, await ReceiveAsync(client, address));

        var requests = sandbox.Server.Requests.All.Where(IsOurs).Skip(sent).ToList();
        Assert.Equal(
            ranges.Select(range => $"bytes={range.First}-{range.Last}").Order(StringComparer.Ordinal),
            requests.Where(request => request.Service == "s3").Select(request => request.Range!).Order(StringComparer.Ordinal));
        Assert.Equal("Decrypt", Assert.Single(requests, request => request.Service == "kms").Operation);

        bool IsOurs(SandboxRequest request) => request.Bucket == address.BucketName || request.Key == kms;
    }

    [Fact]
    public async Task A_small_object_is_sent_by_two_requests()
    {
        var address = new ObjectAddress(sandbox.NewBucket(), "object");
        var kms = sandbox.Server.CreateKey();

        await SendAsync(await sandbox.OpenAsync(kmsKeyId: kms), address, [1]);

        Assert.Equal(
            ["GenerateDataKey", "PutObject"],
            sandbox.Server.Requests.All.Where(request => request.Bucket == address.BucketName || request.Key == kms).Select(request => request.Operation));
    }

    [Fact]
    public async Task A_range_that_stands_still_is_asked_for_again_from_where_it_stopped()
    {
        const int Start = PartSize, After = (5 * MiB) + 3;
        var address = new ObjectAddress(sandbox.NewBucket(), "large");
        var client = await sandbox.OpenAsync(settings: new TransferSettings { Limits = new TimeLimits { Silence = TimeSpan.FromSeconds(1) } });
        var content = TestContent.Of((3 * PartSize) + 5);
        await SendAsync(client, address, content);
        using var stall = sandbox.Server.Faults.StallBody(request => IsRange(request, address, Start), After);

        Assert.Equal(content, await ReceiveAsync(client, address));

        Assert.Equal(1, stall.Strikes);
        Assert.Contains(
            sandbox.Server.Requests.Of("GetObject"),
            request => request.Bucket == address.BucketName && request.Range == $"bytes={Start + After}-{(2 * PartSize) - 1}");
    }

    [Fact]
    public async Task A_range_that_breaks_off_again_and_again_goes_on_as_long_as_it_advances()
    {
        const int Start = PartSize;
        var address = new ObjectAddress(sandbox.NewBucket(), "large");
        var client = await sandbox.OpenAsync();
        var content = TestContent.Of(2 * PartSize);
        await SendAsync(client, address, content);
        using var cut = sandbox.Server.Faults.CutBody(
            request => request.Operation == "GetObject" && request.Bucket == address.BucketName && !IsRange(request, address, 0), 2 * MiB, times: 6);

        Assert.Equal(content, await ReceiveAsync(client, address));

        var starts = sandbox.Server.Requests.Of("GetObject")
            .Where(request => request.Bucket == address.BucketName && !IsRange(request, address, 0))
            .Select(request => long.Parse(request.Range!.Split('=', '-')[1], CultureInfo.InvariantCulture))
            .ToList();
        Assert.Equal(7, starts.Count);
        Assert.Equal(Start, starts[0]);
        Assert.All(starts.Zip(starts.Skip(1)), pair => Assert.InRange(pair.Second, pair.First + 1, pair.First + (2 * MiB)));
    }

    [Fact]
    public async Task A_part_whose_reply_is_lost_is_sent_again_with_the_same_bytes()
    {
        var address = new ObjectAddress(sandbox.NewBucket(), "large");
        var client = await sandbox.OpenAsync();
        var content = TestContent.Of((3 * PartSize) - MiB);
        using var lost = sandbox.Server.Faults.DropReply(
            request => request.Operation == "UploadPart" && request.Bucket == address.BucketName && request.PartNumber == 2, times: 3);

        await SendAsync(client, address, content);

        var checksums = sandbox.Server.Requests.Of("UploadPart")
            .Where(request => request.Bucket == address.BucketName && request.PartNumber == 2)
            .Select(request => request.Headers["x-amz-checksum-crc32"])
            .ToList();
        Assert.Equal(4, checksums.Count);
        Assert.Single(checksums.Distinct());
        Assert.Equal(content, await ReceiveAsync(client, address));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task A_stream_is_not_read_ahead_of_the_memory_limit(int parts)
    {
        var address = new ObjectAddress(sandbox.NewBucket(), "stream");
        var client = await sandbox.OpenAsync(settings: new TransferSettings { MemoryLimit = parts * Part.BufferSize });
        var content = TestContent.Of((7 * PartSize) + 1);
        var source = new WatchedStream(content);

        await client.UploadAsync(new UploadRequest(address, UploadSource.FromStream(source)), source, Cancellation);

        // The byte after a part is read with it.
        Assert.InRange(source.MostInMemory, PartSize, (parts * PartSize) + 1);
        Assert.Equal(content, await ReceiveAsync(await sandbox.OpenAsync(), address));
    }

    [Theory]
    [InlineData(false, 100)]
    [InlineData(true, 100)]
    [InlineData(false, PartSize + 100)]
    [InlineData(true, PartSize + 100)]
    public async Task Over_HTTPS_content_is_signed_only_when_that_is_asked_for(bool signs, int size)
    {
        var address = new ObjectAddress(sandbox.NewBucket(), "object");
        using var s3 = sandbox.Server.S3(https: true);
        var kms = new FakeKms();
        var client = new S3EncryptionClient(
            new S3Gateway(new ServiceEndpoint("us-east-1", sandbox.Server.HttpsUrl, false, false), _ => s3),
            new TransferCounters(),
            new CryptographicMaterialsManager(new KmsKeyring(kms, "key"), new EncryptionSettings()),
            new TransferSettings());

        await client.UploadAsync(
            new UploadRequest(address, UploadSource.FromBytes(TestContent.Of(size))) { SignsPayload = signs }, NullObserver.Instance, Cancellation);

        var hashes = sandbox.Server.Requests.All
            .Where(request => request.Bucket == address.BucketName && request.Operation is "PutObject" or "UploadPart")
            .Select(request => request.Headers["x-amz-content-sha256"])
            .ToList();
        Assert.Equal(size < PartSize ? 1 : 2, hashes.Count);
        Assert.All(hashes, hash => Assert.Matches(signs ? "^[0-9a-f]{64}$" : "^UNSIGNED-PAYLOAD$", hash));
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData((2 << 20) - 17, false)]
    [InlineData((2 << 20) - 16, true)]
    [InlineData(PartSize + (2 << 20), true, true)]
    [InlineData(PartSize + 100, true, false)]
    public async Task S3_is_asked_first_whether_it_will_take_the_bytes_only_when_they_are_many(int size, params bool[] asks)
    {
        var address = new ObjectAddress(sandbox.NewBucket(), "object");

        await SendAsync(await sandbox.OpenAsync(), address, TestContent.Of(size));

        Assert.Equal(asks, sandbox.Server.Requests.All
            .Where(request => request.Bucket == address.BucketName && request.Operation is "PutObject" or "UploadPart")
            .OrderBy(request => request.PartNumber)
            .Select(request => request.Headers.ContainsKey("Expect")));
    }

    private static bool IsRange(SandboxRequest request, ObjectAddress address, long start) =>
        request.Operation == "GetObject" && request.Bucket == address.BucketName && request.Range!.StartsWith($"bytes={start}-", StringComparison.Ordinal);

    private static Task SendAsync(S3EncryptionClient client, ObjectAddress address, byte[] content) =>
        client.UploadAsync(new UploadRequest(address, UploadSource.FromBytes(content)), NullObserver.Instance, Cancellation);

    private static async Task<byte[]> ReceiveAsync(S3EncryptionClient client, ObjectAddress address) =>
        (await client.DownloadBytesAsync(new DownloadRequest(address), NullObserver.Instance, Cancellation)).Plaintext;

    /// <summary>Knows how many bytes were read and not yet acknowledged.</summary>
    private sealed class WatchedStream(byte[] content) : MemoryStream(content), ITransferObserver
    {
        private long _acknowledged;

        public long MostInMemory { get; private set; }

        public override bool CanSeek => false;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            // Asked before the read: what is acknowledged while it runs does not count for it.
            var acknowledged = Interlocked.Read(ref _acknowledged);
            var read = Read(buffer.Span);
            MostInMemory = Math.Max(MostInMemory, Position - acknowledged);
            return ValueTask.FromResult(read);
        }

        public void LengthKnown(long bytes)
        {
        }

        public void TemporaryFileLeft(string path)
        {
        }

        public void MayHaveReplaced(string path)
        {
        }

        public void UploadLeft(ObjectAddress address, string? uploadId)
        {
        }

        public void Transferred(long bytes) => Interlocked.Add(ref _acknowledged, bytes);
    }
}
