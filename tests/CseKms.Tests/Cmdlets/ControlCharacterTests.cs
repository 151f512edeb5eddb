using System.Management.Automation;
using System.Text;
using System.Text.Json;
using Xunit;

namespace CseKms.Tests.Cmdlets;

/// <summary>A terminal obeys control characters, and whoever writes to the bucket chooses names and values: none of them gets there.</summary>
public sealed class ControlCharacterTests(SandboxFixture sandbox) : IDisposable
{
    // Clears the screen; sets the title; C1's CSI; turns the direction of writing; a line that looks like another message.
    private const string Hostile = "\u001b[2J\u001b]0;owned\u0007\u009b31m\u007f\u202egnp\u2066\u2028\r\nWARNING: all is well";

    private readonly UserSession _session = new(sandbox);

    public static TheoryData<string> Envelopes =>
    [
        "x-amz-c", "x-amz-w", "x-amz-3", "x-amz-d", "x-amz-i", "x-amz-t", "x-amz-m", "x-amz-v2",
    ];

    [Theory]
    [InlineData("Get-CseS3Object $bucket")]
    [InlineData("Get-CseS3Object $bucket | Format-List")]
    [InlineData("Get-CseS3Object $bucket -Envelope | Format-List")]
    [InlineData("(Get-CseS3Object $bucket -Envelope).Envelope")]
    [InlineData("Get-CseS3Object $bucket | ForEach-Object { \"$_\" }")]
    [InlineData("Get-CseS3Object $bucket -AllVersions")]
    [InlineData("Receive-CseS3Object -KeyPrefix p -Destination d @s3 -AnyEncryptionContext")]
    [InlineData("Receive-CseS3Object -KeyPrefix p -Destination d @s3 -AnyEncryptionContext | Format-List")]
    [InlineData("Receive-CseS3Object -KeyPrefix p -Destination d @s3 -AnyEncryptionContext; Receive-CseS3Object -KeyPrefix p -Destination d @s3 -AnyEncryptionContext")]
    [InlineData("Receive-CseS3Object -KeyPrefix p -Destination d @s3")]
    [InlineData("Receive-CseS3Object -KeyPrefix p -Destination d @s3 -WhatIf")]
    [InlineData("Receive-CseS3Object -KeyPrefix p -AsString @s3 -WhatIf")]
    [InlineData("Receive-CseS3Object -KeyPrefix p -AsByteStream @s3 -KmsKeyId $other -ErrorAction Continue | Out-Null")]
    [InlineData("Get-CseS3Object $bucket | Receive-CseS3Object -KeyPrefix nothing -Destination d -KmsKeyId $key")]
    [InlineData("Copy-CseS3Object -KeyPrefix p -DestinationKeyPrefix c @s3 -AnyEncryptionContext; Copy-CseS3Object -KeyPrefix p -DestinationKeyPrefix c @s3 -AnyEncryptionContext -WhatIf")]
    [InlineData("Copy-CseS3Object -KeyPrefix p -DestinationKeyPrefix c @s3 -AnyEncryptionContext | Format-List")]
    [InlineData("Update-CseS3Object -KeyPrefix p @s3 -NewKmsKeyId $other -AnyEncryptionContext; Update-CseS3Object -KeyPrefix p @s3 -NewKmsKeyId $other -WhatIf")]
    [InlineData("Update-CseS3Object -KeyPrefix p @s3 -NewKmsKeyId $other -AnyEncryptionContext -Confirm:$false | Format-List")]
    [InlineData("Measure-CseS3Object $bucket -Detailed; Measure-CseS3Object $bucket -Detailed | Format-List; Measure-CseS3Object $bucket; \"$(Measure-CseS3Object $bucket -Detailed)\"")]
    [InlineData("Send-CseS3Object -Content x -Key $hostile @s3; Send-CseS3Object -Content x -Key $hostile @s3 -WhatIf; Send-CseS3Object -Content x -Key $hostile @s3 -NoClobber")]
    [InlineData("Send-CseS3Object $hostile @s3; Send-CseS3Object -Content x -Key k @s3 -Metadata @{ $hostile = 'x' }; Send-CseS3Object -Content x -Key k @s3 -ContentType $hostile")]
    [InlineData("Get-CseS3Upload $bucket; Get-CseS3Upload $bucket | Remove-CseS3Upload -WhatIf; Get-CseS3Upload $bucket | Remove-CseS3Upload -Verbose; Remove-CseS3Upload $bucket -Key $hostile -UploadId none")]
    public void No_name_of_an_object_is_obeyed(string script)
    {
        Prepare();

        var shown = _session.Show($$"""
            $VerbosePreference = $DebugPreference = $InformationPreference = 'Continue'; $Error.Clear()
            {{script}}
            $Error | ForEach-Object { "$_"; $_.Exception.ToString(); $_.CategoryInfo.ToString(); $_ | Format-List Exception, CategoryInfo, ErrorDetails }
            """);

        AssertHarmless(shown);
        Assert.Contains("\\u001b[2J", Unwrapped(shown));
    }

