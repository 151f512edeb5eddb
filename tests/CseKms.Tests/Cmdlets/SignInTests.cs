using System.Management.Automation;
using System.Management.Automation.Runspaces;
using CseKms.Sandbox;
using Xunit;

namespace CseKms.Tests.Cmdlets;

/// <summary>Profiles that assume roles, with an MFA code or without, and what a user is asked.</summary>
public sealed class SignInTests : IDisposable
{
    private readonly SandboxFixture _sandbox;
    private readonly UserProfiles _profiles;
    private readonly Queue<string> _answers = new();
    private readonly UserSession _session;
    private readonly SandboxIdentity _user;
    private readonly SandboxIdentity _role;
    private readonly SandboxMfaDevice _device;

    public SignInTests(SandboxFixture sandbox)
    {
        _sandbox = sandbox;
        _profiles = sandbox.Profiles;
        _session = new(sandbox, answer: () => _answers.TryDequeue(out var answer) ? answer : null);
        var name = Guid.NewGuid().ToString("N")[..8];
        _user = sandbox.Server.AddIdentity($"user-{name}");
        _role = sandbox.Server.AddIdentity($"role-{name}");
        _device = sandbox.Server.AddMfaDevice(name);
        sandbox.Server.RequireMfa(_role, _device);
        _profiles.WriteCredentials($"[user]\n{UserProfiles.Keys(_user)}");
        _profiles.WriteConfig($"""
            [profile admin]
            role_arn = {_role.Arn}
            source_profile = user
            mfa_serial = {_device.Serial}
            """);
        sandbox.Server.Requests.Clear();
    }

    private IReadOnlyList<SandboxRequest> Assumed => _sandbox.Server.Requests.Of("AssumeRole");

    [Fact]
    public void The_code_is_asked_for_once_a_session()
    {
        _answers.Enqueue(_device.NextCode());

        var shown = _session.Show("""
            Set-CseSession @s3 -ProfileName admin
            Send-CseS3Object -Content x -Key x
            Receive-CseS3Object -Key x -AsString
            Get-CseS3Object -Key x -Region us-east-1
            Send-CseS3Object -Content y -Key y -ProfileName admin
            """);

        Assert.Equal(["x", "y"], _session.Keys);
        Assert.Single(Assumed);
        Assert.Equal(1, shown.Split($"MFA code of {_device.Serial}: ").Length - 1);
        Assert.DoesNotContain("000001", shown);
        var client = _session.Run("(Get-CseSession).Clients").Good().Output.Single();
        Assert.Equal($"profile admin, {_role.Arn}", client.Properties["Identity"].Value);
        Assert.InRange((DateTime)client.Properties["CredentialsExpire"].Value, DateTime.Now.AddMinutes(50), DateTime.Now.AddMinutes(70));
        Assert.Equal(_role.Arn, _sandbox.Server.Requests.Of("PutObject")[^1].Identity!.Arn);
    }

    [Theory]
    [InlineData("-MfaCode 000001")]
    [InlineData("-MfaCode '000001'")]
    [InlineData("-MfaCode $secure")]
    public void The_code_can_be_given(string parameter)
    {
        _device.NextCode();
        _session.Set("secure", new System.Net.NetworkCredential("", "000001").SecurePassword);

        _session.Run($"Send-CseS3Object -Content x -Key x @s3 -ProfileName admin {parameter}").Good();
        _session.Run("Receive-CseS3Object -Key x -AsString @s3 -ProfileName admin").Good();

        Assert.Single(Assumed);
    }

    [Fact]
    public void The_code_can_be_set_for_the_next_call_and_is_used_once()
    {
        _session.Run($"Set-CseSession @s3 -ProfileName admin -MfaCode {_device.NextCode()}; Send-CseS3Object -Content x -Key x").Good();
        Assert.Equal(_role.Arn, _sandbox.Server.Requests.Of("PutObject")[^1].Identity!.Arn);

        _session.Run("Clear-CseSession").Good();
        Assert.Equal("MfaCodeRequired", _session.Ends("Receive-CseS3Object -Key x -AsString @s3 -ProfileName admin").Id());
    }

    [Fact]
    public void Without_a_code_and_a_keyboard_the_call_ends_at_once_and_names_the_remedy()
    {
        var error = _session.Ends("Send-CseS3Object -Content x -Key x @s3 -ProfileName admin");

        Assert.Equal("MfaCodeRequired", error.Id());
        Assert.Equal(ErrorCategory.AuthenticationError, error.CategoryInfo.Category);
        Assert.Contains("-MfaCode", error.ToString());
        Assert.Contains(_device.Serial, error.ToString());
        Assert.Empty(Assumed);
        Assert.Empty(_session.Keys);
    }

    [Fact]
    public void A_host_without_a_screen_is_not_asked()
    {
        using var shell = PowerShell.Create(InitialSessionState.CreateDefault2());
        shell.AddScript($"Import-Module '{BuiltModule.Import}'; Get-CseS3Object {_session.Bucket} -ProfileName admin; Remove-Module CseKms").Invoke();
        Assert.Equal("MfaCodeRequired", Assert.Single(shell.Streams.Error).Id());
    }

