using System.Globalization;
using CseKms.Sandbox;
using Xunit;

namespace CseKms.Tests.Cmdlets;

/// <summary>Where S3 and KMS are called and as whom, by environment and configuration.</summary>
public sealed class ConnectionTests : IDisposable
{
    private readonly SandboxFixture _sandbox;
    private readonly UserProfiles _profiles;
    private readonly UserSession _session;
    private readonly EnvironmentVariables _environment = new();

    public ConnectionTests(SandboxFixture sandbox)
    {
        _sandbox = sandbox;
        _profiles = sandbox.Profiles;
        _session = new(sandbox);
        sandbox.Server.Requests.Clear();
    }

    private SandboxServer Server => _sandbox.Server;

    [Fact]
    public void Keys_come_from_a_process()
    {
        var identity = Server.AddSession(Server.AddIdentity("process"), TimeSpan.FromHours(1));
        var file = _session.Folder.Write("keys.json", System.Text.Encoding.UTF8.GetBytes($$"""
            { "Version": 1, "AccessKeyId": "{{identity.AccessKeyId}}", "SecretAccessKey": "{{identity.SecretAccessKey}}",
              "SessionToken": "{{identity.SessionToken}}", "Expiration": "{{identity.Expires:O}}" }
            """));
        var process = OperatingSystem.IsWindows() ? $"cmd /c type \"{file}\"" : $"cat {file}";
        _profiles.WriteConfig($"[profile process]\ncredential_process = {process}\n");

        _session.Run("Send-CseS3Object -Content x -Key x @s3 -ProfileName process").Good();

        Assert.Equal("process", Server.Requests.Of("PutObject")[^1].Identity!.Name);
        _profiles.WriteConfig("[profile process]\ncredential_process = does-not-exist-anywhere\n");
        var error = _session.Ends("Send-CseS3Object -Content x -Key x @s3 -ProfileName process");
        Assert.Equal("CredentialsInvalid", error.Id());
        Assert.Contains("profile process", error.ToString());
    }

    [Fact]
    public void A_web_identity_of_the_environment_works_beside_another_SDK()
    {
        var role = Server.AddIdentity("pod");
        var token = _session.Folder.Write("token", System.Text.Encoding.UTF8.GetBytes(Server.AddWebIdentityToken(role)));
        _environment.Set("AWS_ACCESS_KEY_ID", null);
        _environment.Set("AWS_SECRET_ACCESS_KEY", null);
        _environment.Set("AWS_WEB_IDENTITY_TOKEN_FILE", token);
        _environment.Set("AWS_ROLE_ARN", role.Arn);

        _session.Run("Send-CseS3Object -Content x -Key x @s3").Good();

        Assert.Equal("pod", Server.Requests.Of("PutObject")[^1].Identity!.Name);
        Assert.Equal(1, Server.Requests.Count("AssumeRoleWithWebIdentity"));
    }

    [Fact]
    public async Task The_role_of_a_container_is_found_and_a_changed_one_too()
    {
        _environment.Set("AWS_ACCESS_KEY_ID", null);
        _environment.Set("AWS_SECRET_ACCESS_KEY", null);
        foreach (var name in new[] { "task-1", "task-2" })
        {
            var role = Server.AddSession(Server.AddIdentity(name), TimeSpan.FromHours(1));
            using var listener = new System.Net.HttpListener();
            var url = $"http://127.0.0.1:{FreePort()}/";
            listener.Prefixes.Add(url);
            listener.Start();
            _environment.Set("AWS_CONTAINER_CREDENTIALS_FULL_URI", url + "role");
            var sending = _session.Begin("Send-CseS3Object -Content x -Key x @s3");

            var context = await listener.GetContextAsync().WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
            context.Response.ContentType = "application/json";
            context.Response.Close(System.Text.Encoding.UTF8.GetBytes($$"""
                { "AccessKeyId": "{{role.AccessKeyId}}", "SecretAccessKey": "{{role.SecretAccessKey}}",
                  "Token": "{{role.SessionToken}}", "Expiration": "{{role.Expires:O}}" }
                """), willBlock: false);

            (await sending).Good();
            Assert.Equal(name, Server.Requests.Of("PutObject")[^1].Identity!.Name);
        }

        static int FreePort()
        {
            using var probe = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
            probe.Start();
            return ((System.Net.IPEndPoint)probe.LocalEndpoint).Port;
        }
    }

    [Fact]
    public void A_profile_that_the_environment_names_must_exist()
    {
        _environment.Set("AWS_ACCESS_KEY_ID", null);
        _environment.Set("AWS_PROFILE", "nobody");

        var error = _session.Ends("Get-CseS3Object $bucket");

        Assert.Equal("ProfileNotFound", error.Id());
        Assert.Contains("AWS_PROFILE", error.ToString());
    }

