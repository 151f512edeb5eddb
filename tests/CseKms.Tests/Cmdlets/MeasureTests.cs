using System.Management.Automation;
using System.Security.Cryptography;
using Xunit;

namespace CseKms.Tests.Cmdlets;

public sealed class MeasureTests(SandboxFixture sandbox) : IDisposable
{
    private readonly UserSession _session = new(sandbox, versioned: true);

    [Fact]
    public void Objects_are_counted_by_how_they_are_encrypted()
    {
        _session.Run("1..3 | ForEach-Object { Send-CseS3Object -Content ('x' * $_) -Key \"p/v3-$_\" @s3 }").Good();
        _session.Run("Send-CseS3Object -Content 12345 -Key p/v2 -CommitmentPolicy ForbidEncryptAllowDecrypt -StorageClass STANDARD_IA @s3").Good();
        sandbox.Server.Objects.Put(_session.Bucket, "p/plain", "only some plain text"u8);
        sandbox.Server.Objects.Put(_session.Bucket, "other", "elsewhere"u8);

        var measured = Measure("$bucket p/");

        Assert.Equal(
            "5 4 1 0 0 95 11 0 RequireEncryptAllowDecrypt None",
            Values(measured, "Objects", "Encrypted", "NotEncrypted", "MayHaveLostEnvelope", "Failed", "Size", "PlaintextSize", "NeedLegacy", "CommitmentPolicy", "AllowLegacy"));
        Assert.Equal(
            ["V3 kms+context STANDARD  3 54 6", "V2 kms+context STANDARD_IA  1 21 5"],
            _session.Run("(Measure-CseS3Object $bucket -KeyPrefix p).Groups").Good().Output
                .Select(group => Values(group, "Format", "Wrapping", "StorageClass", "KmsKeyId", "Objects", "Size", "PlaintextSize")));
        Assert.Equal("RequireEncryptRequireDecrypt", Values(Measure("$bucket p/v3"), "CommitmentPolicy"));
        Assert.Equal("0 ", Values(Measure("$bucket none/"), "Objects", "CommitmentPolicy"));
    }

    [Fact]
    public void What_the_policy_and_legacy_modes_that_it_tells_allow_is_received()
    {
        StoreLegacy("p/old");
        _session.Run("Send-CseS3Object -Content new -Key p/new @s3").Good();

        var measured = Measure("$bucket p/");
        Assert.Equal("RequireEncryptAllowDecrypt Wrapping, Content 1", Values(measured, "CommitmentPolicy", "AllowLegacy", "NeedLegacy"));
        _session.Set("m", measured);

        Assert.Equal(
            ["legacy content", "new"],
            _session.Run("Receive-CseS3Object -KeyPrefix p -AsString -CommitmentPolicy $m.CommitmentPolicy -AllowLegacy $m.AllowLegacy -WarningAction SilentlyContinue @s3")
                .Good().Output.Select(text => $"{text}").Order());
        Assert.Equal(
            ["CommitmentRequired"], _session.Run("Receive-CseS3Object -KeyPrefix p -AsString -AllowLegacy $m.AllowLegacy @s3").Ids());
    }

    [Fact]
    public void A_thousand_objects_with_failures_among_them()
    {
        _session.Store(Enumerable.Range(0, 1000).Select(n => $"p/{n:0000}"));
        foreach (var n in new[] { 3, 500, 999 })
        {
            sandbox.Server.Objects.SetMetadata(_session.Bucket, $"p/{n:0000}", new Dictionary<string, string> { ["x-amz-3"] = "broken" });
        }

        using var denied = sandbox.Server.Faults.Add(
            request => request.Operation == "HeadObject" && request.Key == "p/0007", CseKms.Sandbox.FaultAction.Fail(403, "AccessDenied"), CseKms.Sandbox.SandboxFaults.Always);
        var result = _session.Run("Measure-CseS3Object $bucket p/");

        Assert.Equal(["EnvelopeInvalid", "EnvelopeInvalid", "EnvelopeInvalid", "S3AccessDenied"], result.Ids().Order());
        Assert.Equal("1000 996 4", Values(Assert.Single(result.Output), "Objects", "Encrypted", "Failed"));
        Assert.Equal(996, _session.Run("Measure-CseS3Object $bucket p/ -Detailed -ErrorAction SilentlyContinue").Output.Count);
        Assert.Equal("1000 996 4", Values(
            Assert.Single(_session.Run("Get-CseS3Object $bucket p/ | Measure-CseS3Object -ErrorAction SilentlyContinue").Output), "Objects", "Encrypted", "Failed"));
    }

    [Fact]
    public void Rows_come_while_the_listing_goes_on()
    {
        _session.Store(Enumerable.Range(0, 1000).Select(n => $"p/{n:000}"));
        var before = Heads;

        Assert.Single(_session.Run("Measure-CseS3Object $bucket p/ -Detailed | Select-Object -First 1").Good().Output);

        Assert.InRange(Heads - before, 1, 500);
        var row = _session.Run("Measure-CseS3Object $bucket p/000 -Detailed").Good().Output.Single();
        Assert.Equal("p/000 Encrypted 5 V3 RequireEncryptRequireDecrypt None", Values(row, "Key", "Kind", "PlaintextSize", "Format", "CommitmentPolicy", "AllowLegacy"));
        _session.Set("row", row);
        Assert.Equal("p/000", $"{_session.Run("$row | Receive-CseS3Object -AsString -KmsKeyId $key").Good().Output.Single()}");
    }

