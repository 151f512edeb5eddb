using System.Text.Json;
using Xunit;

namespace CseKms.Tests.Cmdlets;

/// <summary>Files that are encrypted and decrypted without S3.</summary>
public sealed class FileTests(SandboxFixture sandbox) : IDisposable
{
    private readonly UserSession _session = new(sandbox);

    [Fact]
    public void A_folder_goes_to_and_fro()
    {
        _session.Write("in/a", "in/sub/b c", "in/sub/[d]");

        var made = _session.Run("Get-ChildItem in -Recurse | Protect-CseFile -Destination out -BasePath in -KmsKeyId $key").Good();

        Assert.Equal(["20", "26", "26"], made.All("Length"));
        Assert.Equal([.. made.All("Path").Select(path => path + ".json")], made.All("EnvelopePath"));
        Assert.DoesNotContain("in/a", File.ReadAllText(_session.Folder.File("out/a.cse")));
        var back = _session.Run("Get-ChildItem out -Recurse | Unprotect-CseFile -Destination back -BasePath out -KmsKeyId $key").Good();
        Assert.Equal([sandbox.KmsKeyArn], back.All("KmsKeyId").Distinct());
        Assert.Equal(["True", "True", "True"], back.All("Authenticated"));
        Assert.All(new[] { "a", "sub/b c", "sub/[d]" }, name => Assert.Equal($"in/{name}", _session.Read($"back/{name}")));
    }

    [Fact]
    public void Files_are_made_beside_their_sources_and_go_through_the_pipe()
    {
        _session.Write("a");
        _session.Run("Protect-CseFile a -KmsKeyId $key; Remove-Item a").Good();

        Assert.Equal(["1"], _session.Run("Unprotect-CseFile a.cse -KmsKeyId $key").Good().All("Length"));
        Assert.Equal("a", _session.Read("a"));
        Assert.Equal("a", $"{_session.Run("$null = Protect-CseFile a -KmsKeyId $key -Force | Unprotect-CseFile -Destination d -KmsKeyId $key; Get-Content d/a").Good().Output.Single()}");
    }

    [Fact]
    public void What_it_makes_is_what_is_sent_and_the_reverse()
    {
        _session.Write("a");
        _session.Run("Protect-CseFile a -KmsKeyId $key -EncryptionContext @{ dept = 'hr' } -CommitmentPolicy ForbidEncryptAllowDecrypt").Good();
        using var json = JsonDocument.Parse(_session.Read("a.cse.json"));
        sandbox.Server.Objects.Put(
            _session.Bucket, "uploaded", File.ReadAllBytes(_session.Folder.File("a.cse")), json.RootElement.GetProperty("Metadata").Deserialize<Dictionary<string, string>>());
        const string Reading = "-EncryptionContext @{ dept = 'hr' } -CommitmentPolicy RequireEncryptAllowDecrypt";
        Assert.Equal("a", $"{_session.Run($"Receive-CseS3Object -Key uploaded -AsString @s3 {Reading}").Good().Output.Single()}");
        Assert.Equal(["CommitmentRequired"], _session.Run("Unprotect-CseFile a.cse -File b -KmsKeyId $key -EncryptionContext @{ dept = 'hr' }").Ids());
        Assert.Equal(["ContextMismatch"], _session.Run("Unprotect-CseFile a.cse -File b -KmsKeyId $key -CommitmentPolicy RequireEncryptAllowDecrypt").Ids());

        _session.Run($"Send-CseS3Object a -Key sent @s3 -InstructionFile {Reading}").Good();
        _session.Folder.Write("blob", sandbox.Server.Objects.Bytes(_session.Bucket, "sent"));
        _session.Folder.Write("blob.instruction", sandbox.Server.Objects.Bytes(_session.Bucket, "sent.instruction"));
        _session.Folder.Write("head.json", JsonSerializer.SerializeToUtf8Bytes(new { Metadata = sandbox.Server.Objects.Metadata(_session.Bucket, "sent") }));
        _session.Run($"Unprotect-CseFile blob -EnvelopePath head.json, blob.instruction -File got -KmsKeyId $key {Reading}").Good();
        Assert.Equal("a", _session.Read("got"));
        _session.Run($"(Get-CseS3Object $bucket -Key uploaded -Envelope).Envelope | ConvertTo-Json | Set-Content shown.json; Unprotect-CseFile a.cse -EnvelopePath shown.json -File again -KmsKeyId $key {Reading}").Good();
        Assert.Equal("a", _session.Read("again"));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(15)]
    [InlineData((12 << 20) - 1)]
    [InlineData(12 << 20)]
    [InlineData((12 << 20) + 1)]
    [InlineData(40_000_000)]
    public void Files_of_any_length_come_back(int length)
    {
        var content = new byte[length];
        Random.Shared.NextBytes(content);
        _session.Folder.Write("a", content);

        _session.Run("Protect-CseFile a -KmsKeyId $key | Unprotect-CseFile -File b -KmsKeyId $key").Good();

        Assert.Equal(content, File.ReadAllBytes(_session.Folder.File("b")));
        Assert.Equal(length + 16, new FileInfo(_session.Folder.File("a.cse")).Length);
        Assert.Equal(["a", "a.cse", "a.cse.json", "b"], Names());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(20_000_000)]
    [InlineData(-1)]
    public void A_changed_file_is_refused_and_leaves_nothing(int at)
    {
        _session.Folder.Write("a", new byte[30_000_000]);
        _session.Run("Protect-CseFile a -KmsKeyId $key; Remove-Item a").Good();
        var bytes = File.ReadAllBytes(_session.Folder.File("a.cse"));
        bytes[at < 0 ? bytes.Length + at : at] ^= 1;
        _session.Folder.Write("a.cse", bytes);
        _session.Write("old");

        Assert.Equal(["AuthenticationFailed"], _session.Run("Unprotect-CseFile a.cse -KmsKeyId $key").Ids());
        Assert.Equal(["AuthenticationFailed"], _session.Run("Unprotect-CseFile a.cse -File old -Force -KmsKeyId $key").Ids());
        Assert.Equal("old", _session.Read("old"));
        Assert.Equal(["a.cse", "a.cse.json", "old"], Names());
    }