    [Fact]
    public void Keys_go_before_a_profile_and_a_profile_before_a_credential()
    {
        var (keys, profile, credential) = (Server.AddIdentity("keys"), Server.AddIdentity("profile"), Server.AddIdentity("credential"));
        _profiles.WriteCredentials($"[one]\n{UserProfiles.Keys(profile)}");
        _session.Set("keys", keys);
        _session.Set("c", new Amazon.Runtime.BasicAWSCredentials(credential.AccessKeyId, credential.SecretAccessKey));

        _session.Run("""
            $explicit = @{ AccessKey = $keys.AccessKeyId; SecretKey = $keys.SecretAccessKey }
            Get-CseS3Object $bucket @explicit -ProfileName one -Credential $c
            Get-CseS3Object $bucket -ProfileName one -Credential $c
            Get-CseS3Object $bucket -Credential $c
            """).Good();

        Assert.Equal(["keys", "profile", "credential"], Server.Requests.Of("ListObjectsV2").Select(request => request.Identity!.Name));
    }

    [Theory]
    [InlineData("endpoint_url = {0}\n")]
    [InlineData("services = local\n[services local]\ns3 =\n  endpoint_url = {0}\nkms =\n  endpoint_url = {0}\n")]
    public void A_profile_has_its_endpoints(string lines)
    {
        _environment.Set("AWS_ENDPOINT_URL", null);
        _profiles.WriteCredentials($"[local]\n{UserProfiles.Keys(Server.Admin)}");
        _profiles.WriteConfig($"[profile local]\nregion = us-east-1\n{string.Format(CultureInfo.InvariantCulture, lines, Server.HttpUrl)}");

        _session.Run("Send-CseS3Object -Content x -Key x @s3 -ProfileName local").Good();

        Assert.Equal(["x"], _session.Keys);
        Assert.Equal([Server.HttpUrl], _session.Run("(Get-CseSession).Clients").Good().All("EndpointUrl"));
    }

    [Fact]
    public void Each_service_can_have_an_endpoint_of_its_own()
    {
        _environment.Set("AWS_ENDPOINT_URL", "http://127.0.0.1:1");
        _environment.Set("AWS_ENDPOINT_URL_S3", Server.HttpUrl);
        _environment.Set("AWS_ENDPOINT_URL_KMS", Server.HttpUrl);
        _session.Run("Send-CseS3Object -Content x -Key x @s3").Good();

        _environment.Set("AWS_ENDPOINT_URL_KMS", null);
        var error = _session.Ends("Send-CseS3Object -Content x -Key y @s3");
        Assert.Equal("EndpointUnreachable", error.Id());
        Assert.Contains("KMS", error.ToString());
        _session.Run("Send-CseS3Object -Content x -Key y @s3 -KmsEndpointUrl $env:AWS_ENDPOINT_URL_S3").Good();
    }

    [Fact]
    public void A_bucket_is_found_in_its_own_region()
    {
        Server.CreateBucket("frankfurt", "eu-central-1");
        _session.Run("$there = @{ BucketName = 'frankfurt'; KmsKeyId = $key; Region = 'us-east-1' }").Good();
        _session.Write("a");

        var result = _session.Run("""
            Send-CseS3Object a @there -Key a
            Send-CseS3Object -Content b @there -Key b
            Get-CseS3Object frankfurt -Region us-east-1
            Get-CseS3Object frankfurt -Key a -Envelope -Region us-east-1
            Receive-CseS3Object -Key a @there -AsString
            """).Good();

        Assert.Equal("a", result.Output[^1].BaseObject);
        var redirects = Server.Requests.All.Count(request => request.Status == 301);
        Assert.Equal(1, redirects);
    }

    [Fact]
    public void A_head_request_finds_the_region_too()
    {
        Server.CreateBucket("stockholm", "eu-north-1");
        var error = _session.Run("Get-CseS3Object stockholm -Key nothing -Region us-east-1");
        Assert.Equal(["NoSuchKey"], error.Ids());
    }

    [Fact]
    public void An_endpoint_that_is_none_is_told()
    {
        foreach (var url in new[] { "s3.example.com", "ftp://example.com", "http://" })
        {
            Assert.Equal("EndpointInvalid", _session.Ends($"Get-CseS3Object $bucket -EndpointUrl {url}").Id());
        }

        foreach (var parameter in new[] { "-UseFIPSEndpoint", "-UseDualstackEndpoint" })
        {
            var error = _session.Ends($"Get-CseS3Object $bucket {parameter}");
            Assert.Equal("EndpointInvalid", error.Id());
            Assert.Contains(parameter, error.ToString());
        }
    }

