using System.Text;
using CseKms.Sandbox;
using Xunit;

namespace CseKms.Tests.Cmdlets;

/// <summary>Who a call is made as, when that changes between calls, and what of it the process keeps.</summary>
public sealed class IdentityTests : IDisposable
{
    private readonly UserProfiles _profiles;
    private readonly UserSession _session;
    private readonly EnvironmentVariables _environment = new();

    public IdentityTests(SandboxFixture sandbox)
    {
        _profiles = sandbox.Profiles;
        _session = new(sandbox);
        Server = sandbox.Server;
        Server.Requests.Clear();
    }

    private SandboxServer Server { get; }

    private string LastCaller => Server.Requests.Of("ListObjectsV2")[^1].Identity!.Name;

    [Fact]
    public void Keys_of_the_environment_that_a_profile_takes_are_those_of_now()
    {
        var role = Server.AddIdentity("role");
        _profiles.WriteConfig($"[profile sourced]\nrole_arn = {role.Arn}\ncredential_source = Environment\n");
        foreach (var name in new[] { "first", "second" })
        {
            var caller = Server.AddIdentity(name);
            _environment.Set("AWS_ACCESS_KEY_ID", caller.AccessKeyId);
            _environment.Set("AWS_SECRET_ACCESS_KEY", caller.SecretAccessKey);

            _session.Run("Get-CseS3Object $bucket -ProfileName sourced; Get-CseS3Object $bucket -ProfileName sourced").Good();
        }

        Assert.Equal(["first", "second"], Server.Requests.Of("AssumeRole").Select(request => request.Identity!.Name));
        _environment.Set("AWS_ACCESS_KEY_ID", null);
        Assert.Equal("CredentialsInvalid", _session.Ends("Get-CseS3Object $bucket -ProfileName sourced").Id());
    }

    [Fact]
    public void A_program_that_tells_no_end_of_its_keys_is_asked_by_each_call()
    {
        WriteProgram("");
        foreach (var name in new[] { "first", "second" })
        {
            WriteKeys(Server.AddIdentity(name), expires: null);
            _session.Run("Get-CseS3Object $bucket -ProfileName program").Good();
            Assert.Equal(name, LastCaller);
        }

        Assert.Equal(2, Runs);
    }

    [Fact]
    public void A_program_that_tells_the_end_of_its_keys_is_asked_once()
    {
        WriteProgram("");
        WriteKeys(Server.AddIdentity("first"), DateTime.UtcNow.AddHours(1));

        _session.Run("1..3 | ForEach-Object { Get-CseS3Object $bucket -ProfileName program }").Good();

        Assert.Equal(1, Runs);
        Assert.Single(_session.Run("(Get-CseSession).Clients").Good().Output);
    }

    [Fact]
    public void A_role_is_assumed_by_what_the_program_prints_now()
    {
        var role = Server.AddIdentity("role");
        WriteProgram($"[profile chained]\nrole_arn = {role.Arn}\nsource_profile = program\n");
        foreach (var name in new[] { "first", "second" })
        {
            WriteKeys(Server.AddIdentity(name), expires: null);
            _session.Run("Get-CseS3Object $bucket -ProfileName chained").Good();
        }

        Assert.Equal(["first", "second"], Server.Requests.Of("AssumeRole").Select(request => request.Identity!.Name));
    }

