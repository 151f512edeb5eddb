using CseKms.Core.Content;
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
        var result = await client.VerifyAsync(new DownloadRequest(address), NullObserver.Instance, Cancellation);

        Assert.True(result.IsAuthenticated);
        Assert.Equal((size, size + 16L, sandbox.KmsKeyArn), (result.PlaintextSize, result.Size, result.KmsKeyId));
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

        var failure = await Assert.ThrowsAsync<CseException>(
            () => client.VerifyAsync(new DownloadRequest(address), NullObserver.Instance, Cancellation));

        Assert.Equal(ErrorId.AuthenticationFailed, failure.ErrorId);
    }

    private async Task<ObjectAddress> SendAsync(int size)
    {
        var address = new ObjectAddress(sandbox.NewBucket(), "object");
        await (await sandbox.OpenAsync()).UploadAsync(
            new UploadRequest(address, UploadSource.FromBytes(TestContent.Of(size))), NullObserver.Instance, Cancellation);
        return address;
    }
}