    [Fact]
    public void An_empty_answer_is_no_code()
    {
        _answers.Enqueue("");
        Assert.Equal("MfaCodeRequired", _session.Ends("Send-CseS3Object -Content x -Key x @s3 -ProfileName admin").Id());
        Assert.Empty(Assumed);
    }

    [Theory]
    [InlineData("999999")]
    [InlineData("9988")]
    public void A_wrong_code_is_told_and_the_next_call_asks_again(string code)
    {
        var error = _session.Ends($"Send-CseS3Object -Content x -Key x @s3 -ProfileName admin -MfaCode {code}");
        Assert.Equal("MfaCodeRejected", error.Id());
        Assert.DoesNotContain(code, error.ToString());

        _answers.Enqueue(_device.NextCode());
        _session.Run("Send-CseS3Object -Content x -Key x @s3 -ProfileName admin").Good();
    }

    [Fact]
    public void Keys_that_expire_are_renewed_and_the_code_asked_for_again()
    {
        _session.Run("Send-CseS3Object -Content x -Key x @s3; Clear-CseSession").Good();
        _sandbox.Server.SessionLifetime = TimeSpan.FromSeconds(5);
        try
        {
            _answers.Enqueue(_device.NextCode());
            _answers.Enqueue(_device.NextCode());
            var script = """
                Set-CseSession @s3 -ProfileName admin
                Receive-CseS3Object -Key x -AsString
                $end = (Get-CseSession).Clients[-1].CredentialsExpire
                while ([DateTime]::Now -lt $end) { [System.Threading.Thread]::Sleep(50) }
                Receive-CseS3Object -Key x -AsString
                """;
            Assert.Equal(["x", "x"], _session.Run(script).Good().Output.Select(item => item.BaseObject));
        }
        finally
        {
            _sandbox.Server.SessionLifetime = null;
        }

        Assert.Equal(2, Assumed.Count);
        Assert.Empty(_answers);
    }

    [Fact]
    public void Keys_that_expire_while_objects_are_sent_are_renewed_on_the_way()
    {
        _session.Write(Enumerable.Range(0, 24).Select(i => $"d/{i}"));
        _sandbox.Server.SessionLifetime = TimeSpan.FromSeconds(4);
        _sandbox.Server.Latency = TimeSpan.FromMilliseconds(200);
        try
        {
            for (var i = 0; i < 20; i++)
            {
                _answers.Enqueue(_device.NextCode());
            }

            var result = _session.Run("Send-CseS3Object d -Recurse @s3 -ProfileName admin -ThrottleLimit 2").Good();
            Assert.Equal(24, result.Output.Count);
        }
        finally
        {
            _sandbox.Server.SessionLifetime = null;
            _sandbox.Server.Latency = TimeSpan.Zero;
        }

        Assert.True(Assumed.Count >= 2, $"{Assumed.Count} sessions");
        Assert.All(_sandbox.Server.Requests.Of("PutObject"), request => Assert.Equal(200, request.Status));
    }

    [Fact]
    public void Keys_that_cannot_be_renewed_serve_to_their_end_and_then_the_call_says_what_is_missing()
    {
        _session.Write(Enumerable.Range(0, 40).Select(i => $"d/{i}"));
        _sandbox.Server.SessionLifetime = TimeSpan.FromSeconds(4);
        _sandbox.Server.Latency = TimeSpan.FromMilliseconds(200);
        try
        {
            var result = _session.Run($"Send-CseS3Object d -Recurse @s3 -ProfileName admin -ThrottleLimit 2 -MfaCode {_device.NextCode()}");

            Assert.Equal("MfaCodeRequired", result.Terminating!.Id());
            Assert.NotEmpty(result.Output);
            Assert.Subset(_session.Keys.ToHashSet(), result.Output.Select(item => (string)item.Properties["Key"].Value).ToHashSet());

            // Of the two that were under way one was refused; of the other S3 may have had all when the call ended.
            Assert.InRange(_session.Keys.Count - result.Output.Count, 0, 1);
        }
        finally
        {
            _sandbox.Server.SessionLifetime = null;
            _sandbox.Server.Latency = TimeSpan.Zero;
        }
    }

    [Fact]
    public void Roles_can_be_chained_and_either_may_ask_for_a_code()
    {
        var second = _sandbox.Server.AddIdentity("second");
        _profiles.WriteConfig($"""
            [profile admin]
            role_arn = {_role.Arn}
            source_profile = user
            mfa_serial = {_device.Serial}
            [profile second]
            role_arn = {second.Arn}
            source_profile = admin
            """);
        _answers.Enqueue(_device.NextCode());

        _session.Run("Send-CseS3Object -Content x -Key x @s3 -ProfileName second").Good();

        Assert.Equal([_role.Arn, second.Arn], Assumed.Select(request => request.Key));
        Assert.Equal([_user.Arn, _role.Arn], Assumed.Select(request => request.Identity!.Arn));
        Assert.Equal(second.Arn, _sandbox.Server.Requests.Of("PutObject")[^1].Identity!.Arn);
    }

