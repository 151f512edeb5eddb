using System.Collections;
using System.Management.Automation;
using Xunit;

namespace CseKms.Tests.Cmdlets;

public sealed class SessionTests(SandboxFixture sandbox) : IDisposable
{
    private readonly UserSession _session = new(sandbox);

    [Fact]
    public void Defaults_stand_in_for_parameters()
    {
        _session.Write("a");
        _session.Run("Set-CseSession @s3 -KeyPrefix p/ -EncryptionContext @{ dept = 'hr' } -CommitmentPolicy ForbidEncryptAllowDecrypt; Send-CseS3Object a").Good();
        Assert.Equal(["p/a"], _session.Keys);
        var item = _session.Run("Get-CseS3Object -Envelope").Good().Output.Single();
        Assert.Equal("V2", _session.Run("(Get-CseS3Object -Envelope).Envelope.Format").Good().Output.Single().BaseObject);
        Assert.Equal("hr", _session.Run("(Get-CseS3Object -Envelope).Envelope.StoredContext['dept']").Good().Output.Single().BaseObject);
        Assert.Equal("a", _session.Run("Receive-CseS3Object -Key p/a -AsString").Good().Output.Single().BaseObject);
        Assert.Equal(["p/a"], _session.Run("Receive-CseS3Object -Destination d").Good().All("Key"));
        Assert.Equal(["ContextMismatch"], _session.Run("Receive-CseS3Object -Key p/a -AsString -EncryptionContext @{}").Ids());
        Assert.Equal(["CommitmentRequired"], _session.Run("Receive-CseS3Object -Key p/a -AsString -CommitmentPolicy RequireEncryptRequireDecrypt").Ids());
        _session.Run("Send-CseS3Object a -KeyPrefix other").Good();
        Assert.Equal(["other/a", "p/a"], _session.Keys);
    }

    [Fact]
    public void Only_what_is_given_changes_and_empty_clears()
    {
        _session.Run("Set-CseSession -BucketName bbb -KeyPrefix p -KmsKeyId k -Region r -AccessKey n -SecretKey s -EndpointUrl http://e -KmsEndpointUrl http://k -ThrottleLimit 3 -MemoryLimit 64MB -ForcePathStyleAddressing -EncryptionContext @{ a = 1 } -CommitmentPolicy RequireEncryptAllowDecrypt").Good();
        Assert.Equal("bbb p k r n http://e http://k 3 67108864 True 1 RequireEncryptAllowDecrypt", Describe());
        _session.Run("Set-CseSession -KeyPrefix q -ThrottleLimit 4 -MemoryLimit 1GB").Good();
        Assert.Equal("bbb q k r n http://e http://k 4 1073741824 True 1 RequireEncryptAllowDecrypt", Describe());
        _session.Run("Set-CseSession -BucketName '' -KeyPrefix $null -EncryptionContext $null -ForcePathStyleAddressing:$false -CommitmentPolicy $null -MemoryLimit 0").Good();
        Assert.Equal("  k r n http://e http://k 4 268435456 False  RequireEncryptRequireDecrypt", Describe());
        Assert.Equal("BucketNameRequired", _session.Ends("Receive-CseS3Object -Key x").Id());
        _session.Run("Clear-CseSession").Good();
        Assert.Equal("       16 268435456 False  RequireEncryptRequireDecrypt", Describe());

        string Describe() => (string)_session.Run("""
            $s = Get-CseSession
            $s.BucketName, $s.KeyPrefix, $s.KmsKeyId, $s.Region, $s.AccessKey, $s.EndpointUrl, $s.KmsEndpointUrl, $s.ThrottleLimit, $s.MemoryLimit,
                $s.ForcePathStyleAddressing, $s.EncryptionContext.a, $s.CommitmentPolicy -join ' '
            """).Good().Output.Single().BaseObject;
    }

