using System.Management.Automation;
using CseKms.Sandbox;
using Xunit;

namespace CseKms.Tests.Cmdlets;

/// <summary>What other people's buckets ask for, and what is refused before KMS is asked.</summary>
public sealed class ObjectAttributesTests(SandboxFixture sandbox) : IDisposable
{
    private readonly UserSession _session = new(sandbox);

    [Fact]
    public void Headers_are_stored_with_the_object()
    {
        _session.Run(
            """
            $headers = @{
                'cache-control' = 'no-cache'; 'Content-Disposition' = 'attachment'; 'Content-Encoding' = 'gzip'; 'Content-Language' = 'de'
                Expires = [DateTimeOffset]'2100-01-31T12:30:00+02:00'
            }
            Send-CseS3Object -Content x -Key x @s3 -HeaderCollection $headers -ContentType 'text/html;charset=utf-8'
            """).Good();

        var stored = sandbox.Server.Objects.Get(_session.Bucket, "x").Headers;
        Assert.Equal(
            ["attachment", "de", "gzip", "no-cache", "Sun, 31 Jan 2100 10:30:00 GMT", "text/html; charset=utf-8"],
            stored.Values.Order(StringComparer.OrdinalIgnoreCase));
        Assert.Equal("x", _session.Run("Receive-CseS3Object -Key x -AsString @s3").Good().Output.Single().ToString());
    }

    [Fact]
    public void A_canned_ACL_is_given()
    {
        var bucket = NewBucket("acl", acls: BucketAcls.MustGiveOwnerFullControl);

        var denied = _session.Run($"Send-CseS3Object -Content x -Key x -BucketName {bucket} -KmsKeyId $key");
        _session.Run($"Send-CseS3Object -Content x -Key x -BucketName {bucket} -KmsKeyId $key -CannedACLName Bucket-Owner-Full-Control").Good();

        Assert.Equal(["S3AccessDenied"], denied.Ids());
        Assert.Equal("bucket-owner-full-control", sandbox.Server.Objects.Get(bucket, "x").Acl);
    }

    [Theory]
    [InlineData("-ObjectLockMode governance -ObjectLockRetainUntilDate (Get-Date).AddDays(1)")]
    [InlineData("-ObjectLockLegalHoldStatus On")]
    public async Task A_version_that_is_locked_cannot_be_deleted(string parameters)
    {
        var bucket = NewBucket("lock", objectLock: true);

        var version = _session.Run($"(Send-CseS3Object -Content x -Key x -BucketName {bucket} -KmsKeyId $key {parameters}).VersionId").Good().Output.Single();

        using var s3 = new Amazon.S3.AmazonS3Client(
            sandbox.Server.Admin.AccessKeyId,
            sandbox.Server.Admin.SecretAccessKey,
            new Amazon.S3.AmazonS3Config { ServiceURL = sandbox.Server.HttpUrl, ForcePathStyle = true });
        var refusal = await Assert.ThrowsAsync<Amazon.S3.AmazonS3Exception>(
            () => s3.DeleteObjectAsync(bucket, "x", version.ToString(), TestContext.Current.CancellationToken));
        Assert.Equal("AccessDenied", refusal.ErrorCode);
    }

    [Fact]
    public void A_requester_who_pays_sends_lists_and_receives()
    {
        var bucket = NewBucket("payer", requesterPays: true);
        _session.Run($"$global:there = @{{ BucketName = '{bucket}'; RequestPayer = 'requester' }}; Send-CseS3Object -Content hello -Key a/x @there -KmsKeyId $key").Good();

        Assert.Equal(["5"], _session.Run("Get-CseS3Object -Envelope @there").Good().All("PlaintextSize"));
        Assert.Equal(["a/x"], _session.Run("Get-CseS3Object -Key a/x @there").Good().All("Key"));
        _session.Run("Receive-CseS3Object -KeyPrefix a -Destination to @there -KmsKeyId $key").Good();
        Assert.Equal("hello", _session.Read("to/x"));
        Assert.Equal(["S3AccessDenied"], _session.Run($"Receive-CseS3Object -Key a/x -AsString -BucketName {bucket} -KmsKeyId $key").Ids());
    }