    [Fact]
    public void KMS_tells_which_keys_wrap_them()
    {
        var other = sandbox.Server.CreateKey();
        _session.Set("other", other);
        _session.Run("1..4 | ForEach-Object { Send-CseS3Object -Content a -Key \"p/a$_\" @s3 -EncryptionContext @{ n = \"$_\" } }").Good();
        _session.Run("Send-CseS3Object -Content b -Key p/b -BucketName $bucket -KmsKeyId $other").Good();
        sandbox.Server.Objects.Put(_session.Bucket, "p/unknown", new byte[17], new Dictionary<string, string>(sandbox.Server.Objects.Metadata(_session.Bucket, "p/b"))
        {
            ["x-amz-3"] = Convert.ToBase64String(RandomNumberGenerator.GetBytes(184)),
        });

        var result = _session.Run("Measure-CseS3Object $bucket p/ -ResolveKey");

        // The object is counted all the same.
        Assert.Equal(["WrappedKeyInvalid"], result.Ids());
        Assert.Contains("p/unknown", $"{result.Errors[0]}");
        Assert.Equal("6 6 0 1", Values(Assert.Single(result.Output), "Objects", "Encrypted", "Failed", "KeysNotResolved"));
        _session.Set("m", result.Output[0]);
        Assert.Equal(
            new[] { $"{sandbox.KmsKeyArn} 4", $"{other} 1", " 1" }.Order(StringComparer.Ordinal),
            _session.Run("$m.Groups").Good().Output.Select(group => Values(group, "KmsKeyId", "Objects")).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_sample_asks_KMS_about_so_many_objects_and_no_more()
    {
        _session.Store(Enumerable.Range(0, 200).Select(n => $"p/{n:000}"));
        var before = Decrypts;

        var measured = Measure("$bucket p/ -ResolveKey -Sample 7");

        Assert.Equal(7, Decrypts - before);
        Assert.Equal("200 200", Values(measured, "Objects", "Encrypted"));
        _session.Set("m", measured);
        Assert.Equal("7", Values(_session.Run("$m.Groups | Where-Object KmsKeyId").Good().Output.Single(), "Objects"));
        var rows = _session.Run("Measure-CseS3Object $bucket p/ -ResolveKey -Sample 7 -Detailed").Good();
        Assert.Equal(200, rows.All("Key").Distinct().Count());
        Assert.Equal(7, rows.Output.Count(row => row.Properties["KmsKeyId"].Value is not null));
        before = Decrypts;
        Measure("$bucket p/ -ResolveKey -Sample 1000");
        Assert.Equal(200, Decrypts - before);
        before = Decrypts;
        Measure("$bucket p/");
        Assert.Equal(0, Decrypts - before);
    }

    [Fact]
    public void Versions_of_a_listing_are_counted_and_delete_markers_apart()
    {
        _session.Run("'1', '22' | ForEach-Object { Send-CseS3Object -Content $_ -Key a @s3 }").Good();
        sandbox.Server.Objects.Remove(_session.Bucket, "a");

        Assert.Equal("2 1 3", Values(
            _session.Run("Get-CseS3Object $bucket -AllVersions | Measure-CseS3Object").Good().Output.Single(), "Encrypted", "DeleteMarkers", "PlaintextSize"));
    }

    [Fact]
    public void A_copy_without_its_metadata_is_named()
    {
        _session.Run("Send-CseS3Object -Content 'some content' -Key p/source @s3").Good();
        sandbox.Server.Objects.Put(_session.Bucket, "p/copy", sandbox.Server.Objects.Bytes(_session.Bucket, "p/source"));
        sandbox.Server.Objects.Put(_session.Bucket, "p/random", RandomNumberGenerator.GetBytes(5000));
        sandbox.Server.Objects.Put(_session.Bucket, "p/text", "only some plain text"u8);

        Assert.Equal(
            ["p/copy", "p/random"],
            _session.Run("Measure-CseS3Object $bucket p/ -Detailed | Where-Object Kind -eq MayHaveLostEnvelope").Good().All("Key"));
        Assert.Equal("1 2 1", Values(Measure("$bucket p/"), "Encrypted", "MayHaveLostEnvelope", "NotEncrypted"));
    }

    [Fact]
    public void It_is_shown_in_full()
    {
        _session.Store("p/a");
        var shown = _session.Show("Measure-CseS3Object $bucket p/");

        Assert.Contains("Encrypted           : 1", shown);
        Assert.Contains("kms+context, STANDARD: 1 objects, 19 bytes", shown);
        Assert.Contains("CommitmentPolicy    : RequireEncryptRequireDecrypt", shown);
        Assert.DoesNotContain("OrphanedInstructionFiles", shown);
    }

    public void Dispose() => _session.Dispose();

    private int Heads => sandbox.Server.Requests.Count(request => request.Bucket == _session.Bucket && request.Operation == "HeadObject");

    private int Decrypts => sandbox.Server.Requests.Count(request => request.Operation == "Decrypt");

    private PSObject Measure(string arguments) => Assert.Single(_session.Run($"Measure-CseS3Object {arguments}").Good().Output);

    private static string Values(PSObject item, params string[] properties) =>
        string.Join(' ', properties.Select(property => $"{item.Properties[property].Value}"));

    private void StoreLegacy(string key) => LegacyObjects.Store(sandbox, _session.Bucket, key);
}