    [Fact]
    public void PassThru_returns_the_session()
    {
        Assert.Empty(_session.Run("Set-CseSession -BucketName bbb").Good().Output);
        Assert.Equal("bbb", _session.Run("Set-CseSession -Region r -PassThru").Good().Output.Single().Properties["BucketName"].Value);
    }

    [Fact]
    public void Credentials_can_be_objects()
    {
        var session = sandbox.Server.AddSession(sandbox.Server.Admin, TimeSpan.FromHours(1));
        _session.Run("Send-CseS3Object -Content x -Key x @s3").Good();
        foreach (var credential in new object[]
        {
            new PSCredential(sandbox.Server.Admin.AccessKeyId, new System.Net.NetworkCredential("", sandbox.Server.Admin.SecretAccessKey).SecurePassword),
            new Amazon.Runtime.BasicAWSCredentials(sandbox.Server.Admin.AccessKeyId, sandbox.Server.Admin.SecretAccessKey),
            new Amazon.Runtime.SessionAWSCredentials(session.AccessKeyId, session.SecretAccessKey, session.SessionToken),
        })
        {
            _session.Set("c", credential);
            _session.Run("Clear-CseSession").Good();
            var result = _session.Run("""
                Receive-CseS3Object -Key x -AsString -Credential $c @s3
                Set-CseSession -Credential $c
                Receive-CseS3Object -Key x -AsString @s3
                """).Good();
            Assert.Equal(["x", "x"], result.Output.Select(item => item.BaseObject));
            Assert.Equal(["credential"], _session.Run("(Get-CseSession).Clients").Good().All("Identity"));
        }

        Assert.StartsWith("ParameterArgumentTransformationError", _session.Ends("Get-CseS3Object -Credential 'me' @{ BucketName = $bucket }").Id());
    }

    [Fact]
    public void The_session_of_AWS_Tools_is_used_and_goes_before_our_defaults()
    {
        var outsider = sandbox.Server.AddIdentity("outsider");
        sandbox.Server.Deny(outsider, "*");
        _session.Run("Send-CseS3Object -Content x -Key x @s3").Good();
        _session.Set("outsider", outsider);
        _session.Set("StoredAWSCredentials", new AWSPSCredentials(new Amazon.Runtime.BasicAWSCredentials(
            sandbox.Server.Admin.AccessKeyId, sandbox.Server.Admin.SecretAccessKey)));
        _session.Set("StoredAWSRegion", "us-east-1");
        _session.Run("Clear-CseSession; Set-CseSession -AccessKey $outsider.AccessKeyId -SecretKey $outsider.SecretAccessKey -Region eu-west-1").Good();

        Assert.Equal("x", _session.Run("Receive-CseS3Object -Key x -AsString @s3").Good().Output.Single().BaseObject);
        Assert.Equal(["us-east-1"], _session.Run("(Get-CseSession).Clients").Good().All("Region"));
        var named = _session.Run("Receive-CseS3Object -Key x -AsString -AccessKey $outsider.AccessKeyId -SecretKey $outsider.SecretAccessKey @s3");
        Assert.Equal(["S3AccessDenied"], named.Ids());
    }

    [Fact]
    public void What_cannot_be_taken_out_of_the_session_of_AWS_Tools_is_said()
    {
        _session.Set("StoredAWSCredentials", new object());

        var result = _session.Run("Get-CseS3Object $bucket").Good();

        Assert.Contains("-Credential (Get-AWSCredential)", Assert.Single(result.Warnings));
    }

    [Fact]
    public void Credentials_that_renew_themselves_stay_valid()
    {
        var renewing = new RenewingCredential { Current = sandbox.Server.AddSession(sandbox.Server.Admin, TimeSpan.FromHours(1)) };
        _session.Set("renewing", renewing);
        _session.Run("Set-CseSession @s3 -Credential $renewing; Send-CseS3Object -Content x -Key x").Good();

        sandbox.Server.RemoveIdentity(renewing.Current);
        renewing.Current = sandbox.Server.AddSession(sandbox.Server.Admin, TimeSpan.FromHours(1));
        Assert.Equal("x", _session.Run("Receive-CseS3Object -Key x -AsString").Good().Output.Single().BaseObject);
        Assert.Single(_session.Run("(Get-CseSession).Clients").Good().Output);

        renewing.Failure = new InvalidOperationException("The sign-in was not renewed.");
        var error = _session.Ends("Receive-CseS3Object -Key x -AsString");
        Assert.Equal("CredentialsInvalid", error.Id());
        Assert.Contains("The sign-in was not renewed.", error.ToString());
    }

