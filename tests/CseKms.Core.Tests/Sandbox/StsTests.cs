using System.Net;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.SecurityToken;
using Amazon.SecurityToken.Model;
using CseKms.Sandbox;
using Xunit;

namespace CseKms.Core.Tests.Sandbox;

public sealed class StsTests : IAsyncLifetime
{
    private static readonly CancellationToken None = TestContext.Current.CancellationToken;
    private SandboxServer _sandbox = null!;

    public async ValueTask InitializeAsync() => _sandbox = await SandboxServer.StartAsync(cancellationToken: None);

    public ValueTask DisposeAsync() => _sandbox.DisposeAsync();

    [Fact]
    public async Task Says_who_calls()
    {
        using var root = _sandbox.Sts(_sandbox.Root);
        var caller = await root.GetCallerIdentityAsync(new GetCallerIdentityRequest(), None);
        Assert.Equal((SandboxServer.AccountId, _sandbox.Root.Arn, SandboxServer.AccountId), (caller.Account, caller.Arn, caller.UserId));
        using var session = _sandbox.Sts(_sandbox.AddSession(_sandbox.Worker, TimeSpan.FromHours(1), "me"));
        Assert.Equal(SessionArn("worker", "me"), await CallerAsync(session));

        var logged = _sandbox.Requests.Of("GetCallerIdentity")[^1];
        Assert.Equal(("sts", 200, "worker"), (logged.Service, logged.Status, logged.Identity?.Name));
    }

    [Fact]
    public async Task Roles_chain_and_their_sessions_sign_for_every_service()
    {
        using var sts = _sandbox.Sts(_sandbox.Worker);
        var first = await sts.AssumeRoleAsync(Role(_sandbox.Worker, "one", seconds: 7200), None);
        Assert.Equal(SessionArn("worker", "one"), first.AssumedRoleUser.Arn);
        Assert.StartsWith("ASIA", first.Credentials.AccessKeyId);
        Assert.InRange(first.Credentials.Expiration!.Value.ToUniversalTime(), DateTime.UtcNow.AddMinutes(119), DateTime.UtcNow.AddMinutes(120));

        using var chained = _sandbox.Sts(first.Credentials);
        await AssertRefusedAsync("ValidationError", HttpStatusCode.BadRequest, () => chained.AssumeRoleAsync(Role(_sandbox.Admin, "two", seconds: 3601), None));
        var second = await chained.AssumeRoleAsync(Role(_sandbox.Admin, "two"), None);
        using var last = _sandbox.Sts(second.Credentials);
        Assert.Equal(SessionArn("admin", "two"), await CallerAsync(last));
        using var s3 = new AmazonS3Client(second.Credentials, new AmazonS3Config { ServiceURL = _sandbox.HttpUrl });
        await s3.ListBucketsAsync(None);
        Assert.Equal(SessionArn("admin", "two"), _sandbox.Requests.Of("ListBuckets")[^1].Identity?.CallerArn);
    }

    [Fact]
    public async Task Sessions_end_when_the_test_wants()
    {
        using var sts = _sandbox.Sts();
        _sandbox.SessionLifetime = TimeSpan.FromSeconds(-1);
        var role = await sts.AssumeRoleAsync(Role(_sandbox.Worker), None);
        using var expired = _sandbox.Sts(role.Credentials);
        await AssertRefusedAsync("ExpiredToken", HttpStatusCode.Forbidden, () => CallerAsync(expired));
    }

    [Fact]
    public async Task Takes_each_MFA_code_once()
    {
        var device = _sandbox.AddMfaDevice("phone");
        _sandbox.RequireMfa(_sandbox.Worker, device);
        using var sts = _sandbox.Sts();
        Task AssumeAsync(string? serial, string? code) => sts.AssumeRoleAsync(Role(_sandbox.Worker, mfa: (serial, code)), None);

        var denied = await AssertDeniedAsync(() => AssumeAsync(null, null));
        Assert.Equal($"User: {SessionArn("admin", "session")} is not authorized to perform: sts:AssumeRole on resource: {_sandbox.Worker.Arn}", denied);
        await AssertDeniedAsync(() => AssumeAsync(_sandbox.AddMfaDevice("lost").Serial, "000001"));
        await AssertDeniedAsync(() => AssumeAsync(device.Serial, "000001"));

        var code = device.NextCode();
        Assert.NotEqual(code, device.NextCode());
        await AssumeAsync(device.Serial, code);
        var again = await AssertDeniedAsync(() => AssumeAsync(device.Serial, code));
        Assert.Contains("MultiFactorAuthentication failed with invalid MFA one time pass code.", again);
        device.Expect("123456", times: 2);
        await AssumeAsync(device.Serial, "123456");
        await AssumeAsync(device.Serial, "123456");
        await AssertDeniedAsync(() => AssumeAsync(device.Serial, "123456"));
        await AssertRefusedAsync("ValidationError", HttpStatusCode.BadRequest, () => AssumeAsync(device.Serial, "12345"));
        Assert.Equal((device.Serial, "12345"), LastForm("SerialNumber", "TokenCode"));
    }