    [Theory]
    [InlineData("-Metadata @{ 'Account Number' = 'v' }", "MetadataInvalid", "-Metadata")]
    [InlineData("-Metadata @{ 'a:b' = 'v' }", "MetadataInvalid", "-Metadata")]
    [InlineData("-Metadata @{ 'a(b)' = 'v' }", "MetadataInvalid", "-Metadata")]
    [InlineData("-Metadata @{ a = 'ABC ' }", "MetadataInvalid", "-Metadata")]
    [InlineData("-ContentType binary", "ContentTypeInvalid", "-ContentType")]
    [InlineData("-HeaderCollection @{ 'Content-Language' = \"de`r`nx-amz-acl: public-read\" }", "HeaderInvalid", "-HeaderCollection")]
    [InlineData("-HeaderCollection @{ 'Content-Disposition' = 'filename=ü' }", "HeaderInvalid", "-HeaderCollection")]
    [InlineData("-HeaderCollection @{ 'X-Other' = 'x' }", "HeaderInvalid", "-HeaderCollection")]
    [InlineData("-HeaderCollection @{ Expires = 'soon' }", "HeaderInvalid", "-HeaderCollection")]
    [InlineData("-ObjectLockMode GOVERNANCE", "ObjectLockInvalid", "-ObjectLockRetainUntilDate")]
    [InlineData("-ObjectLockMode GOVERNANCE -ObjectLockRetainUntilDate 2001-01-01", "ObjectLockInvalid", "-ObjectLockRetainUntilDate")]
    [InlineData("-CannedACLName public", "ParameterArgumentValidationError", "CannedACLName")]
    [InlineData("-ObjectLockMode FOREVER", "ParameterArgumentValidationError", "ObjectLockMode")]
    [InlineData("-ObjectLockLegalHoldStatus yes", "ParameterArgumentValidationError", "ObjectLockLegalHoldStatus")]
    [InlineData("-RequestPayer me", "ParameterArgumentValidationError", "RequestPayer")]
    public void What_is_malformed_ends_the_call_before_KMS_is_asked(string parameters, string id, string parameter)
    {
        var calls = sandbox.Server.Requests.Count("GenerateDataKey");

        _session.Write("a", "b");

        var error = _session.Ends($"'a', 'b' | Send-CseS3Object @s3 {parameters}");

        Assert.Equal(id, error.Id());
        Assert.Equal(id[0] == 'P' ? ErrorCategory.InvalidData : ErrorCategory.InvalidArgument, error.CategoryInfo.Category);
        Assert.Contains(parameter, error.ToString());
        Assert.Equal(calls, sandbox.Server.Requests.Count("GenerateDataKey"));
        Assert.Empty(_session.Keys);
    }

    [Theory]
    [InlineData("s3://{0}/folder")]
    [InlineData("{0}/folder")]
    [InlineData("Not_A_Bucket")]
    [InlineData("arn:aws:s3::123456789012:accesspoint/mfzwi23gnjvgw.mrap")]
    public void What_is_no_bucket_is_refused_by_each_cmdlet(string name)
    {
        var bucket = string.Format(null, name, _session.Bucket);
        foreach (var (script, remedy) in new[]
        {
            ("Send-CseS3Object -Content x -Key x -KmsKeyId $key", "-KeyPrefix"),
            ("Receive-CseS3Object -Key x -AsString -KmsKeyId $key", "-KeyPrefix"),
            ("Get-CseS3Object", "-Prefix"),
        })
        {
            var error = _session.Ends($"{script} -BucketName '{bucket}'");

            Assert.Equal("BucketNameInvalid", error.Id());
            Assert.Equal(bucket, error.TargetObject);
            Assert.Contains($"'{bucket}'", error.ToString());
            Assert.Contains(remedy, error.ToString());
        }
    }

    [Fact]
    public void A_bucket_may_be_named_as_other_tools_do()
    {
        _session.Run("Send-CseS3Object -Content x -Key x -BucketName s3://$bucket -KmsKeyId $key").Good();

        Assert.Equal([_session.Bucket], _session.Run("Get-CseS3Object s3://$bucket/").Good().All("BucketName"));
    }

    public void Dispose() => _session.Dispose();

    private string NewBucket(string name, bool objectLock = false, bool requesterPays = false, BucketAcls acls = BucketAcls.Disabled)
    {
        var bucket = $"{name}-{Guid.NewGuid():N}";
        sandbox.Server.CreateBucket(bucket, objectLock: objectLock, requesterPays: requesterPays, acls: acls);
        return bucket;
    }
}
