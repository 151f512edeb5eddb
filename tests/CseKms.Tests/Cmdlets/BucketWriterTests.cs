using CseKms.Sandbox;
using Xunit;

namespace CseKms.Tests.Cmdlets;

/// <summary>Whoever writes to the bucket can spoil objects of their own, and never the call that receives the others.</summary>
public sealed class BucketWriterTests(SandboxFixture sandbox) : IDisposable
{
    // More than the denials after which a call gives up on its own key, before the others in the order of the listing.
    private const int Many = 12;

    private readonly UserSession _session = new(sandbox);

    public static TheoryData<string, string> UnusableKeys() => new()
    {
        { "disabled", "KmsKeyDisabled" },
        { "deleted", "KmsKeyDisabled" },
        { "denied", "KmsAccessDenied" },
        { "elsewhere", "KmsKeyNotFound" },
        { "gone", "KmsKeyNotFound" },
    };

    [Theory]
    [MemberData(nameof(UnusableKeys))]
    public void Under_discovery_a_key_that_cannot_be_used_is_its_objects_error(string state, string id)
    {
        var key = sandbox.Server.CreateKey(state == "elsewhere" ? "eu-west-1" : "us-east-1");
        _session.Set("theirs", key);
        _session.Run($"0..{Many - 1} | ForEach-Object {{ Send-CseS3Object -Content x -Key \"p/0-$_\" -BucketName $bucket -KmsKeyId $theirs }}").Good();
        _session.Run("Send-CseS3Object -Content mine -Key p/mine @s3").Good();
        using var spoilt = Spoil(key, state, id);

        var result = _session.Run("Receive-CseS3Object -KeyPrefix p -Destination d -BucketName $bucket -DiscoveryAccount 111122223333 -ThrottleLimit 1");

        Assert.Equal(Enumerable.Repeat(id, Many), result.Ids());
        Assert.Equal("mine", _session.Read("d/mine"));
        Assert.All(result.Errors, error =>
        {
            Assert.Contains("the KMS key that wrapped the object's data key", error.ToString());
            Assert.DoesNotContain("-KmsKeyId", error.ToString());
        });
    }

    [Fact]
    public void A_context_that_the_keys_policy_refuses_is_its_objects_error_when_any_is_accepted()
    {
        _session.Run($"0..{Many - 1} | ForEach-Object {{ Send-CseS3Object -Content x -Key \"p/0-$_\" -EncryptionContext @{{ dept = 'odd' }} @s3 }}").Good();
        _session.Run("Send-CseS3Object -Content mine -Key p/mine -EncryptionContext @{ dept = 'hr' } @s3").Good();
        using var denied = sandbox.Server.Faults.Fail(
            request => request.Operation == "Decrypt" && request.Ordinal <= Many,
            400, "AccessDeniedException", "not authorized to perform: kms:Decrypt", SandboxFaults.Always);
        sandbox.Server.Requests.Clear();

        var result = _session.Run("Receive-CseS3Object -KeyPrefix p -Destination d -AnyEncryptionContext -ThrottleLimit 1 @s3");

        Assert.Equal(Enumerable.Repeat("KmsAccessDenied", Many), result.Ids());
        Assert.Equal("mine", _session.Read("d/mine"));
    }

    [Theory]
    [InlineData(403, "AccessDenied", "S3AccessDenied")]
    [InlineData(400, "KMS.DisabledException", "S3RequestFailed")]
    [InlineData(400, "KMS.KMSInvalidStateException", "S3RequestFailed")]
    [InlineData(400, "KMS.NotFoundException", "S3RequestFailed")]
    public void Objects_that_S3_itself_cannot_open_are_each_an_error(int status, string code, string id)
    {
        _session.Store(Enumerable.Range(0, Many).Select(i => $"p/0-{i}").Append("p/mine"));
        using var refused = sandbox.Server.Faults.Fail(
            request => request.Operation == "GetObject" && request.Key!.StartsWith("p/0-", StringComparison.Ordinal),
            status, code, "as the test says", SandboxFaults.Always);

        var result = _session.Run("Receive-CseS3Object -KeyPrefix p -Destination d -ThrottleLimit 1 @s3");

        Assert.Equal(Enumerable.Repeat(id, Many), result.Ids());
        Assert.Equal(["d", "d/mine"], _session.Folder.Entries);
    }

    [Fact]
    public void No_key_of_an_object_ends_the_call()
    {
        string[] hostile =
        [
            "p/../x", "p//x", "p/..", "p/./x", "p/a\0b", "p/a\u001b[2Jb", "p/a\u009bb", "p/a\r\nb", "p/\u202egnp", "p/ ", "p/.", "p/con", "p/a:b", "p/a\\b",
            "p/" + new string('n', 300), "p/" + string.Join('/', Enumerable.Repeat("d", 500)), "p/*", "p/[", "p/`$(x)", "p/~", "p/-Force",
        ];
        _session.Store(hostile.Append("p/mine"));

        foreach (var script in new[]
        {
            "Receive-CseS3Object -KeyPrefix p -Destination d @s3", "Get-CseS3Object $bucket p -Envelope",
            "Get-CseS3Object $bucket p/ | Receive-CseS3Object -Destination e -KmsKeyId $key", "Receive-CseS3Object -KeyPrefix p -AsString @s3",
        })
        {
            var result = _session.Run(script);
            Assert.Null(result.Terminating);
            Assert.NotEmpty(result.Output);
            Assert.DoesNotContain("Unexpected", result.Ids());
        }

        Assert.Equal("p/../x", _session.Read("d/mine"));
        Assert.Equal("p/../x", _session.Read("e/mine"));
    }

    public void Dispose() => _session.Dispose();

    private IDisposable Spoil(string key, string state, string id)
    {
        switch (state)
        {
            case "disabled":
                sandbox.Server.DisableKey(key);
                break;
            case "denied":
                sandbox.Server.PutKeyPolicy(key, """{"Statement":[]}""");
                break;
            default:
                return sandbox.Server.Faults.Fail(
                    request => request.Operation == "Decrypt" && request.Key != sandbox.KmsKeyArn,
                    400, id == "KmsKeyNotFound" ? "NotFoundException" : "KMSInvalidStateException", $"{key} is {state}.", Many);
        }

        return new MemoryStream();
    }
}
