using System.Diagnostics;
using System.Management.Automation;
using CseKms.Sandbox;
using Xunit;

namespace CseKms.Tests.Cmdlets;

public sealed class FailureTests(SandboxFixture sandbox) : IDisposable
{
    private readonly UserSession _session = new(sandbox);

    [Theory]
    [InlineData("Send-CseS3Object in @s3 -Recurse", "BucketName", "'no-such-bucket'", "NoSuchBucket", ErrorCategory.ObjectNotFound, "-BucketName")]
    [InlineData("Receive-CseS3Object -KeyPrefix p @s3", "BucketName", "'no-such-bucket'", "NoSuchBucket", ErrorCategory.ObjectNotFound, "-BucketName")]
    [InlineData("Receive-CseS3Object -Key p/a @s3", "BucketName", "'no-such-bucket'", "NoSuchBucket", ErrorCategory.ObjectNotFound, "-BucketName")]
    [InlineData("Get-CseS3Object -BucketName no-such-bucket", "BucketName", "''", "NoSuchBucket", ErrorCategory.ObjectNotFound, "-BucketName")]
    [InlineData("Send-CseS3Object in @s3 -Recurse", "KmsKeyId", "$absent", "KmsKeyNotFound", ErrorCategory.ObjectNotFound, "-KmsKeyId")]
    [InlineData("Receive-CseS3Object -KeyPrefix p @s3", "KmsKeyId", "$absent", "KmsKeyNotFound", ErrorCategory.ObjectNotFound, "-KmsKeyId")]
    [InlineData("Send-CseS3Object in -Recurse -BucketName $bucket", "KmsKeyId", "''", "KmsKeyIdRequired", ErrorCategory.InvalidArgument, "-KmsKeyId")]
    [InlineData("Receive-CseS3Object -KeyPrefix p -BucketName $bucket", "KmsKeyId", "''", "KmsKeyIdRequired", ErrorCategory.InvalidArgument, "-KmsKeyId")]
    [InlineData("Send-CseS3Object in -Recurse @s3", "AccessKey", "'AKIAABCDEFGHIJKLMNOP'", "CredentialsInvalid", ErrorCategory.AuthenticationError, "-SecretKey")]
    [InlineData("Send-CseS3Object in -Recurse @s3 -SecretKey wrong", "AccessKey", "'AKIAABCDEFGHIJKLMNOP'", "CredentialsInvalid", ErrorCategory.AuthenticationError, "secret")]
    [InlineData("Receive-CseS3Object -KeyPrefix p @s3 -SecretKey wrong", "AccessKey", "$admin", "CredentialsInvalid", ErrorCategory.AuthenticationError, "secret")]
    [InlineData("Receive-CseS3Object -KeyPrefix p @s3", "ProfileName", "'nobody'", "ProfileNotFound", ErrorCategory.ObjectNotFound, "-ProfileName")]
    public void What_fails_all_objects_alike_ends_the_call(
        string script, string parameter, string value, string id, ErrorCategory category, string remedy)
    {
        _session.Write(Enumerable.Range(0, 50).Select(i => $"in/{i}"));
        _session.Store(Enumerable.Range(0, 50).Select(i => $"p/{i:D2}").Append("p/a"));
        _session.Set("absent", sandbox.KmsKeyArn[..^12] + "000000000000");
        _session.Set("admin", sandbox.Server.Admin.AccessKeyId);

        var result = _session.Run($"$s3.{parameter} = {value}; if (-not $s3.{parameter}) {{ $s3.Remove('{parameter}') }}; {script}");
        Assert.Empty(result.Output);
        Assert.All(result.Errors, error => Assert.Equal(id, error.Id()));
        Assert.Equal(id, result.Terminating!.Id());
        Assert.Equal(category, result.Terminating!.CategoryInfo.Category);
        Assert.Contains(remedy, result.Terminating!.ToString());
        Assert.All(_session.Folder.Entries, entry => Assert.StartsWith("in", entry));
    }

