using Amazon.KeyManagementService.Model;
using Amazon.Runtime;
using Amazon.S3.Model;
using CseKms.Core.Aws;
using CseKms.Core.Aws.Identity;
using CseKms.Core.Settings;
using Xunit;

namespace CseKms.Core.Tests.Session;

/// <summary>Which hosts of AWS are called; none of them is.</summary>
public class ServiceEndpointTests
{
    private static readonly ResolvedIdentity Nobody = new("", "", null, new BasicAWSCredentials("access-key", "secret-key"));

    [Theory]
    [InlineData(false, false, "https://bucket.s3.eu-west-1.amazonaws.com", "https://kms.eu-west-1.amazonaws.com")]
    [InlineData(true, false, "https://bucket.s3-fips.eu-west-1.amazonaws.com", "https://kms-fips.eu-west-1.amazonaws.com")]
    [InlineData(false, true, "https://bucket.s3.dualstack.eu-west-1.amazonaws.com", "https://kms.eu-west-1.api.aws")]
    [InlineData(true, true, "https://bucket.s3-fips.dualstack.eu-west-1.amazonaws.com", "https://kms-fips.eu-west-1.api.aws")]
    public void Fips_and_dual_stack(bool fips, bool dualstack, string s3Host, string kmsHost)
    {
        var settings = new ConnectionSettings { UseFipsEndpoint = fips, UseDualstackEndpoint = dualstack };

        Assert.Equal(s3Host, S3Host(settings, "bucket"));
        using var kms = ClientFactory.Kms(Nobody, ServiceEndpoint.OfKms(settings, "eu-west-1"));
        Assert.Equal(kmsHost, kms.DetermineServiceOperationEndpoint(new GenerateDataKeyRequest()).URL.TrimEnd('/'));
    }

    [Theory]
    [InlineData("use_fips_endpoint = true", "https://bucket.s3-fips.eu-west-1.amazonaws.com")]
    [InlineData("use_dualstack_endpoint = true", "https://bucket.s3.dualstack.eu-west-1.amazonaws.com")]
    [InlineData("endpoint_url = https://s3.example.com:8443/", "https://bucket.s3.example.com:8443")]
    [InlineData("endpoint_url = https://s3.example.com\nignore_configured_endpoint_urls = true", "https://bucket.s3.eu-west-1.amazonaws.com")]
    public async Task A_profile_says_which(string line, string host)
    {
        using var folder = new TemporaryFolder();
        var file = folder.File("credentials");
        await File.WriteAllTextAsync(file, $"[one]\naws_access_key_id = AKIA\naws_secret_access_key = secret\n{line}\n", TestContext.Current.CancellationToken);

        Assert.Equal(host, S3Host(new ConnectionSettings { Identity = new() { ProfileName = "one", ProfileLocation = file } }, "bucket"));
    }

    [Fact]
    public void An_access_point_is_called_by_its_ARN() =>
        Assert.Equal(
            "https://data-111122223333.s3-accesspoint.eu-west-1.amazonaws.com",
            S3Host(new ConnectionSettings(), "arn:aws:s3:eu-west-1:111122223333:accesspoint/data"));

    [Fact]
    public void An_access_point_of_another_partition_is_not_called() =>
        Assert.Throws<AmazonClientException>(() => S3Host(new ConnectionSettings(), "arn:aws-cn:s3:cn-north-1:111122223333:accesspoint/data"));

    private static string S3Host(ConnectionSettings settings, string bucket)
    {
        using var s3 = ClientFactory.S3(Nobody, ServiceEndpoint.OfS3(settings, "eu-west-1"), forcePathStyle: false);
        return s3.DetermineServiceOperationEndpoint(new GetObjectRequest { BucketName = bucket, Key = "key" }).URL.TrimEnd('/');
    }
}