    [Fact]
    public void A_thousand_files_with_failures_among_them()
    {
        _session.Write(Enumerable.Range(0, 1000).Select(n => $"in/{n:000}"));
        _session.Write("out/007.cse", "out/008.cse.json");
        Directory.CreateDirectory(_session.Folder.File("out/009.cse"));

        var made = _session.Run("Protect-CseFile in -Recurse -Destination out -KmsKeyId $key");
        Assert.Equal(["DestinationBlocked", "FileExists", "FileExists"], made.Ids().Order());
        Assert.Equal(997, made.Output.Count);
        Assert.False(File.Exists(_session.Folder.File("out/007.cse.json")));
        Assert.False(File.Exists(_session.Folder.File("out/008.cse")));

        File.Delete(_session.Folder.File("out/100.cse.json"));
        _session.Folder.Write("out/101.cse.json", "{}"u8.ToArray());
        _session.Folder.Write("out/102.cse", [1, 2, 3]);
        var back = _session.Run("Get-ChildItem out -Recurse -Filter *.cse -File | Unprotect-CseFile -Destination back -BasePath out -KmsKeyId $key");
        Assert.Equal(["EnvelopeInvalid", "NotEncrypted", "SourceUnreadable", "SourceUnreadable"], back.Ids().Order());
        Assert.All(back.Errors, error => Assert.Matches("10[0-2]|007", error.ToString()));
        Assert.Equal(994, back.Output.Count);
        Assert.Equal("in/999", _session.Read("back/999"));
    }

    [Fact]
    public void A_pair_is_replaced_by_force_alone_and_always_fits()
    {
        _session.Write("a");
        _session.Run("Protect-CseFile a -KmsKeyId $key").Good();
        var (bytes, envelope) = (File.ReadAllBytes(_session.Folder.File("a.cse")), _session.Read("a.cse.json"));

        Assert.Equal(["FileExists"], _session.Run("Protect-CseFile a -KmsKeyId $key").Ids());
        Assert.Equal((Convert.ToHexString(bytes), envelope), (Convert.ToHexString(File.ReadAllBytes(_session.Folder.File("a.cse"))), _session.Read("a.cse.json")));

        // What stands in the envelope's way is seen before the ciphertext is touched.
        File.Delete(_session.Folder.File("a.cse.json"));
        Directory.CreateDirectory(_session.Folder.File("a.cse.json"));
        Assert.Equal(["DestinationBlocked"], _session.Run("Protect-CseFile a -KmsKeyId $key -Force").Ids());
        Assert.Equal(bytes, File.ReadAllBytes(_session.Folder.File("a.cse")));

        Directory.Delete(_session.Folder.File("a.cse.json"));
        _session.Folder.Write("a.cse.json", "{}"u8.ToArray());
        _session.Run("Protect-CseFile a -KmsKeyId $key -Force").Good();
        Assert.Equal("a", $"{_session.Run("$null = Unprotect-CseFile a.cse -File b -KmsKeyId $key; Get-Content b").Good().Output.Single()}");
    }

    [Fact]
    public void Raw_keys_need_no_AWS()
    {
        _session.Write("a");
        _session.Folder.Write("aes", new byte[32]);
        var variables = new[] { "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION", "AWS_ENDPOINT_URL" };
        var values = Array.ConvertAll(variables, Environment.GetEnvironmentVariable);
        try
        {
            Array.ForEach(variables, variable => Environment.SetEnvironmentVariable(variable, null));
            _session.Run("Protect-CseFile a -WrappingKeyPath aes -MaterialDescription @{ key = 'one' } | Unprotect-CseFile -WrappingKeyPath aes -File b").Good();
        }
        finally
        {
            for (var i = 0; i < variables.Length; i++)
            {
                Environment.SetEnvironmentVariable(variables[i], values[i]);
            }
        }

        Assert.Equal("a", _session.Read("b"));
        Assert.Contains("one", _session.Read("a.cse.json"));
    }