    [Fact]
    public void A_disabled_key_ends_the_call()
    {
        var key = sandbox.Server.CreateKey();
        _session.Set("disabled", key);
        sandbox.Server.DisableKey(key);
        Assert.Equal("KmsKeyDisabled", _session.Ends("Send-CseS3Object -Content x -Key x -BucketName $bucket -KmsKeyId $disabled").Id());
        Assert.Empty(_session.Keys);
    }

    [Fact]
    public void Expired_credentials_end_the_call()
    {
        var expired = sandbox.Server.AddSession(sandbox.Server.Admin, TimeSpan.FromMinutes(-1));
        _session.Set("me", expired);
        var error = _session.Ends("Send-CseS3Object -Content x -Key x @s3 -AccessKey $me.AccessKeyId -SecretKey $me.SecretAccessKey -SessionToken $me.SessionToken");
        Assert.Equal("CredentialsExpired", error.Id());
        Assert.DoesNotContain(expired.SecretAccessKey, error.ToString());
    }

    [Fact]
    public void Missing_credentials_are_told_within_ten_seconds_with_what_to_do()
    {
        using var none = new EnvironmentVariables("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY");
        var clock = Stopwatch.StartNew();
        var error = _session.Ends("Send-CseS3Object -Content x -Key x @s3");
        Assert.InRange(clock.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(10));
        Assert.Equal("CredentialsNotFound", error.Id());
        Assert.Equal(ErrorCategory.AuthenticationError, error.CategoryInfo.Category);
        Assert.Contains("-ProfileName", error.ToString());
        Assert.Contains("Set-CseSession", error.ToString());
    }

    [Fact]
    public void A_missing_region_is_told()
    {
        using var none = new EnvironmentVariables("AWS_REGION");
        var error = _session.Ends("Send-CseS3Object -Content x -Key x @s3");
        Assert.Equal("RegionRequired", error.Id());
        Assert.Contains("-Region", error.ToString());
        _session.Run("Send-CseS3Object -Content x -Key x -Region us-east-1 @s3").Good();
    }

    [Fact]
    public void An_endpoint_that_nobody_serves_ends_the_call()
    {
        var error = _session.Ends("Send-CseS3Object -Content x -Key x -EndpointUrl http://127.0.0.1:1 @s3");
        Assert.Equal("EndpointUnreachable", error.Id());
        Assert.Equal(ErrorCategory.ConnectionError, error.CategoryInfo.Category);
        Assert.Contains("-EndpointUrl", error.ToString());
    }

    [Fact]
    public void KMS_denies_a_few_objects_and_each_is_an_error()
    {
        _session.Store("p/a", "p/b", "p/c");
        using var denied = Deny(all: true);
        var result = _session.Run("Receive-CseS3Object -KeyPrefix p -Destination d @s3");
        Assert.Equal(["KmsAccessDenied", "KmsAccessDenied", "KmsAccessDenied"], result.Ids());
        Assert.Equal(
            [.. _session.Keys.Select(key => $"{_session.Bucket}/{key}")],
            result.Errors.Select(error => $"{error.TargetObject}").Order());
        Assert.All(result.Errors, error => Assert.Equal(ErrorCategory.PermissionDenied, error.CategoryInfo.Category));
        Assert.DoesNotContain(_session.Folder.Entries, entry => File.Exists(_session.Folder.File(entry)));
    }

    [Fact]
    public void KMS_denies_ten_objects_of_which_none_succeeded_and_the_call_ends()
    {
        _session.Store(Enumerable.Range(0, 100).Select(i => $"p/{i:D2}"));
        using var denied = Deny(all: true);
        var result = _session.Run("Receive-CseS3Object -KeyPrefix p -Destination d @s3");
        Assert.Equal("KmsAccessDenied", result.Terminating!.Id());
        // The tenth, which ended the call, is with PowerShell an error of both kinds.
        Assert.InRange(result.Errors.Count, 9, 10);
        Assert.InRange(denied.Strikes, 10, 60);
    }

