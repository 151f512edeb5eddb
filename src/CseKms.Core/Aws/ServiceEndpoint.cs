using Amazon;
using Amazon.KeyManagementService;
using Amazon.Runtime;
using Amazon.S3;
using CseKms.Core.Aws.Identity;
using CseKms.Core.Settings;

namespace CseKms.Core.Aws;

/// <summary>Where a service is called.</summary>
/// <param name="Region">The region that requests are signed for.</param>
/// <param name="Url">The endpoint when it is not AWS's own.</param>
/// <param name="UseFips">Call AWS's endpoint that is validated under FIPS 140.</param>
/// <param name="UseDualstack">Call AWS's endpoint that speaks IPv6 as well as IPv4.</param>
internal sealed record ServiceEndpoint(string Region, string? Url, bool UseFips, bool UseDualstack)
{
    /// <exception cref="CseException"><see cref="ErrorId.EndpointInvalid"/>.</exception>
    public static ServiceEndpoint OfS3(ConnectionSettings settings, string region) =>
        Find(new AmazonS3Config(), settings.EndpointUrl, settings, region);

    /// <exception cref="CseException"><see cref="ErrorId.EndpointInvalid"/>.</exception>
    public static ServiceEndpoint OfKms(ConnectionSettings settings, string region) =>
        Find(new AmazonKeyManagementServiceConfig(), settings.KmsEndpointUrl, settings, region);

    /// <summary>The user's bound of attempts of one request, throttled ones too, if there is any.</summary>
    public int? MaxAttempts { get; init; }

    /// <summary>The attempts of one request that the user's retry mode stands for, if one is chosen.</summary>
    public int? UsualAttempts { get; init; }

    /// <summary>Whether a checksum goes along with what needs none. Some stores refuse those of S3.</summary>
    public bool SendsChecksums { get; init; } = true;

    /// <summary>Whether the host is this machine or a bare address, which no bucket's name can stand before.</summary>
    public bool IsBareHost =>
        Url is not null && new Uri(Url) is { HostNameType: UriHostNameType.IPv4 or UriHostNameType.IPv6 } or { Host: "localhost" };

    /// <summary>Whether what it says can be read on the way: plain HTTP, and not to this machine itself.</summary>
    public bool IsInTheClear => Url is not null && new Uri(Url) is { Scheme: "http", IsLoopback: false };

    // Environment and configuration are asked at each call, so that a change is not served by an old client.
    private static ServiceEndpoint Find(ClientConfig probe, string? given, ConnectionSettings settings, string region)
    {
        var name = settings.Identity?.ProfileName ?? AwsConfiguration.UsualProfile;
        var location = settings.Identity?.ProfileLocation;
        var profile = new AwsConfiguration(location).Profile(name);
        probe.Profile = new Profile(name, location);
        probe.IgnoreConfiguredEndpointUrls =
            AwsConfiguration.Flag("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS") ?? profile?.IgnoreConfiguredEndpointUrls ?? false;
        try
        {
            var endpoint = new ServiceEndpoint(
                region,
                (given ?? probe.ServiceURL)?.TrimEnd('/'),
                settings.UseFipsEndpoint == true || (AwsConfiguration.Flag("AWS_USE_FIPS_ENDPOINT") ?? profile?.UseFIPSEndpoint ?? false),
                settings.UseDualstackEndpoint == true || (AwsConfiguration.Flag("AWS_USE_DUALSTACK_ENDPOINT") ?? profile?.UseDualstackEndpoint ?? false))
            {
                MaxAttempts = AwsConfiguration.Number("AWS_MAX_ATTEMPTS") ?? profile?.MaxAttempts,
                UsualAttempts = (AwsConfiguration.Variable("AWS_RETRY_MODE") ?? profile?.RetryMode?.ToString())?.ToUpperInvariant() switch
                {
                    "LEGACY" => 5,
                    "STANDARD" or "ADAPTIVE" => 3,
                    _ => null,
                },
                SendsChecksums = !string.Equals(
                    settings.RequestChecksumCalculation
                        ?? AwsConfiguration.Variable("AWS_REQUEST_CHECKSUM_CALCULATION")
                        ?? profile?.RequestChecksumCalculation?.ToString(),
                    ConnectionSettings.ChecksumWhenRequired,
                    StringComparison.OrdinalIgnoreCase),
            };
            endpoint.Check();
            return endpoint;
        }
        catch (AmazonClientException e)
        {
            throw new CseException(ErrorId.EndpointInvalid, $"The configured endpoint cannot be used: {e.Message}", e);
        }
    }

    private void Check()
    {
        if (Url is null)
        {
            return;
        }

        if (!Uri.TryCreate(Url, UriKind.Absolute, out var uri) || (uri.Scheme != Uri.UriSchemeHttp && uri.Scheme != Uri.UriSchemeHttps))
        {
            throw new CseException(ErrorId.EndpointInvalid, $"The endpoint '{Url}' is no URL. It begins with https:// or http://.");
        }

        if (UseFips || UseDualstack)
        {
            throw new CseException(
                ErrorId.EndpointInvalid, $"The endpoint {Url} is called as it is given, so it cannot be made a FIPS or a dual-stack one.");
        }
    }
}