    [Fact]
    public void Fifty_runspaces_that_start_at_once_share_one_client_and_one_sign_in()
    {
        var role = Server.AddIdentity("shared");
        var device = Server.AddMfaDevice("shared");
        Server.RequireMfa(role, device);
        _profiles.WriteCredentials($"[user]\n{UserProfiles.Keys(Server.Admin)}");
        _profiles.WriteConfig($"[profile shared]\nrole_arn = {role.Arn}\nsource_profile = user\nmfa_serial = {device.Serial}\n");
        _session.Run($"Set-CseSession @s3 -ProfileName shared -MfaCode {device.NextCode()}").Good();
        using var start = new ManualResetEventSlim();
        var failures = new System.Collections.Concurrent.ConcurrentQueue<string>();
        var threads = Enumerable.Range(0, 50).Select(i => new Thread(() =>
        {
            using var engine = new PowerShellEngine(new EngineHost(TextWriter.Null), BuiltModule.Import);
            start.Wait();
            var result = engine.Invoke($"Send-CseS3Object -Content 'text {i}' -Key 'r/{i}'; Receive-CseS3Object -Key 'r/{i}' -AsString");
            if (result.Terminating is not null || result.Errors.Count > 0 || result.Output.Count != 2 || $"{result.Output[1]}" != $"text {i}")
            {
                failures.Enqueue($"{result.Terminating}{string.Join(' ', result.Errors)}");
            }

            engine.Invoke("Remove-Module CseKms");
        })).ToArray();
        Array.ForEach(threads, thread => thread.Start());
        start.Set();
        Array.ForEach(threads, thread => thread.Join());

        Assert.Empty(failures);
        Assert.Equal(50, _session.Keys.Count);
        Assert.Equal(1, Server.Requests.Count("AssumeRole"));
        var client = Assert.Single(_session.Run("(Get-CseSession).Clients").Good().Output);
        Assert.Equal(50L, client.Properties["ObjectsSent"].Value);
        Assert.Equal(50L, client.Properties["ObjectsReceived"].Value);
        Assert.Equal(50L, Assert.Single(_session.Run("(Get-CseSession).Keyrings").Good().Output).Properties["DataKeysGenerated"].Value);
    }

    [Fact]
    public void Two_identities_see_only_what_the_key_policies_allow_them()
    {
        var (alice, bob) = (Server.AddIdentity("alice"), Server.AddIdentity("bob"));
        var keys = new Dictionary<SandboxIdentity, string> { [alice] = Server.CreateKey(), [bob] = Server.CreateKey() };
        foreach (var (owner, key) in keys)
        {
            Server.PutKeyPolicy(key, $$"""
                { "Version": "2012-10-17", "Statement": [
                  { "Effect": "Allow", "Principal": { "AWS": "{{owner.Arn}}" }, "Action": "kms:*", "Resource": "*" } ] }
                """);
        }

        var outcomes = new[] { alice, bob }.AsParallel().WithDegreeOfParallelism(2).Select(identity =>
        {
            using var engine = new PowerShellEngine(new EngineHost(TextWriter.Null), BuiltModule.Import);
            var who = $"-AccessKey {identity.AccessKeyId} -SecretKey {identity.SecretAccessKey}";
            var seen = new List<string>();
            for (var i = 0; i < 10; i++)
            {
                foreach (var (owner, key) in keys)
                {
                    var result = engine.Invoke($"Send-CseS3Object -Content x -Key {identity.Name}/{i} -BucketName {_session.Bucket} -KmsKeyId {key} {who}");
                    seen.Add($"{owner.Name}: {(result.Errors.Count == 0 ? "sent" : result.Errors[0].Id())}");
                }
            }

            engine.Invoke("Remove-Module CseKms");
            return (identity.Name, Seen: seen.Distinct().Order().ToArray());
        }).ToArray();

        Assert.Equal(["alice: sent", "bob: KmsAccessDenied"], outcomes.Single(outcome => outcome.Name == "alice").Seen);
        Assert.Equal(["alice: KmsAccessDenied", "bob: sent"], outcomes.Single(outcome => outcome.Name == "bob").Seen);
    }

    [Fact]
    public void Output_pipes_into_parameters_of_AWS_Tools()
    {
        using var versioned = new UserSession(_sandbox, versioned: true);
        versioned.Run("""
            function Remove-S3Object {
                param(
                    [Parameter(ValueFromPipelineByPropertyName)] [string] $BucketName,
                    [Parameter(ValueFromPipelineByPropertyName)] [string] $Key,
                    [Parameter(ValueFromPipelineByPropertyName)] [string] $VersionId)
                process { "$BucketName/$Key/$VersionId" }
            }
            """).Good();
        var result = versioned.Run("""
            $sent = Send-CseS3Object -Content x -Key a @s3
            $sent | Remove-S3Object
            Get-CseS3Object $bucket -Key a | Remove-S3Object
            Receive-CseS3Object -Key a @s3 -File a | Remove-S3Object
            Get-CseS3Object $bucket | Remove-S3Object
            "$bucket/a/$($sent.VersionId)"
            """).Good().Output.Select(line => $"{line}").ToArray();

        Assert.Equal([result[4], result[4], result[4], $"{versioned.Bucket}/a/", result[4]], result);
        Assert.NotEqual($"{versioned.Bucket}/a/", result[4]);
    }