    [Theory]
    [InlineData("echo hunter2 >&2; exit 3")]
    [InlineData("echo hunter2")]
    [InlineData("echo '{ \"Version\": 1, \"SecretAccessKey\": \"hunter2\" '")]
    public void What_a_program_says_of_its_failure_is_not_repeated(string line)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "A program of sh.");
        var program = _session.Folder.Write("fails.sh", Encoding.UTF8.GetBytes(line));
        var role = Server.AddIdentity("role");
        _profiles.WriteConfig(
            $"[profile program]\ncredential_process = sh {program}\n[profile chained]\nrole_arn = {role.Arn}\nsource_profile = program\n");

        foreach (var profile in new[] { "program", "chained" })
        {
            var shown = _session.Show($$"""
                $VerbosePreference = $DebugPreference = 'Continue'; $Error.Clear()
                Get-CseS3Object $bucket -ProfileName {{profile}}
                $Error | ForEach-Object { $_.ToString(); $_.Exception.ToString(); [System.Management.Automation.PSSerializer]::Serialize($_, 5) }
                """);

            Assert.DoesNotContain("hunter2", shown);
            Assert.Contains("credential_process", shown);
            Assert.Contains($"profile {profile}", shown);
        }
    }

    [Fact]
    public void The_region_of_a_profile_is_that_of_now()
    {
        _environment.Set("AWS_REGION", null);
        foreach (var region in new[] { "us-east-1", "eu-west-1" })
        {
            _profiles.WriteConfig($"[profile placed]\n{UserProfiles.Keys(Server.Admin)}region = {region}\n");
            _session.Run("Get-CseS3Object $bucket -ProfileName placed").Good();
        }

        Assert.Equal(["eu-west-1", "us-east-1"], _session.Run("(Get-CseSession).Clients").Good().All("Region"));
    }

    [Fact]
    public void Pairs_that_are_equal_share_a_client_and_a_pair_may_be_disposed_of_after_its_call()
    {
        _session.Set("me", Server.AddIdentity("me"));
        _session.Run("""
            foreach ($i in 1..3) {
                $password = ConvertTo-SecureString $me.SecretAccessKey -AsPlainText -Force
                Get-CseS3Object $bucket -Credential ([pscredential]::new($me.AccessKeyId, $password))
                $password.Dispose()
            }
            """).Good();

        Assert.Single(_session.Run("(Get-CseSession).Clients").Good().Output);
        Assert.Equal(3, Server.Requests.Count("ListObjectsV2"));
    }

    [Fact]
    public void Of_ever_new_identities_the_last_ones_are_kept()
    {
        var identities = Enumerable.Range(0, 300).Select(i => Server.AddIdentity($"tenant-{i}")).ToArray();
        _session.Set("tenants", identities);

        _session.Run("""
            foreach ($tenant in $tenants) {
                $password = ConvertTo-SecureString $tenant.SecretAccessKey -AsPlainText -Force
                Send-CseS3Object -Content x -Key x @s3 -Credential ([pscredential]::new($tenant.AccessKeyId, $password))
            }
            """).Good();

        var kept = _session.Run("$session = Get-CseSession; $session.Clients.Count; $session.Keyrings.Count").Good().Output.Select(count => (int)count.BaseObject);
        Assert.All(kept, count => Assert.InRange(count, 1, 100));
        Assert.Equal("tenant-299", Server.Requests.Of("PutObject")[^1].Identity!.Name);
        Assert.Equal(identities.Select(identity => identity.Name), Server.Requests.Of("GenerateDataKey").Select(request => request.Identity!.Name));
    }

    [Fact]
    public void KMS_over_plain_HTTP_to_another_host_is_warned_of_once_a_call()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Where 0.0.0.0 is this machine.");
        var elsewhere = Server.HttpUrl.Replace("127.0.0.1", "0.0.0.0").Replace("localhost", "0.0.0.0");
        _session.Store("p/a", "p/b", "p/c");

        foreach (var script in new[] { "Receive-CseS3Object -KeyPrefix p -AsString @s3", "Send-CseS3Object -Content x -Key x @s3" })
        {
            var shown = _session.Show($"$null = {script} -KmsEndpointUrl {elsewhere}").Replace("\n", " ");
            Assert.Single(System.Text.RegularExpressions.Regex.Matches(shown, "WARNING: Data keys come from KMS over plain HTTP"));
            Assert.Contains(elsewhere, shown);
            Assert.DoesNotContain("WARNING", _session.Show($"$null = {script} -KmsEndpointUrl {Server.HttpUrl}"));
            Assert.DoesNotContain("WARNING", _session.Show($"$null = {script} -EndpointUrl {elsewhere} -KmsEndpointUrl {Server.HttpUrl}"));
        }

        Assert.DoesNotContain("WARNING", _session.Show($"$null = Get-CseS3Object $bucket -EndpointUrl {elsewhere}"));
    }

    public void Dispose()
    {
        _environment.Dispose();
        _session.Dispose();
        _profiles.Dispose();
    }

    private int Runs => File.ReadAllLines(_session.Folder.File("runs")).Length;

    private void WriteProgram(string more)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "A program of sh.");
        var program = _session.Folder.Write(
            "program.sh", Encoding.UTF8.GetBytes($"echo run >> {_session.Folder.File("runs")}; cat {_session.Folder.File("keys.json")}\n"));
        _profiles.WriteConfig($"[profile program]\ncredential_process = sh {program}\n{more}");
    }

    private void WriteKeys(SandboxIdentity identity, DateTime? expires) => _session.Folder.Write("keys.json", Encoding.UTF8.GetBytes(
        $$"""{ "Version": 1, "AccessKeyId": "{{identity.AccessKeyId}}", "SecretAccessKey": "{{identity.SecretAccessKey}}" """
        + (expires is { } end ? $", \"Expiration\": \"{end:O}\"" : "") + " }"));
}
