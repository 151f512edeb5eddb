using CseKms.Core.Content;
using CseKms.Core.Session;
using CseKms.Core.Settings;
using CseKms.Core.Transfer;
using Xunit;

namespace CseKms.Core.Tests.Transfer;

/// <summary>An object is verified without keeping any of it.</summary>
public class VerifyTests(SandboxFixture sandbox)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(0)]
    [InlineData(1000)]
    [InlineData(Part.Size)]
    [InlineData((2 * Part.Size) + 5)]
    public async Task An_object_as_it_was_written_passes(int size)
    {
        var address = await SendAsync(size);

        // Less memory than the object has bytes.
        var client = await sandbox.OpenAsync(settings: new TransferSettings { MemoryLimit = 1 });
        var finding = await client.VerifyAsync(new DownloadRequest(address), NullObserver.Instance, Cancellation);

        Assert.Null(finding.Failure);
        Assert.True(finding.IsAuthenticated);
        Assert.Equal((size + 16L, size + 16L, sandbox.KmsKeyArn), (finding.BytesRead, finding.Size, finding.KmsKeyId));
        Assert.Equal(("V3", "AES-256-GCM-HKDF-SHA512-COMMIT-KEY"), (finding.Format, finding.Algorithm));
    }

    [Theory]
    [InlineData(1000, 0)]
    [InlineData(1000, 1015)]
    [InlineData((2 * Part.Size) + 5, Part.Size)]
    [InlineData((2 * Part.Size) + 5, (2 * Part.Size) + 20)]
    public async Task One_with_a_changed_bit_does_not(int size, int index)
    {
        var address = await SendAsync(size);
        byte[] bytes = [.. sandbox.Server.Objects.Bytes(address.BucketName, address.Key)];
        bytes[index] ^= 1;
        sandbox.Server.Objects.SetBytes(address.BucketName, address.Key, bytes);
        var client = await sandbox.OpenAsync();

        var finding = await client.VerifyAsync(new DownloadRequest(address), NullObserver.Instance, Cancellation);

        Assert.Equal(ErrorId.AuthenticationFailed, finding.Failure?.ErrorId);
        Assert.Equal(size + 16L, finding.BytesRead);
    }

    [Fact]
    public async Task What_could_not_be_tested_is_no_finding()
    {
        var address = await SendAsync(1000);
        var client = await sandbox.OpenAsync();
        using var denied = sandbox.Server.Faults.Fail(request => request.Bucket == address.BucketName, 403, "AccessDenied", times: 10);

        var failure = await Assert.ThrowsAsync<CseException>(
            () => client.VerifyAsync(new DownloadRequest(address), NullObserver.Instance, Cancellation));

        Assert.Equal(ErrorId.S3AccessDenied, failure.ErrorId);
    }

    [Fact]
    public async Task An_envelope_is_tested_by_one_HEAD_and_one_Decrypt()
    {
        var key = sandbox.Server.CreateKey();
        var client = await sandbox.OpenAsync(kmsKeyId: key);
        var address = await SendAsync(1000, client);
        var before = sandbox.Server.Requests.All.Count;

        var finding = await client.VerifyEnvelopeAsync(new DownloadRequest(address), Cancellation);

        Assert.Null(finding.Failure);
        Assert.Equal((0L, 1016L, key), (finding.BytesRead, finding.Size, finding.KmsKeyId));
        Assert.Equal(
            ["Decrypt", "HeadObject"],
            sandbox.Server.Requests.All.Skip(before).Where(request => request.Bucket == address.BucketName || request.Key == key)
                .Select(request => request.Operation).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("x-amz-d")]
    [InlineData("x-amz-i")]
    [InlineData("x-amz-3")]
    [InlineData("x-amz-c")]
    [InlineData("x-amz-w")]
    public async Task A_changed_envelope_is_found_without_the_body(string name)
    {
        var address = await SendAsync(1000);
        var metadata = new Dictionary<string, string>(sandbox.Server.Objects.Metadata(address.BucketName, address.Key));
        metadata[name] = (metadata[name][0] == 'A' ? 'B' : 'A') + metadata[name][1..];
        sandbox.Server.Objects.SetMetadata(address.BucketName, address.Key, metadata);

        var finding = await (await sandbox.OpenAsync()).VerifyEnvelopeAsync(new DownloadRequest(address), Cancellation);

        Assert.NotNull(finding.Failure);
    }

    private async Task<ObjectAddress> SendAsync(int size, S3EncryptionClient? client = null)
    {
        var address = new ObjectAddress(sandbox.NewBucket(), "object");
        await (client ?? await sandbox.OpenAsync()).UploadAsync(
            new UploadRequest(address, UploadSource.FromBytes(TestContent.Of(size))), NullObserver.Instance, Cancellation);
        return address;
    }
}
