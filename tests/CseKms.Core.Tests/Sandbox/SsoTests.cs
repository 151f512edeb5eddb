using System.Net;
using Amazon.Runtime;
using Amazon.S3.Model;
using Amazon.SSO;
using Amazon.SSO.Model;
using Amazon.SSOOIDC;
using Amazon.SSOOIDC.Model;
using CseKms.Sandbox;
using Xunit;

namespace CseKms.Core.Tests.Sandbox;

public sealed class SsoTests : IAsyncLifetime
{
    private static readonly CancellationToken None = TestContext.Current.CancellationToken;
    private SandboxServer _sandbox = null!;
    private AmazonSSOOIDCClient _oidc = null!;
    private AmazonSSOClient _sso = null!;

    public async ValueTask InitializeAsync()
    {
        _sandbox = await SandboxServer.StartAsync(cancellationToken: None);
        _oidc = _sandbox.SsoOidc();
        _sso = _sandbox.Sso();
    }

    public async ValueTask DisposeAsync()
    {
        _oidc.Dispose();
        _sso.Dispose();
        await _sandbox.DisposeAsync();
    }

    [Fact]
    public async Task Gives_a_token_when_the_device_was_approved_and_credentials_for_the_token()
    {
        var (request, userCode) = await StartAsync();
        await Assert.ThrowsAsync<AuthorizationPendingException>(() => _oidc.CreateTokenAsync(request, None));
        _sandbox.Sso.Approve(userCode);
        var token = await _oidc.CreateTokenAsync(request, None);
        Assert.Equal(3600, token.ExpiresIn);
        await Assert.ThrowsAsync<InvalidGrantException>(() => _oidc.CreateTokenAsync(request, None));
        Assert.Equal(("sso-oidc", 400, "InvalidGrantException"), Last("CreateToken"));

        var credentials = (await GetAsync(token.AccessToken, "worker")).RoleCredentials;
        Assert.Equal(("sso", 200, null), Last("GetRoleCredentials"));
        Assert.DoesNotContain("x-amz-sso_bearer_token", _sandbox.Requests.All[^1].Headers.Keys);
        Assert.InRange(
            DateTimeOffset.FromUnixTimeMilliseconds(credentials.Expiration!.Value), DateTimeOffset.UtcNow.AddMinutes(59), DateTimeOffset.UtcNow.AddMinutes(60));
        using var sts = _sandbox.Sts(new SessionAWSCredentials(credentials.AccessKeyId, credentials.SecretAccessKey, credentials.SessionToken));
        var caller = await sts.GetCallerIdentityAsync(new(), None);
        Assert.Equal($"arn:aws:sts::{SandboxServer.AccountId}:assumed-role/worker/user", caller.Arn);
    }

    [Fact]
    public async Task Refreshes_a_token_and_refuses_one_that_ended()
    {
        _sandbox.Sso.TokenLifetime = TimeSpan.Zero;
        var (request, userCode) = await StartAsync();
        _sandbox.Sso.Approve(userCode);
        var token = await _oidc.CreateTokenAsync(request, None);
        await Assert.ThrowsAsync<Amazon.SSO.Model.UnauthorizedException>(() => GetAsync(token.AccessToken, "worker"));

        _sandbox.Sso.TokenLifetime = TimeSpan.FromMinutes(1);
        request.GrantType = "refresh_token";
        request.RefreshToken = token.RefreshToken;
        var next = await _oidc.CreateTokenAsync(request, None);
        Assert.Equal(60, next.ExpiresIn);
        await GetAsync(next.AccessToken, "worker");
        await Assert.ThrowsAsync<InvalidGrantException>(() => _oidc.CreateTokenAsync(request, None));
    }

    [Fact]
    public async Task Refuses_unknown_clients_tokens_and_roles_and_what_the_user_refused()
    {
        var (request, userCode) = await StartAsync();
        _sandbox.Sso.Refuse(userCode);
        await Assert.ThrowsAsync<Amazon.SSOOIDC.Model.AccessDeniedException>(() => _oidc.CreateTokenAsync(request, None));
        request.ClientSecret = "wrong";
        await Assert.ThrowsAsync<InvalidClientException>(() => _oidc.CreateTokenAsync(request, None));

        var unknown = await Assert.ThrowsAsync<Amazon.SSO.Model.UnauthorizedException>(() => GetAsync("unknown", "worker"));
        Assert.Equal(HttpStatusCode.Unauthorized, unknown.StatusCode);
        var forbidden = await Assert.ThrowsAsync<AmazonSSOException>(() => GetAsync(_sandbox.Sso.AddAccessToken(), "unknown"));
        Assert.Equal(("ForbiddenException", HttpStatusCode.Forbidden), (forbidden.ErrorCode, forbidden.StatusCode));
        _sandbox.Faults.Fail(r => r.Service == "sso", 503, "ServiceUnavailable");
        var failed = await Assert.ThrowsAsync<AmazonSSOException>(() => GetAsync(_sandbox.Sso.AddAccessToken(), "worker"));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, failed.StatusCode);
    }

    [Fact]
    public async Task Leaves_buckets_of_the_same_names_to_S3()
    {
        using var s3 = _sandbox.S3();
        foreach (var (bucket, key) in (ReadOnlySpan<(string, string)>)[("token", "x"), ("client", "register"), ("federation", "credentials")])
        {
            _sandbox.CreateBucket(bucket);
            _sandbox.Objects.Put(bucket, key, "x"u8);
        }
        using var got = await s3.GetObjectAsync("federation", "credentials", None);
        await s3.DeleteObjectsAsync(new DeleteObjectsRequest { BucketName = "token", Objects = [new KeyVersion { Key = "x" }] }, None);
        await s3.InitiateMultipartUploadAsync(
            new InitiateMultipartUploadRequest { BucketName = "client", Key = "register", ContentType = "application/json" }, None);
        Assert.All(_sandbox.Requests.All, request => Assert.Equal(("s3", 200), (request.Service, request.Status)));
    }

    private async Task<(CreateTokenRequest Request, string UserCode)> StartAsync()
    {
        var client = await _oidc.RegisterClientAsync(new RegisterClientRequest { ClientName = "test", ClientType = "public" }, None);
        var device = await _oidc.StartDeviceAuthorizationAsync(
            new StartDeviceAuthorizationRequest { ClientId = client.ClientId, ClientSecret = client.ClientSecret, StartUrl = "https://start" }, None);
        Assert.Equal(1, device.Interval);
        Assert.EndsWith(device.UserCode, device.VerificationUriComplete);
        var request = new CreateTokenRequest
        {
            ClientId = client.ClientId,
            ClientSecret = client.ClientSecret,
            GrantType = "urn:ietf:params:oauth:grant-type:device_code",
            DeviceCode = device.DeviceCode,
        };
        return (request, device.UserCode);
    }

    private Task<GetRoleCredentialsResponse> GetAsync(string token, string role) => _sso.GetRoleCredentialsAsync(
        new GetRoleCredentialsRequest { AccessToken = token, AccountId = SandboxServer.AccountId, RoleName = role }, None);

    private (string, int?, string?) Last(string operation)
    {
        var request = _sandbox.Requests.Of(operation)[^1];
        return (request.Service, request.Status, request.ErrorCode);
    }
}
