using Amazon;
using Amazon.KeyManagementService;
using Amazon.Runtime;
using Amazon.S3;
using CseKms.Core.Aws.Http;
using CseKms.Core.Aws.Identity;

namespace CseKms.Core.Aws;

/// <summary>Makes clients of the AWS SDK with the settings that the transfer relies on.</summary>
internal static class ClientFactory
{
    private const int MaxRetries = 4;

    // The SDK hands a body on in pieces of 8 KiB by default: half a TLS record, a system call each.
    private const int BodyBufferSize = 128 * 1024;

    // What the kernel has taken of a body over a slow line may be on its way for long after the last byte was taken.
    private static readonly TimeSpan StallLimit = TimeSpan.FromSeconds(100);

    /// <summary>A client of S3.</summary>
    /// <param name="identity">Who calls.</param>
    /// <param name="endpoint">Where.</param>
    /// <param name="forcePathStyle">Name the bucket in the path.</param>
    /// <param name="stallLimit">How long a request may stand still before it is sent again, unless 100 seconds.</param>
    public static IAmazonS3 S3(ResolvedIdentity identity, ServiceEndpoint endpoint, bool forcePathStyle, TimeSpan? stallLimit = null)
    {
        var config = Configure(new AmazonS3Config
        {
            ForcePathStyle = forcePathStyle,
            BufferSize = BodyBufferSize,
            HttpClientFactory = new S3HttpClientFactory(stallLimit ?? StallLimit),

            // The transfer gives a CRC32 of its own and verifies the authentication tag; the SDK's checksums would be further passes.
            RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED,
            ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED,
        }, endpoint);
        return new ExactKeyS3Client(identity.Credentials, config);
    }

    /// <summary>A client of KMS.</summary>
    public static AmazonKeyManagementServiceClient Kms(ResolvedIdentity identity, ServiceEndpoint endpoint) =>
        new(identity.Credentials, Configure(new AmazonKeyManagementServiceConfig(), endpoint));

    private static T Configure<T>(T config, ServiceEndpoint endpoint)
        where T : ClientConfig
    {
        config.RetryMode = RequestRetryMode.Standard;
        config.MaxErrorRetry = MaxRetries;
        config.UseFIPSEndpoint = endpoint.UseFips;
        config.UseDualstackEndpoint = endpoint.UseDualstack;
        if (endpoint.Url is null)
        {
            config.IgnoreConfiguredEndpointUrls = true;
            config.RegionEndpoint = RegionEndpoint.GetBySystemName(endpoint.Region);
        }
        else
        {
            config.ServiceURL = endpoint.Url;
            config.AuthenticationRegion = endpoint.Region;
        }

        return config;
    }
}