    [Theory]
    [MemberData(nameof(Envelopes))]
    public void No_value_of_an_envelope_is_obeyed(string name)
    {
        _session.Run("Send-CseS3Object -Content x -Key p/o -InstructionFile @s3; Send-CseS3Object -Content x -Key p/q @s3").Good();
        var objects = sandbox.Server.Objects;
        foreach (var key in new[] { "p/o", "p/q" })
        {
            // As others store what is not ASCII, and as it comes undecoded.
            var encoded = $"=?UTF-8?B?{Convert.ToBase64String(Encoding.UTF8.GetBytes(Hostile))}?=";
            objects.SetMetadata(_session.Bucket, key, new Dictionary<string, string>(objects.Metadata(_session.Bucket, key)) { [name] = encoded, ["more"] = encoded });
        }

        var file = JsonSerializer.Deserialize<Dictionary<string, string>>(objects.Bytes(_session.Bucket, "p/o.instruction"))!;
        foreach (var body in new[]
        {
            JsonSerializer.Serialize(new Dictionary<string, string>(file) { [name] = Hostile }),
            JsonSerializer.Serialize(new Dictionary<string, string>(file) { [Hostile] = "x" }),
            JsonSerializer.Serialize(new Dictionary<string, string>(file) { ["x-amz-t"] = JsonSerializer.Serialize(new Dictionary<string, string> { [Hostile] = Hostile }) }),
            $"{{ \"{JsonEncodedText.Encode(Hostile)}\": {{ ",
            Hostile,
        })
        {
            objects.Put(_session.Bucket, "p/o.instruction", Encoding.UTF8.GetBytes(body), objects.Metadata(_session.Bucket, "p/o.instruction"));
            var shown = _session.Show("""
                $VerbosePreference = 'Continue'; $Error.Clear()
                Receive-CseS3Object -KeyPrefix p -AsString @s3
                Receive-CseS3Object -KeyPrefix p -AsString -AnyEncryptionContext @s3
                Get-CseS3Object $bucket -Key p/o -Envelope | Format-List
                (Get-CseS3Object $bucket -Key p/q -Envelope).Envelope
                $Error | ForEach-Object { "$_"; $_.Exception.ToString() }
                Get-Error
                """);

            AssertHarmless(shown);
        }
    }

    [Fact]
    public void What_AWS_says_is_not_obeyed()
    {
        _session.Store("p/a");
        foreach (var operation in new[] { "GetObject", "ListObjectsV2", "Decrypt", "GenerateDataKey", "PutObject" })
        {
            using var fault = sandbox.Server.Faults.Fail(request => request.Operation == operation, 418, "Teapot", "\u009b31m\u202e and \u2028 so on");
            AssertHarmless(_session.Show("""
                $Error.Clear()
                Receive-CseS3Object -KeyPrefix p -AsString @s3; Send-CseS3Object -Content x -Key x @s3
                $Error | ForEach-Object { "$_"; $_.Exception.ToString() }
                Get-Error
                """));
        }
    }

    [Fact]
    public void Properties_keep_what_is_stored()
    {
        Prepare();
        var keys = _session.Run("(Get-CseS3Object $bucket).Key").Good().Output.Select(key => (string)key.BaseObject);
        Assert.Contains("p/" + Hostile, keys);
        var context = _session.Run("(Get-CseS3Object $bucket -Key p/context -Envelope).Envelope.StoredContext[$hostile]").Good().Output;
        Assert.Equal(Hostile, context.Single().BaseObject);
        var error = _session.Run("Receive-CseS3Object -Key \"none$hostile\" -AsString @s3").Errors.Single();
        Assert.Equal("none" + Hostile, PSObject.AsPSObject(error.Exception).Properties["Key"].Value);
        Assert.Equal($"{_session.Bucket}/none{Hostile}", error.TargetObject);
    }

    public void Dispose() => _session.Dispose();

    private void Prepare()
    {
        _session.Set("hostile", Hostile);
        _session.Set("other", sandbox.Server.CreateKey());
        _session.Store("p/" + "plain", "p/" + Hostile, $"p/folder{Hostile}/", $"p/../{Hostile}");
        sandbox.Server.Objects.Put(_session.Bucket, $"p/clear{Hostile}", [1, 2, 3], new Dictionary<string, string>());
        _session.Run("Send-CseS3Object -Content x -Key p/context -EncryptionContext @{ $hostile = $hostile } @s3").Good();
        using var dropped = sandbox.Server.Faults.Fail(request => request.Operation is "UploadPart" or "AbortMultipartUpload", 403, "AccessDenied", "no", CseKms.Sandbox.SandboxFaults.Always);
        _session.Run("Send-CseS3Object -InputStream ([IO.MemoryStream]::new([byte[]]::new(13MB))) -Key \"u$hostile\" @s3 -WarningAction SilentlyContinue");
    }

    private static void AssertHarmless(string shown)
    {
        // PowerShell's own colours apart.
        var left = System.Text.RegularExpressions.Regex.Replace(shown, @"\u001b\[[0-9;]*m", "");
        Assert.DoesNotContain(left, character => (char.IsControl(character) && character is not ('\n' or '\r' or '\t')) || "\u202e\u2066\u2028".Contains(character, StringComparison.Ordinal));
        Assert.DoesNotContain("\nWARNING: all is well", shown);
    }

    private static string Unwrapped(string shown) => string.Concat(shown.Split('\n').Select(line => line.Trim()));
}
