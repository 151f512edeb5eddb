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
    // The SDK hands a body on in pieces of 8 KiB by default: half a TLS record, a system call each.
    private const int BodyBufferSize = 128 * 1024;

    /// <summary>A client of S3.</summary>
    /// <param name="identity">Who calls.</param>
    /// <param name="endpoint">Where.</param>
    /// <param name="forcePathStyle">Name the bucket in the path.</param>
    /// <param name="requesterPays">Say in each request that the caller pays for it.</param>
    public static IAmazonS3 S3(ResolvedIdentity identity, ServiceEndpoint endpoint, bool forcePathStyle, bool requesterPays = false)
    {
        var config = Configure(new AmazonS3Config
        {
            ForcePathStyle = forcePathStyle,
            BufferSize = BodyBufferSize,

            // The transfer gives a CRC32 of its own and verifies the authentication tag; the SDK's checksums would be further passes.
            RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED,
            ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED,
        }, endpoint);
        var client = new ExactKeyS3Client(identity.Credentials, config);
        if (requesterPays)
        {
            client.BeforeRequestEvent += (_, e) => ((WebServiceRequestEventArgs)e).Headers["x-amz-request-payer"] = "requester";
        }

        return client;
    }

    /// <summary>A client of KMS.</summary>
    public static AmazonKeyManagementServiceClient Kms(ResolvedIdentity identity, ServiceEndpoint endpoint) =>
        new(identity.Credentials, Configure(new AmazonKeyManagementServiceConfig(), endpoint));

    /// <summary>Sends requests to one service, at a pace of its own.</summary>
    public static RequestRunner Runner(ServiceEndpoint endpoint) =>
        new(new Pace(TimeProvider.System), endpoint.MaxAttempts, endpoint.UsualAttempts);

    private static T Configure<T>(T config, ServiceEndpoint endpoint)
        where T : ClientConfig
    {
        config.HttpClientFactory = new WatchedHttpClientFactory();

        // Requests are repeated by RequestRunner, which knows the pace of the service and what may have been done already.
        config.MaxErrorRetry = 0;
        config.MaxStaleConnectionRetries = 0;
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