    [Fact]
    public void Secrets_are_never_shown()
    {
        var me = sandbox.Server.AddSession(sandbox.Server.Admin, TimeSpan.FromHours(1));
        _session.Set("me", me);
        _session.Run("Set-CseSession @s3 -AccessKey $me.AccessKeyId -SecretKey $me.SecretAccessKey -SessionToken $me.SessionToken; Send-CseS3Object -Content x -Key x").Good();
        var texts = _session.Run("""
            $s = Get-CseSession
            "$s"; $s.PSObject.Properties | ForEach-Object { "$($_.Value)" }; $s.Clients | ForEach-Object { "$_" }; $s.Keyrings | ForEach-Object { "$_" }
            [System.Management.Automation.PSSerializer]::Serialize($s, 5)
            """).Good().Output.Select(text => $"{text}").Append(_session.Show("Get-CseSession")).ToArray();
        Assert.Contains(texts, text => text.Contains(me.AccessKeyId));
        Assert.All(texts, text => Assert.DoesNotContain(me.SecretAccessKey, text));
        Assert.All(texts, text => Assert.DoesNotContain(me.SessionToken!, text));
    }

    [Fact]
    public void The_session_counts_what_was_done()
    {
        _session.Run("Send-CseS3Object -Content 'abc' -Key a @s3; Send-CseS3Object -Content 'defg' -Key b @s3; Receive-CseS3Object -Key a -AsString @s3").Good();
        var session = _session.Run("Get-CseSession").Good().Output.Single();
        var client = PSObject.AsPSObject(Assert.Single(((IEnumerable)session.Properties["Clients"].Value).Cast<object>()));
        Assert.Equal(
            [2L, 1L, 7L, 3L],
            new[] { "ObjectsSent", "ObjectsReceived", "BytesSent", "BytesReceived" }.Select(name => client.Properties[name].Value));
        var keyring = PSObject.AsPSObject(Assert.Single(((IEnumerable)session.Properties["Keyrings"].Value).Cast<object>()));
        Assert.Equal(sandbox.KmsKeyArn, keyring.Properties["KmsKeyId"].Value);
        Assert.Equal([2L, 1L], new[] { "DataKeysGenerated", "DataKeysDecrypted" }.Select(name => keyring.Properties[name].Value));
        _session.Run("Clear-CseSession").Good();
        Assert.Equal(0, _session.Run("$s = Get-CseSession; $s.Clients.Count + $s.Keyrings.Count").Good().Output.Single().BaseObject);
    }

    [Fact]
    public void The_identity_of_a_call_replaces_the_sessions_as_a_group()
    {
        var expired = sandbox.Server.AddSession(sandbox.Server.Admin, TimeSpan.FromMinutes(-1));
        _session.Set("expired", expired);
        _session.Set("admin", sandbox.Server.Admin);
        _session.Run("Set-CseSession @s3 -AccessKey $expired.AccessKeyId -SecretKey $expired.SecretAccessKey -SessionToken $expired.SessionToken").Good();
        Assert.Equal("CredentialsExpired", _session.Ends("Send-CseS3Object -Content x -Key x").Id());
        // With the session's token this would fail.
        _session.Run("Send-CseS3Object -Content x -Key x -AccessKey $admin.AccessKeyId -SecretKey $admin.SecretAccessKey").Good();
        Assert.Equal("CredentialsInvalid", _session.Ends("Send-CseS3Object -Content x -Key x -AccessKey $admin.AccessKeyId").Id());
        Assert.Equal("ProfileNotFound", _session.Ends("Send-CseS3Object -Content x -Key x -ProfileName nobody").Id());
    }

