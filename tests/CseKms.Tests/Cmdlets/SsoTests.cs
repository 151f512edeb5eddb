using System.Management.Automation;
using System.Management.Automation.Runspaces;
using System.Text.RegularExpressions;
using CseKms.Sandbox;
using Xunit;

namespace CseKms.Tests.Cmdlets;

/// <summary>Profiles of IAM Identity Center: where a user is told to sign in, and how long that holds.</summary>
public sealed class SsoTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    private readonly SandboxFixture _sandbox;
    private readonly UserProfiles _profiles;
    private readonly SandboxIdentity _role;
    private readonly UserSession _session;

    public SsoTests(SandboxFixture sandbox)
    {
        _sandbox = sandbox;
        _profiles = sandbox.Profiles;
        _role = sandbox.Server.AddIdentity($"sso-{Guid.NewGuid():N}");
        _session = new(sandbox);
        _profiles.WriteConfig($"""
            [profile corp]
            sso_session = corp
            sso_account_id = {SandboxServer.AccountId}
            sso_role_name = {_role.Name}
            [sso-session corp]
            sso_region = us-east-1
            sso_start_url = https://corp.awsapps.com/start
            sso_registration_scopes = sso:account:access
            """);
        sandbox.Server.Requests.Clear();
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Page_and_code_are_shown_once_and_the_sign_in_is_kept()
    {
        var sending = _session.Begin("Send-CseS3Object -Content x -Key x @s3 -ProfileName corp");
        await _sandbox.Server.Requests.WaitForAsync(request => request.Operation == "CreateToken", Cancellation).WaitAsync(Limit, Cancellation);
        var shown = Regex.Match(_session.Shown, @"open (?<page>\S+) and confirm the code (?<code>\S+)\.");
        Assert.True(shown.Success, _session.Shown);
        Assert.Contains(shown.Groups["code"].Value, shown.Groups["page"].Value);

        _sandbox.Server.Sso.Approve(shown.Groups["code"].Value);
        (await sending.WaitAsync(Limit, Cancellation)).Good();
        Assert.Equal(_role.Arn, _sandbox.Server.Requests.Of("PutObject")[^1].Identity!.Arn);

        // The sign-in is kept in the user's home, as the AWS CLI keeps it, so that another session needs none.
        _session.Run("Clear-CseSession; Receive-CseS3Object -Key x -AsString @s3 -ProfileName corp").Good();
        Assert.Equal(1, _sandbox.Server.Requests.Count("StartDeviceAuthorization"));
        Assert.Contains($"profile corp, {_role.Name} of account {SandboxServer.AccountId}", _session.Run("(Get-CseSession).Clients").Good().All("Identity"));
    }

    [Fact]
    public async Task Stop_ends_the_wait_for_the_sign_in()
    {
        var sending = _session.Begin("Send-CseS3Object -Content x -Key x @s3 -ProfileName corp");
        await _sandbox.Server.Requests.WaitForAsync(request => request.Operation == "CreateToken", Cancellation).WaitAsync(Limit, Cancellation);

        _session.Stop();
        await sending.WaitAsync(TimeSpan.FromSeconds(2), Cancellation);

        Assert.Empty(_session.Keys);
    }

    [Fact]
    public void Without_somebody_to_tell_the_call_ends_at_once()
    {
        using var shell = PowerShell.Create(InitialSessionState.CreateDefault2());
        shell.AddScript($"Import-Module '{BuiltModule.Import}'; Get-CseS3Object {_session.Bucket} -ProfileName corp; Remove-Module CseKms").Invoke();

        var error = Assert.Single(shell.Streams.Error);
        Assert.Equal("SsoSignInRequired", error.Id());
        Assert.Contains("aws sso login", error.ToString());
    }

    public void Dispose()
    {
        _session.Dispose();
        _profiles.Dispose();
    }
}