    [Fact]
    public void KMS_denies_many_objects_but_not_all_and_the_call_goes_on()
    {
        _session.Store(Enumerable.Range(0, 30).Select(i => $"p/{i:D2}"));
        sandbox.Server.Requests.Clear();
        using var denied = Deny(all: false);
        using var untilTheFirstSucceeded = sandbox.Server.Faults.Hold(request => request.Operation == "Decrypt" && request.Ordinal > 1);
        _session.Set("release", new Action(untilTheFirstSucceeded.Release));
        var result = _session.Run("Receive-CseS3Object -KeyPrefix p -Destination d @s3 | ForEach-Object { $release.Invoke(); $_ }");
        Assert.Equal(Enumerable.Repeat("KmsAccessDenied", 29), result.Ids());
        Assert.Single(result.Output);
    }

    [Fact]
    public void Errors_are_caught_by_their_type()
    {
        var caught = _session.Run("""
            try { Receive-CseS3Object -Key none @s3 -ErrorAction Stop }
            catch [CseKms.CseKmsException] { $_.Exception.ErrorId, $_.Exception.BucketName, $_.Exception.Key }
            try { Receive-CseS3Object -KmsKeyId $key }
            catch [CseKms.CseKmsException] { $_.Exception.ErrorId, $_.Exception.BucketName, $_.Exception.Key }
            """).Output;
        Assert.Equal(["NoSuchKey", _session.Bucket, "none", "BucketNameRequired", null, null], caught.Select(item => item?.BaseObject));
    }

    [Theory]
    [InlineData("PutObject", "Send-CseS3Object -Content x -Key x @s3", "S3AccessDenied", 403)]
    [InlineData("GetObject", "Receive-CseS3Object -Key x -AsString @s3", "S3AccessDenied", 403)]
    [InlineData("HeadObject", "Get-CseS3Object -BucketName $bucket -Key x -Envelope", "S3RequestFailed", 418)]
    [InlineData("ListObjectsV2", "Get-CseS3Object -BucketName $bucket", "S3AccessDenied", 403)]
    [InlineData("GenerateDataKey", "Send-CseS3Object -Content x -Key x @s3", "KmsRequestFailed", 418)]
    [InlineData("Decrypt", "Receive-CseS3Object -Key x -AsString @s3", "KmsRequestFailed", 418)]
    [InlineData("Decrypt", "Receive-CseS3Object -Key x -AsString -BucketName $bucket -KmsKeyId $key, $key", "KmsAccessDenied", 400)]
    public void What_is_caught_tells_the_request_that_failed(string operation, string script, string id, int status)
    {
        _session.Store("x");
        sandbox.Server.Requests.Clear();
        var code = id switch { "S3AccessDenied" => "AccessDenied", "KmsAccessDenied" => "AccessDeniedException", _ => "Teapot" };
        using var fault = sandbox.Server.Faults.Fail(request => request.Operation == operation, status, code, "as the test says", SandboxFaults.Always);

        var caught = _session.Run($$"""
            try { {{script}} -ErrorAction Stop }
            catch [CseKms.CseKmsException] { $_.Exception }
            """).Output.Single();

        Assert.Equal(id, caught.Properties["ErrorId"].Value);
        Assert.Equal(operation, caught.Properties["Operation"].Value);
        Assert.Equal(status, caught.Properties["StatusCode"].Value);
        var requestId = Assert.IsType<string>(caught.Properties["RequestId"].Value);
        Assert.NotEmpty(requestId);
        Assert.Contains(requestId, (string)caught.Properties["Message"].Value);
    }