    [Fact]
    public async Task Assumes_a_role_by_a_token_of_another_provider_without_a_signature()
    {
        using var sts = _sandbox.Sts(new AnonymousAWSCredentials());
        var request = new AssumeRoleWithWebIdentityRequest
        {
            RoleArn = _sandbox.Worker.Arn, RoleSessionName = "web", WebIdentityToken = _sandbox.AddWebIdentityToken(_sandbox.Worker),
        };
        var role = await sts.AssumeRoleWithWebIdentityAsync(request, None);
        Assert.Null(_sandbox.Requests.All[^1].Identity);
        using var session = _sandbox.Sts(role.Credentials);
        Assert.Equal(SessionArn("worker", "web"), await CallerAsync(session));

        request.RoleArn = _sandbox.Admin.Arn;
        await AssertDeniedAsync(() => sts.AssumeRoleWithWebIdentityAsync(request, None));
        request.WebIdentityToken = "another";
        await AssertRefusedAsync("InvalidIdentityToken", HttpStatusCode.BadRequest, () => sts.AssumeRoleWithWebIdentityAsync(request, None));
        await AssertRefusedAsync("MissingAuthenticationToken", HttpStatusCode.Forbidden, () => CallerAsync(sts));
    }

    [Fact]
    public async Task Refuses_unknown_keys_wrong_secrets_and_roles_that_do_not_trust_the_caller()
    {
        using var unknown = _sandbox.Sts(new BasicAWSCredentials("AKIAUNKNOWN", "secret"));
        await AssertRefusedAsync("InvalidClientTokenId", HttpStatusCode.Forbidden, () => CallerAsync(unknown));
        using var wrong = _sandbox.Sts(new BasicAWSCredentials(_sandbox.Admin.AccessKeyId, "wrong"));
        await AssertRefusedAsync("SignatureDoesNotMatch", HttpStatusCode.Forbidden, () => CallerAsync(wrong));
        using var root = _sandbox.Sts(_sandbox.Root);
        await AssertDeniedAsync(() => root.AssumeRoleAsync(Role(_sandbox.Worker), None));

        using var sts = _sandbox.Sts();
        var request = Role(_sandbox.Worker);
        _sandbox.RequireExternalId(_sandbox.Worker, "right");
        request.ExternalId = "wrong";
        await AssertDeniedAsync(() => sts.AssumeRoleAsync(request, None));
        request.ExternalId = "right";
        await sts.AssumeRoleAsync(request, None);
        _sandbox.Deny(_sandbox.Admin, "AssumeRole");
        await AssertDeniedAsync(() => sts.AssumeRoleAsync(request, None));
        _sandbox.Allow(_sandbox.Admin, "AssumeRole");
        request.RoleArn += "-unknown";
        await AssertDeniedAsync(() => sts.AssumeRoleAsync(request, None));

        _sandbox.Faults.Fail(r => r.Service == "sts" && r.Key == request.RoleArn, 503, "ServiceUnavailable");
        await AssertRefusedAsync("ServiceUnavailable", HttpStatusCode.ServiceUnavailable, () => sts.AssumeRoleAsync(request, None));
    }

    private static AssumeRoleRequest Role(
        SandboxIdentity role, string session = "test", int? seconds = null, (string? Serial, string? Code) mfa = default) => new()
        {
            RoleArn = role.Arn, RoleSessionName = session, DurationSeconds = seconds, SerialNumber = mfa.Serial, TokenCode = mfa.Code,
        };

    private static string SessionArn(string role, string session) =>
        $"arn:aws:sts::{SandboxServer.AccountId}:assumed-role/{role}/{session}";

    private static async Task<string> CallerAsync(IAmazonSecurityTokenService sts) =>
        (await sts.GetCallerIdentityAsync(new GetCallerIdentityRequest(), None)).Arn;

    private (string, string) LastForm(string first, string second)
    {
        var form = _sandbox.Requests.All[^1].Form;
        return (form[first], form[second]);
    }

    private static Task<string> AssertDeniedAsync(Func<Task> action) => AssertRefusedAsync("AccessDenied", HttpStatusCode.Forbidden, action);

    private static async Task<string> AssertRefusedAsync(string code, HttpStatusCode status, Func<Task> action)
    {
        var error = await Assert.ThrowsAnyAsync<AmazonSecurityTokenServiceException>(action);
        Assert.Equal((code, status), (error.ErrorCode, error.StatusCode));
        return error.Message;
    }
}