    [Fact]
    public void An_edited_source_profile_is_another_identity()
    {
        _answers.Enqueue(_device.NextCode());
        _session.Run("Send-CseS3Object -Content x -Key x @s3 -ProfileName admin").Good();
        var other = _sandbox.Server.AddIdentity("other");
        _profiles.WriteCredentials($"[user]\n{UserProfiles.Keys(other)}");
        _answers.Enqueue(_device.NextCode());

        _session.Run("Send-CseS3Object -Content x -Key x @s3 -ProfileName admin").Good();

        Assert.Equal([_user.Arn, other.Arn], Assumed.Select(request => request.Identity!.Arn));
    }

    [Fact]
    public void Bucket_and_key_can_have_a_role_each()
    {
        var keys = _sandbox.Server.AddIdentity("keys");
        var device = _sandbox.Server.AddMfaDevice("keys");
        _sandbox.Server.RequireMfa(keys, device);
        _profiles.WriteConfig($"""
            [profile storage]
            role_arn = {_role.Arn}
            source_profile = user
            mfa_serial = {_device.Serial}
            [profile keys]
            role_arn = {keys.Arn}
            source_profile = user
            mfa_serial = {device.Serial}
            """);
        _answers.Enqueue(_device.NextCode());
        _answers.Enqueue(device.NextCode());

        _session.Run("Send-CseS3Object -Content x -Key x @s3 -ProfileName storage -KmsProfileName keys").Good();

        Assert.Equal(_role.Arn, _sandbox.Server.Requests.Of("PutObject")[^1].Identity!.Arn);
        Assert.Equal(keys.Arn, _sandbox.Server.Requests.Of("GenerateDataKey")[^1].Identity!.Arn);
    }

    [Fact]
    public void Listing_needs_nobody_at_KMS()
    {
        _session.Run("Send-CseS3Object -Content x -Key x @s3; Set-CseSession @s3 -KmsProfileName admin").Good();

        var envelope = _session.Run("Get-CseS3Object; Get-CseS3Object -Key x; (Get-CseS3Object -Envelope).Envelope").Good().Output[^1];

        Assert.Equal("V3", envelope.Properties["Format"].Value);
        Assert.Empty(Assumed);
        Assert.Equal("MfaCodeRequired", _session.Ends("Receive-CseS3Object -Key x -AsString").Id());
        _answers.Enqueue(_device.NextCode());
        _session.Run("Receive-CseS3Object -Key x -AsString").Good();
    }

    [Fact]
    public void Many_objects_that_need_KMS_at_once_ask_for_one_code()
    {
        _session.Write(Enumerable.Range(0, 30).Select(i => $"d/{i}"));
        _answers.Enqueue(_device.NextCode());

        _session.Run("Send-CseS3Object d -Recurse @s3 -KmsProfileName admin").Good();

        Assert.Equal(30, _session.Keys.Count);
        Assert.Single(Assumed);
    }

    [Fact]
    public void What_only_lists_has_no_parameter_of_keys()
    {
        var parameters = _session.Run("(Get-Command Get-CseS3Object).Parameters.Keys").Good().Output.Select(name => $"{name}").ToArray();

        Assert.Contains("ProfileName", parameters);
        Assert.Empty(parameters.Intersect([
            "KmsKeyId", "KmsProfileName", "KmsEndpointUrl", "EncryptionContext", "CommitmentPolicy", "WrappingKey", "GrantToken", "MemoryLimit"]));
    }

    [Fact]
    public void A_role_that_may_not_be_assumed_is_told()
    {
        _sandbox.Server.Deny(_user, "AssumeRole");

        var error = _session.Ends($"Send-CseS3Object -Content x -Key x @s3 -ProfileName admin -MfaCode {_device.NextCode()}");

        Assert.Equal("CredentialsInvalid", error.Id());
        Assert.Contains($"{_user.CallerArn} is not authorized to perform: sts:AssumeRole", error.ToString());
    }

    [Fact]
    public async Task Stop_ends_the_wait_for_another_calls_code()
    {
        using var asked = new ManualResetEventSlim();
        using var typed = new ManualResetEventSlim();
        using var asking = new UserSession(_sandbox, answer: () =>
        {
            asked.Set();
            typed.Wait();
            return _device.NextCode();
        });
        var first = asking.Begin("Get-CseS3Object $bucket -ProfileName admin");
        asked.Wait(TestContext.Current.CancellationToken);
        var second = _session.Begin("Get-CseS3Object $bucket -ProfileName admin");
        await Assert.ThrowsAsync<TimeoutException>(() => second.WaitAsync(TimeSpan.FromMilliseconds(300), TestContext.Current.CancellationToken));

        _session.Stop();
        await second.WaitAsync(TimeSpan.FromSeconds(2), TestContext.Current.CancellationToken);
        typed.Set();
        (await first.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken)).Good();
        Assert.Single(Assumed);
    }

    public void Dispose()
    {
        _session.Dispose();
        _profiles.Dispose();
    }
}
