using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using Amazon.KeyManagementService;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.SecurityToken;
using Amazon.SSO;
using Amazon.SSOOIDC;
using CseKms.Sandbox;

namespace CseKms.Core.Tests.Sandbox;

/// <summary>The SDK's own clients, pointed at a sandbox.</summary>
internal static class SandboxClients
{
    public static AmazonS3Client S3(
        this SandboxServer sandbox, SandboxIdentity? identity = null, bool https = false, string region = "us-east-1", int retries = 0,
        bool forcePathStyle = true) => new(
        Credentials(identity ?? sandbox.Admin),
        Configure(new AmazonS3Config { ForcePathStyle = forcePathStyle }, sandbox, https, region, retries));

    public static AmazonKeyManagementServiceClient Kms(
        this SandboxServer sandbox, SandboxIdentity? identity = null, string region = "us-east-1") => new(
        Credentials(identity ?? sandbox.Admin),
        Configure(new AmazonKeyManagementServiceConfig(), sandbox, https: false, region, retries: 0));

    public static AmazonSecurityTokenServiceClient Sts(this SandboxServer sandbox, AWSCredentials credentials) => new(
        credentials, Configure(new AmazonSecurityTokenServiceConfig(), sandbox, https: false, "us-east-1", retries: 0));

    public static AmazonSecurityTokenServiceClient Sts(this SandboxServer sandbox, SandboxIdentity? identity = null) =>
        sandbox.Sts(Credentials(identity ?? sandbox.Admin));

    public static AmazonSSOClient Sso(this SandboxServer sandbox) => new(
        new AnonymousAWSCredentials(), Configure(new AmazonSSOConfig(), sandbox, https: false, "us-east-1", retries: 0));

    public static AmazonSSOOIDCClient SsoOidc(this SandboxServer sandbox) => new(
        new AnonymousAWSCredentials(), Configure(new AmazonSSOOIDCConfig(), sandbox, https: false, "us-east-1", retries: 0));

    private static AWSCredentials Credentials(SandboxIdentity identity) => identity.SessionToken is { } token
        ? new SessionAWSCredentials(identity.AccessKeyId, identity.SecretAccessKey, token)
        : new BasicAWSCredentials(identity.AccessKeyId, identity.SecretAccessKey);

    private static T Configure<T>(T config, SandboxServer sandbox, bool https, string region, int retries)
        where T : ClientConfig
    {
        // By name, since the SDK never puts a bucket before an address.
        config.ServiceURL = (https ? sandbox.HttpsUrl : sandbox.HttpUrl).Replace("127.0.0.1", "localhost", StringComparison.Ordinal);
        config.AuthenticationRegion = region;
        config.MaxErrorRetry = retries;
        config.MaxStaleConnectionRetries = retries;
        config.HttpClientFactory = new TrustingFactory(sandbox);
        return config;
    }

    private sealed class TrustingFactory(SandboxServer sandbox) : HttpClientFactory
    {
        public override HttpClient CreateHttpClient(IClientConfig clientConfig) => new(new SocketsHttpHandler
        {
            UseProxy = false,
            // Not every resolver knows that bucket.localhost is this machine.
            ConnectCallback = async (context, cancellationToken) =>
            {
                var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                await socket.ConnectAsync(IPAddress.Loopback, context.DnsEndPoint.Port, cancellationToken);
                return new NetworkStream(socket, ownsSocket: true);
            },
            SslOptions = new SslClientAuthenticationOptions
            {
                RemoteCertificateValidationCallback = (_, certificate, _, _) =>
                    certificate?.GetCertHashString() == sandbox.Certificate.GetCertHashString(),
            },
        });
    }
}
