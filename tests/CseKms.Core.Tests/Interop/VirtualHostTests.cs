using System.Text;
using Amazon.Runtime;
using Amazon.S3;
using CseKms.Core.Aws;
using CseKms.Core.Aws.Http;
using CseKms.Core.Content;
using CseKms.Core.Materials;
using CseKms.Core.Session;
using CseKms.Core.Tests.Materials;
using CseKms.Core.Tests.Sandbox;
using CseKms.Core.Transfer;
using Xunit;

namespace CseKms.Core.Tests.Interop;

/// <summary>The style of address that AWS itself is spoken to in: the bucket in the host's name.</summary>
public class VirtualHostTests(SandboxFixture sandbox)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("x", 10)]
    [InlineData("a//b", 10)]
    [InlineData("日本語+&=#?%", 10)]
    [InlineData("x", Part.Size + 1)]
    public async Task A_leading_slash_belongs_to_the_key(string key, int size)
    {
        var bucket = sandbox.NewBucket();
        string[] keys = [key, "/" + key, "//" + key];
        // The sandbox's own client of the SDK knows how to reach bucket.localhost; only its settings are wanted.
        using var stock = sandbox.Server.S3(forcePathStyle: false);
        using var s3 = new ExactKeyS3Client(
            new BasicAWSCredentials(sandbox.Server.Admin.AccessKeyId, sandbox.Server.Admin.SecretAccessKey), (AmazonS3Config)stock.Config);
        var client = new S3EncryptionClient(
            new S3Gateway(new ServiceEndpoint("us-east-1", sandbox.Server.HttpUrl, false, false), _ => s3), new TransferCounters(), new CryptographicMaterialsManager(new KmsKeyring(new FakeKms(), "key"), new()), new());

        foreach (var exact in keys)
        {
            await client.UploadAsync(
                new UploadRequest(new ObjectAddress(bucket, exact), UploadSource.FromBytes(Content(exact, size))), NullObserver.Instance, Cancellation);
        }

        Assert.Equal(keys.Order(StringComparer.Ordinal), sandbox.Server.Objects.Keys(bucket).Order(StringComparer.Ordinal));
        foreach (var exact in keys)
        {
            var address = new ObjectAddress(bucket, exact);
            var (_, plaintext) = await client.DownloadBytesAsync(new DownloadRequest(address), NullObserver.Instance, Cancellation);
            Assert.Equal(Content(exact, size), plaintext);
            Assert.Equal(plaintext.Length + 16L, (await client.DescribeAsync(address, Cancellation)).Size);
        }

        Assert.All(
            sandbox.Server.Requests.Of("GetObject").Where(request => request.Bucket == bucket),
            request => Assert.StartsWith(bucket + ".", request.Headers["Host"], StringComparison.Ordinal));
    }

    private static byte[] Content(string key, int size) => [.. TestContent.Of(size), .. Encoding.UTF8.GetBytes(key)];
}