    [Fact]
    public void An_endpoint_that_does_not_answer_leaves_the_operation_alone()
    {
        var error = _session.Ends("Get-CseS3Object $bucket -EndpointUrl http://127.0.0.1:1");
        var caught = PSObject.AsPSObject(error.Exception);
        Assert.Equal("ListObjectsV2", caught.Properties["Operation"].Value);
        Assert.Null(caught.Properties["StatusCode"].Value);
        Assert.Null(caught.Properties["RequestId"].Value);
    }

    [Fact]
    public void Errors_are_shown_as_a_sentence()
    {
        var shown = _session.Show("Receive-CseS3Object -Key none @s3");
        Assert.Contains($"Receive-CseS3Object: There is no object {_session.Bucket}/none.", shown.Replace("\n", " "));
        Assert.DoesNotContain("Exception", shown);
    }

    [Fact]
    public void Objects_without_commitment_need_a_policy_that_allows_them()
    {
        _session.Run("Send-CseS3Object -Content x -Key x -CommitmentPolicy ForbidEncryptAllowDecrypt @s3").Good();
        var result = _session.Run("Receive-CseS3Object -Key x -AsString @s3");
        Assert.Equal(["CommitmentRequired"], result.Ids());
        Assert.Equal(ErrorCategory.SecurityError, result.Errors[0].CategoryInfo.Category);
        Assert.Contains("-CommitmentPolicy", result.Errors[0].ToString());
        foreach (var policy in new[] { "RequireEncryptAllowDecrypt", "ForbidEncryptAllowDecrypt" })
        {
            Assert.Equal("x", _session.Run($"Receive-CseS3Object -Key x -AsString @s3 -CommitmentPolicy {policy}").Good().Output.Single().ToString());
        }
    }

    [Fact]
    public void The_encryption_context_must_be_given_again()
    {
        _session.Run("Send-CseS3Object -Content x -Key x -EncryptionContext @{ dept = 'hr'; year = 2026 } @s3").Good();
        foreach (var context in new[] { "", "-EncryptionContext @{ dept = 'it'; year = '2026' }", "-EncryptionContext @{ dept = 'hr' }", "-EncryptionContext @{ dept = 'hr'; year = '2026'; more = '' }" })
        {
            var result = _session.Run($"Receive-CseS3Object -Key x -File x {context} @s3");
            Assert.Equal(["ContextMismatch"], result.Ids());
            Assert.Equal(ErrorCategory.SecurityError, result.Errors[0].CategoryInfo.Category);
        }

        Assert.False(File.Exists(_session.Folder.File("x")));
        foreach (var context in new[] { "-EncryptionContext @{ year = '2026'; dept = 'hr' }", "-AnyEncryptionContext" })
        {
            Assert.Equal("x", _session.Run($"Receive-CseS3Object -Key x -AsString {context} @s3").Good().Output.Single().ToString());
        }

        // What is stored does not slip into the check by the pipe.
        Assert.Equal(["ContextMismatch"], _session.Run("Get-CseS3Object $bucket -Envelope | Receive-CseS3Object -AsString -KmsKeyId $key").Ids());
    }

    public void Dispose() => _session.Dispose();

    private Fault Deny(bool all) => sandbox.Server.Faults.Fail(
        request => request.Operation == "Decrypt" && (all || request.Ordinal > 1),
        400, "AccessDeniedException", "not authorized to perform: kms:Decrypt", SandboxFaults.Always);

    private sealed class EnvironmentVariables : IDisposable
    {
        private readonly Dictionary<string, string?> _old;

        public EnvironmentVariables(params string[] unset)
        {
            _old = unset.ToDictionary(name => name, Environment.GetEnvironmentVariable);
            foreach (var name in unset)
            {
                Environment.SetEnvironmentVariable(name, null);
            }
        }

        public void Dispose()
        {
            foreach (var (name, value) in _old)
            {
                Environment.SetEnvironmentVariable(name, value);
            }
        }
    }
}