    [Fact]
    public void An_object_that_is_bound_to_its_place_is_decrypted_when_the_place_is_named()
    {
        _session.Run("Send-CseS3Object -Content bound -Key k -BindLocation @s3").Good();
        _session.Folder.Write("blob", sandbox.Server.Objects.Bytes(_session.Bucket, "k"));
        _session.Folder.Write("blob.json", JsonSerializer.SerializeToUtf8Bytes(sandbox.Server.Objects.Metadata(_session.Bucket, "k")));

        var refused = _session.Run("Unprotect-CseFile blob -File x -KmsKeyId $key");
        Assert.Equal(["LocationMismatch"], refused.Ids());
        Assert.Contains("-BucketName and -Key", $"{refused.Errors[0]}");
        Assert.Equal(["LocationMismatch"], _session.Run("Unprotect-CseFile blob -File x @s3 -Key other").Ids());
        _session.Run("Unprotect-CseFile blob -File x @s3 -Key k").Good();
        Assert.Equal("bound", _session.Read("x"));
    }

    [Fact]
    public void Legacy_files_are_read_by_request_and_say_so()
    {
        LegacyObjects.Store(sandbox, _session.Bucket, "k");
        _session.Folder.Write("blob", sandbox.Server.Objects.Bytes(_session.Bucket, "k"));
        _session.Folder.Write("blob.json", JsonSerializer.SerializeToUtf8Bytes(sandbox.Server.Objects.Metadata(_session.Bucket, "k")));

        Assert.Equal(["CommitmentRequired"], _session.Run("Unprotect-CseFile blob -File x -KmsKeyId $key").Ids());
        var read = _session.Run(
            "Unprotect-CseFile blob -File x -KmsKeyId $key -CommitmentPolicy RequireEncryptAllowDecrypt -AllowLegacy Wrapping, Content -WarningAction SilentlyContinue").Good();
        Assert.Equal(["False"], read.All("Authenticated"));
        Assert.Equal("legacy content", _session.Read("x"));
    }

    [Fact]
    public void Nothing_is_done_with_WhatIf_and_no_two_files_go_to_one()
    {
        _session.Write("a", "sub/a", "blob");
        _session.Run("Protect-CseFile a -KmsKeyId $key -WhatIf").Good();
        Assert.Equal(["a", "blob"], Names());

        Assert.Equal(["FileCollision"], _session.Run("Protect-CseFile a, sub/a -Destination out -KmsKeyId $key").Ids());
        Assert.Equal(["PlaintextNameRequired"], _session.Run("Unprotect-CseFile blob -KmsKeyId $key").Ids());
        Assert.Equal("OneKmsKeyToSend", _session.Ends("Protect-CseFile a -KmsKeyId $key, $key").Id());
        Assert.Equal(["KmsKeyIdRequired"], [_session.Ends("Protect-CseFile a").Id()]);
    }

    [Fact]
    public void A_link_in_the_place_of_the_envelope_is_followed_by_request_alone()
    {
        _session.Write("a");
        _session.Run("Protect-CseFile a -Destination d -KmsKeyId $key; Move-Item d/a.cse.json elsewhere").Good();
        File.CreateSymbolicLink(_session.Folder.File("d/a.cse.json"), _session.Folder.File("elsewhere"));

        foreach (var way in (string[])["d/a.cse", "d -Recurse", "d/*.cse"])
        {
            var refused = _session.Run($"Unprotect-CseFile {way} -Destination back -KmsKeyId $key");
            Assert.Equal(["SourceBlocked"], refused.Ids());
            Assert.Contains("-FollowSymlink", $"{refused.Errors[0]}");
        }

        Assert.False(File.Exists(_session.Folder.File("back/a")));
        _session.Run("Unprotect-CseFile d/a.cse -Destination back -KmsKeyId $key -FollowSymlink").Good();
        _session.Run("Unprotect-CseFile d/a.cse -EnvelopePath d/a.cse.json -File b -KmsKeyId $key").Good();
        Assert.Equal(("a", "a"), (_session.Read("back/a"), _session.Read("b")));
    }

    [Fact]
    public void It_is_shown_as_a_way()
    {
        _session.Write("a");
        Assert.Contains("1 B a → a.cse", _session.Show("Protect-CseFile a -KmsKeyId $key"));
    }

    public void Dispose() => _session.Dispose();

    private string[] Names() => [.. Directory.GetFiles(_session.Folder.Path).Select(path => Path.GetFileName(path)!).Order(StringComparer.Ordinal)];
}