    [Fact]
    public void A_version_of_AWS_Tools_is_received_as_that_version()
    {
        using var versioned = new UserSession(_sandbox, versioned: true);
        versioned.Run("$old = Send-CseS3Object -Content old -Key a @s3; Send-CseS3Object -Content new -Key a @s3").Good();
        var version = new Amazon.S3.Model.S3ObjectVersion
        {
            BucketName = versioned.Bucket,
            Key = "a",
            VersionId = (string)versioned.Run("$old.VersionId").Good().Output.Single().BaseObject,
        };

        Assert.Equal("old", versioned.Run("$input | Receive-CseS3Object -AsString -KmsKeyId $key", version).Good().Output.Single().BaseObject);
    }

    [Fact]
    public void The_ARN_of_a_bucket_is_taken_for_its_name()
    {
        _session.Run("Send-CseS3Object -Content x -Key x -BucketName arn:aws:s3:::$bucket -KmsKeyId $key").Good();
        Assert.Equal([_session.Bucket], _session.Run("Get-CseS3Object arn:aws:s3:::$bucket").Good().All("BucketName"));
        Assert.Equal(["S3AccessDenied"], _session.Run("Receive-CseS3Object -Key x -AsString @s3 -ExpectedBucketOwner 999999999999").Ids());
        _session.Run($"Receive-CseS3Object -Key x -AsString @s3 -ExpectedBucketOwner {SandboxServer.AccountId}").Good();
    }

    [Fact]
    public void No_secret_is_in_any_stream()
    {
        var role = Server.AddIdentity("secretive");
        var device = Server.AddMfaDevice("secretive");
        Server.RequireMfa(role, device);
        device.Expect("428571", SandboxFaults.Always);
        _profiles.WriteCredentials($"[user]\n{UserProfiles.Keys(Server.Admin)}");
        _profiles.WriteConfig($"[profile secretive]\nrole_arn = {role.Arn}\nsource_profile = user\nmfa_serial = {device.Serial}\n");
        var outsider = Server.AddSession(Server.AddIdentity("outsider"), TimeSpan.FromHours(1));
        Server.Deny(outsider, "*");
        _session.Set("outsider", outsider);
        _session.Write("plain/a", "plain/b");

        var shown = _session.Show("""
            $VerbosePreference = $DebugPreference = $InformationPreference = 'Continue'
            function Everything { process { "$_"; [System.Management.Automation.PSSerializer]::Serialize($_, 4) } }
            Set-CseSession @s3 -ProfileName secretive -MfaCode 428571 -PassThru -Verbose -Debug | Everything
            Send-CseS3Object plain -Recurse -Verbose -Debug | Everything
            Send-CseS3Object -Content 'the plaintext' -Key c -Verbose -Debug -WhatIf
            Get-CseS3Object -Envelope -Verbose -Debug | Everything
            Receive-CseS3Object -KeyPrefix '' -Destination back -Verbose -Debug | Everything
            Receive-CseS3Object -Key a -AsString -AccessKey $outsider.AccessKeyId -SecretKey $outsider.SecretAccessKey -SessionToken $outsider.SessionToken -Verbose -Debug
            Get-CseS3Object -AccessKey $outsider.AccessKeyId -SecretKey wrong/$($outsider.SecretAccessKey) -Verbose -Debug
            Get-CseSession | Everything
            (Get-CseSession).Clients | Everything
            $Error | ForEach-Object { $_.ToString(); $_.Exception.ToString(); $_ } | Everything
            """);

        var session = Server.Requests.Of("PutObject")[^1].Identity!;
        Assert.Equal("secretive", session.Name);
        foreach (var secret in new[]
        {
            Server.Admin.SecretAccessKey, outsider.SecretAccessKey, outsider.SessionToken!, session.SecretAccessKey, session.SessionToken!, "428571",
        })
        {
            Assert.DoesNotContain(secret, shown);
        }

        // So that it is not for want of sight.
        Assert.Contains("S3AccessDenied", shown);
        Assert.Contains("CredentialsInvalid", shown);
        Assert.Contains(role.Arn, shown);
        Assert.Contains("plain/a", shown);
    }

    public void Dispose()
    {
        _environment.Dispose();
        _session.Dispose();
        _profiles.Dispose();
    }
}