    [Theory]
    [InlineData("Region", "nowhere")]
    [InlineData("ProfileName", "outsider")]
    [InlineData("ProfileLocation", "nowhere")]
    [InlineData("AccessKey", "AKIANOBODY -SecretKey hidden")]
    [InlineData("EndpointUrl", "http://nowhere.invalid")]
    [InlineData("KmsProfileName", "outsider")]
    [InlineData("KmsEndpointUrl", "http://nowhere.invalid")]
    public void An_empty_value_clears_a_default_and_is_an_error_in_a_call(string parameter, string value)
    {
        using var profiles = sandbox.Profiles;
        profiles.WriteCredentials("[outsider]\naws_access_key_id = AKIANOBODY\naws_secret_access_key = hidden");
        _session.Run($"Set-CseSession @s3 -{parameter} {value}").Good();

        var error = _session.Ends($"Receive-CseS3Object -Key x -AsString -{parameter} $isNotSet");
        Assert.Equal("ParameterBindingFailed", error.Id());
        Assert.Contains($"'{parameter}'", error.ToString());

        _session.Run($"Set-CseSession -{parameter} ''; Send-CseS3Object -Content x -Key x").Good();
    }

    [Fact]
    public void A_choice_of_checksums_can_be_cleared_and_is_an_error_when_empty_in_a_call()
    {
        const string Chosen = "(Get-CseSession).RequestChecksumCalculation";
        _session.Run("Set-CseSession @s3 -RequestChecksumCalculation WHEN_REQUIRED").Good();
        Assert.Equal("WHEN_REQUIRED", _session.Run(Chosen).Good().Output.Single().BaseObject);

        Assert.Equal("ParameterArgumentValidationError", _session.Ends("Send-CseS3Object -Content x -Key x -RequestChecksumCalculation ''").Id());
        Assert.Equal("ParameterArgumentValidationError", _session.Ends("Set-CseSession -RequestChecksumCalculation never").Id());

        _session.Run("Set-CseSession -RequestChecksumCalculation ''").Good();
        Assert.Null(_session.Run(Chosen).Good().Output.Single());
    }

    [Theory]
    [InlineData("-BucketName My_Bucket", "BucketNameInvalid")]
    [InlineData("-BucketName s3://bucket/prefix", "BucketNameInvalid")]
    [InlineData("-BucketName arn:aws:s3::123456789012:accesspoint/mrap.alias", "BucketNameInvalid")]
    [InlineData("-EndpointUrl nowhere", "EndpointInvalid")]
    [InlineData("-KmsEndpointUrl ftp://nowhere", "EndpointInvalid")]
    [InlineData("-EndpointUrl https://store.example -UseFIPSEndpoint", "EndpointInvalid")]
    [InlineData("-ProfileName nobody", "ProfileNotFound")]
    [InlineData("-KmsProfileName nobody", "ProfileNotFound")]
    [InlineData("-ProfileName half", "CredentialsInvalid")]
    [InlineData("-AccessKey AKIANOBODY", "CredentialsInvalid")]
    [InlineData("-SecretKey hidden", "CredentialsInvalid")]
    [InlineData("-EncryptionContext @{ 'aws:x-amz-cek-alg' = 'x' }", "ReservedName")]
    [InlineData("-EncryptionContext @{ 'csekms:key' = 'x' }", "ReservedName")]
    public void A_default_that_every_call_would_refuse_is_refused_at_once(string defaults, string id)
    {
        using var profiles = sandbox.Profiles;
        profiles.WriteCredentials("[half]\naws_access_key_id = AKIANOBODY");
        _session.Run("Set-CseSession -KeyPrefix before").Good();

        var error = _session.Ends($"Set-CseSession -KeyPrefix after {defaults}");

        Assert.Equal(id, error.Id());
        Assert.Equal("before", _session.Run("(Get-CseSession).KeyPrefix").Good().Output.Single().BaseObject);
        Assert.Equal(id, _session.Ends($"Send-CseS3Object -Content x -Key x -ErrorAction Stop @s3 {defaults}").Id());
    }

    [Fact]
    public void A_credential_that_is_null_is_not_given_in_a_call_and_clears_the_sessions()
    {
        var outsider = sandbox.Server.AddIdentity("outsider");
        _session.Set("outsider", new Amazon.Runtime.BasicAWSCredentials(outsider.AccessKeyId, outsider.SecretAccessKey));
        sandbox.Server.Deny(outsider, "*");
        _session.Run("Set-CseSession @s3 -Credential $outsider").Good();

        Assert.Equal(["KmsAccessDenied"], _session.Run("Send-CseS3Object -Content x -Key x -Credential $null").Ids());
        _session.Run("Set-CseSession -Credential $null; Send-CseS3Object -Content x -Key x").Good();
    }

    [Fact]
    public void What_is_set_is_shown()
    {
        string[] hidden = ["Credential", "ProfileLocation", "SecretKey", "SessionToken", "MfaCode", "PassThru", .. Cmdlet.CommonParameters, .. Cmdlet.OptionalCommonParameters];
        Assert.Equal(
            _session.Run("(Get-Command Set-CseSession).Parameters.Keys").Good().Output.Select(name => $"{name}").Except(hidden).Order(),
            _session.Run("(Get-CseSession).PSObject.Properties.Name").Good().Output.Select(name => $"{name}").Except(["Clients", "Keyrings"]).Order());
    }

    [Fact]
    public void Two_runspaces_have_two_identities()
    {
        using var other = new UserSession(sandbox);
        var worker = sandbox.Server.AddIdentity("denied");
        _session.Run("Send-CseS3Object -Content x -Key x @s3").Good();
        foreach (var (session, identity) in new[] { (_session, sandbox.Server.Admin), (other, worker) })
        {
            session.Set("me", identity);
            session.Set("bucket", _session.Bucket);
        }

        sandbox.Server.Deny(worker, "Decrypt");
        const string Receive = "Receive-CseS3Object -BucketName $bucket -Key x -AsString -KmsKeyId $key -AccessKey $me.AccessKeyId -SecretKey $me.SecretAccessKey";
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal("x", _session.Run(Receive).Good().Output.Single().BaseObject);
            Assert.Equal(["KmsAccessDenied"], other.Run(Receive).Ids());
        }

        sandbox.Server.Allow(worker, "Decrypt");
        Assert.Equal("x", other.Run(Receive).Good().Output.Single().BaseObject);
    }

    [Fact]
    public void Nothing_is_set_nor_forgotten_with_WhatIf()
    {
        _session.Run("Set-CseSession -KeyPrefix kept; Set-CseSession -KeyPrefix other -WhatIf; Clear-CseSession -WhatIf").Good();
        Assert.Equal(["kept"], _session.Run("Get-CseSession").Good().All("KeyPrefix"));
        Assert.Contains("Forget", _session.Show("Clear-CseSession -WhatIf"));
    }

    public void Dispose() => _session.Dispose();

    /// <summary>Stands in for the type of AWS.Tools, which is not to be had here: its members are not public either.</summary>
    private sealed class AWSPSCredentials(Amazon.Runtime.AWSCredentials credentials)
    {
        internal Amazon.Runtime.AWSCredentials Credentials { get; } = credentials;
    }

    /// <summary>As an AWSCredentials object of another SDK looks from outside.</summary>
    public sealed class RenewingCredential
    {
        public CseKms.Sandbox.SandboxIdentity Current { get; set; } = null!;

        public Exception? Failure { get; set; }

        public Task<Keys> GetCredentialsAsync() => Failure is null
            ? Task.FromResult(new Keys(Current.AccessKeyId, Current.SecretAccessKey, Current.SessionToken))
            : Task.FromException<Keys>(Failure);
    }

    public sealed record Keys(string AccessKey, string SecretKey, string? Token);
}
