using System.Net;
using System.Security.Cryptography;
using System.Text;
using Xunit;

namespace CseKms.Tests.Cmdlets;

/// <summary>Keys, contexts, formats and ranges as a user gives them.</summary>
public sealed class FormatTests(SandboxFixture sandbox) : IDisposable
{
    private const string Unauthenticated = "not authenticated";

    private readonly UserSession _session = new(sandbox);

    [Fact]
    public void A_legacy_object_is_read_by_the_parameters_that_its_error_names()
    {
        StoreLegacy("old");
        var error = _session.Run("Receive-CseS3Object -Key old -AsString @s3").Errors.Single();
        Assert.Equal("CommitmentRequired", error.Id());
        const string Parameters = "-CommitmentPolicy RequireEncryptAllowDecrypt -AllowLegacy Wrapping, Content";
        Assert.Contains($"give {Parameters}.", error.ToString());

        Assert.Equal("LegacyNotAllowed", _session.Run("Receive-CseS3Object -Key old -AsString @s3 -CommitmentPolicy RequireEncryptAllowDecrypt -AllowLegacy Content").Ids().Single());
        Assert.Equal("CommitmentRequired", _session.Run("Receive-CseS3Object -Key old -AsString @s3 -AllowLegacy Content, Wrapping").Ids().Single());
        Assert.Equal("legacy content", _session.Run($"Receive-CseS3Object -Key old -AsString @s3 {Parameters}").Good().Output.Single().ToString());
    }

    [Fact]
    public void One_warning_a_call_tells_what_is_not_authenticated()
    {
        StoreLegacy("p/1");
        StoreLegacy("p/2");
        var received = _session.Run("Receive-CseS3Object -KeyPrefix p -Destination d @s3 -CommitmentPolicy RequireEncryptAllowDecrypt -AllowLegacy Wrapping, Content -WarningVariable w; $global:warnings = $w").Good();
        Assert.Equal(["False", "False"], received.All("Authenticated"));
        Assert.Contains(Unauthenticated, Assert.Single(_session.Run("$warnings").Good().Output).ToString());
        Assert.Equal("legacy content", _session.Read("d/1"));

        _session.Store("a");
        received = _session.Run("Receive-CseS3Object -Key a -Destination d @s3 -WarningVariable w; $global:warnings = $w").Good();
        Assert.Equal(["True"], received.All("Authenticated"));
        Assert.Empty(_session.Run("$warnings").Good().Output);
    }

    [Fact]
    public void A_range_is_received()
    {
        _session.Run("Send-CseS3Object -Content 0123456789 -Key a @s3").Good();
        Assert.Equal("345", Text("Receive-CseS3Object -Key a -Range 3-5 -AsString @s3 -WarningAction SilentlyContinue"));
        Assert.Equal("789", Text("Receive-CseS3Object -Key a -Range 7- -AsString @s3 -WarningAction SilentlyContinue"));
        Assert.Equal("89", Text("Receive-CseS3Object -Key a -Range 8-1000 -AsString @s3 -WarningAction SilentlyContinue"));
        Assert.Contains(Unauthenticated, _session.Show("Receive-CseS3Object -Key a -Range 0-1 -File part @s3"));
        Assert.Equal("01", _session.Read("part"));
        Assert.Equal("RangeOutsideObject", _session.Run("Receive-CseS3Object -Key a -Range 10-12 -AsString @s3").Ids().Single());
        foreach (var bad in new[] { "5-3", "x", "-5", "1", "1-2-3", "1,2-3", " 1-2", "99999999999999999999-" })
        {
            Assert.Equal("RangeInvalid", _session.Ends($"Receive-CseS3Object -Key a -Range '{bad}' -AsString @s3").Id());
        }
    }

    [Fact]
    public void A_raw_AES_key_wraps_and_unwraps()
    {
        var key = RandomNumberGenerator.GetBytes(32);
        _session.Set("bytes", key);
        _session.Set("secure", new NetworkCredential("", Convert.ToBase64String(key)).SecurePassword);
        _session.Folder.Write("key.bin", key);
        _session.Folder.Write("key.txt", Encoding.ASCII.GetBytes(Convert.ToBase64String(key) + "\n"));

        var sent = _session.Run("Send-CseS3Object -Content secret -Key a -BucketName $bucket -WrappingKey $secure -MaterialDescription @{ year = 2026 }").Good();
        Assert.Null(sent.Output.Single().Properties["KmsKeyId"].Value);
        Assert.Equal("""{"year":"2026"}""", sandbox.Server.Objects.Metadata(_session.Bucket, "a")["x-amz-m"]);
        foreach (var parameter in new[] { "-WrappingKey $secure", "-WrappingKey $bytes", "-WrappingKey ([object[]]$bytes)", "-WrappingKeyPath key.bin", "-WrappingKeyPath key.txt" })
        {
            Assert.Equal("secret", Text($"Receive-CseS3Object -Key a -AsString -BucketName $bucket {parameter}"));
        }

        Assert.Equal("secret", Text("Set-CseSession -KmsKeyId $key; Receive-CseS3Object -Key a -AsString -BucketName $bucket -WrappingKey $secure"));
        Assert.Equal("KeyKindMismatch", _session.Run("Receive-CseS3Object -Key a -AsString @s3").Ids().Single());
        Assert.Equal("WrappedKeyInvalid", _session.Run("Receive-CseS3Object -Key a -AsString -BucketName $bucket -WrappingKey ([byte[]]::new(32))").Ids().Single());
    }

    [Fact]
    public void A_raw_RSA_key_wraps_and_unwraps()
    {
        using var rsa = RSA.Create(2048);
        _session.Folder.Write("public.pem", Encoding.ASCII.GetBytes(rsa.ExportSubjectPublicKeyInfoPem()));
        _session.Folder.Write("private.pem", Encoding.ASCII.GetBytes(rsa.ExportPkcs8PrivateKeyPem()));

        _session.Run("Send-CseS3Object -Content v3 -Key v3 -BucketName $bucket -PublicKeyPath public.pem").Good();
        _session.Run("Send-CseS3Object -Content v2 -Key v2 -BucketName $bucket -PrivateKeyPath private.pem -CommitmentPolicy ForbidEncryptAllowDecrypt").Good();
        Assert.Equal("22", sandbox.Server.Objects.Metadata(_session.Bucket, "v3")["x-amz-w"]);
        Assert.Equal("RSA-OAEP-SHA1", sandbox.Server.Objects.Metadata(_session.Bucket, "v2")["x-amz-wrap-alg"]);
        foreach (var name in new[] { "v2", "v3" })
        {
            Assert.Equal(name, Text($"Receive-CseS3Object -Key {name} -AsString -BucketName $bucket -PrivateKeyPath private.pem -CommitmentPolicy RequireEncryptAllowDecrypt"));
        }

        Assert.Equal("WrappingKeyInvalid", _session.Ends("Receive-CseS3Object -Key v3 -AsString -BucketName $bucket -PrivateKeyPath public.pem").Id());
    }

    [Fact]
    public void Several_raw_keys_are_tried_one_after_another()
    {
        _session.Set("old", RandomNumberGenerator.GetBytes(32));
        _session.Set("new", RandomNumberGenerator.GetBytes(32));
        _session.Set("other", RandomNumberGenerator.GetBytes(32));
        _session.Run("foreach ($name in 'old', 'new', 'other') { [IO.File]::WriteAllBytes(\"$folder/$name.key\", (Get-Variable -ValueOnly $name)) }").Good();
        _session.Run("'old', 'new' | ForEach-Object { Send-CseS3Object -Content $_ -Key p/$_ -BucketName $bucket -WrappingKey (Get-Variable -ValueOnly $_) }").Good();
        using var one = RSA.Create(2048);
        using var two = RSA.Create(2048);
        _session.Folder.Write("one.pem", Encoding.ASCII.GetBytes(one.ExportPkcs8PrivateKeyPem()));
        _session.Folder.Write("two.pem", Encoding.ASCII.GetBytes(two.ExportPkcs8PrivateKeyPem()));
        _session.Run("Send-CseS3Object -Content rsa -Key rsa -BucketName $bucket -PrivateKeyPath two.pem").Good();

        foreach (var keys in new[] { "-WrappingKeyPath new.key, old.key", "-WrappingKeyPath other.key, old.key, new.key", "-WrappingKey $new, $old", "-WrappingKey @($old, $new)" })
        {
            Assert.Equal(["new", "old"], _session.Run($"Receive-CseS3Object -KeyPrefix p -AsString -BucketName $bucket {keys}").Good().Output.Select(text => $"{text}"));
        }

        Assert.Equal("rsa", Text("Receive-CseS3Object -Key rsa -AsString -BucketName $bucket -PrivateKeyPath one.pem, two.pem"));
        var refused = _session.Run("Receive-CseS3Object -Key p/old -AsString -BucketName $bucket -WrappingKeyPath new.key, other.key");
        Assert.Equal(["WrappedKeyInvalid"], refused.Ids());
        Assert.Contains("None of the 2 raw keys can open", refused.Errors[0].Exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_RSA_key_that_is_too_short_ends_the_call()
    {
        using var rsa = RSA.Create(1024);
        _session.Folder.Write("short.pem", Encoding.ASCII.GetBytes(rsa.ExportSubjectPublicKeyInfoPem()));
        _session.Write("in/a", "in/b");

        Assert.Equal("WrappingKeyInvalid", _session.Ends("Send-CseS3Object in -Recurse -BucketName $bucket -PublicKeyPath short.pem").Id());
        Assert.Empty(_session.Keys);
    }

    [Theory]
    [InlineData("Send-CseS3Object -Content x -Key x -WrappingKey plaintext", "ParameterArgumentTransformationError")]
    [InlineData("Send-CseS3Object -Content x -Key x -WrappingKey ([byte[]]::new(16))", "WrappingKeyInvalid")]
    [InlineData("Send-CseS3Object -Content x -Key x -WrappingKeyPath none", "WrappingKeyInvalid")]
    [InlineData("Send-CseS3Object -Content x -Key x -WrappingKey ([byte[]]::new(32)) -KmsKeyId $key", "OneKindOfKey")]
    [InlineData("Send-CseS3Object -Content x -Key x -WrappingKey ([byte[]]::new(32)) -PublicKeyPath p", "OneKindOfKey")]
    [InlineData("Receive-CseS3Object -Key x -AsString -DiscoveryAccount 111122223333 -KmsKeyId $key", "OneKindOfKey")]
    [InlineData("Receive-CseS3Object -Key x -AsString -DiscoveryAccount 1111", "ParameterArgumentValidationError")]
    [InlineData("Send-CseS3Object -Content x -Key x -WrappingKey ([byte[]]::new(32)) -BindLocation", "NotForThisKey")]
    [InlineData("Send-CseS3Object -Content x -Key x -KmsKeyId $key -MaterialDescription @{ a = 1 }", "NotForThisKey")]
    [InlineData("Receive-CseS3Object -Key x -AsString -WrappingKey ([byte[]]::new(32)) -EncryptionContext @{ a = 1 }", "NotForThisKey")]
    [InlineData("Send-CseS3Object -Content x -Key x -KmsKeyId $key, $key", "OneKmsKeyToSend")]
    [InlineData("Send-CseS3Object -Content x -Key x -WrappingKeyPath a, b", "OneWrappingKeyToSend")]
    [InlineData("Send-CseS3Object -Content x -Key x -PrivateKeyPath a, b", "OneWrappingKeyToSend")]
    [InlineData("Send-CseS3Object -Content x -Key x/ -KmsKeyId $key", "KeyIsFolder")]
    public void Keys_that_do_not_go_together_are_an_error(string script, string id) =>
        Assert.Equal(id, _session.Ends($"{script} -BucketName $bucket").Id());

    [Fact]
    public void A_context_does_not_go_with_a_raw_key() =>
        Assert.Equal("NotForThisKey", _session.Run("Send-CseS3Object -Content x -Key x -WrappingKey ([byte[]]::new(32)) -EncryptionContext @{ a = 1 } -BucketName $bucket").Ids().Single());

    [Fact]
    public void Several_keys_and_discovery_tell_the_key_that_KMS_used()
    {
        _session.Set("keys", new[] { sandbox.Server.CreateKey(), sandbox.Server.CreateKey() });
        _session.Run("foreach ($k in $keys) { Send-CseS3Object -Content $k -Key ('p/' + $keys.IndexOf($k)) -BucketName $bucket -KmsKeyId $k }").Good();

        var received = _session.Run("Receive-CseS3Object -KeyPrefix p -Destination d -BucketName $bucket -KmsKeyId $keys").Good();
        Assert.All(received.Output, item => Assert.Equal(_session.Read($"d/{Path.GetFileName((string)item.Properties["Path"].Value)}"), item.Properties["KmsKeyId"].Value));
        received = _session.Run("Receive-CseS3Object -KeyPrefix p -Destination e -BucketName $bucket -DiscoveryAccount 111122223333").Good();
        Assert.Equal(2, received.All("KmsKeyId").Distinct().Count());
        var untrusted = _session.Run("Receive-CseS3Object -KeyPrefix p -Destination f -BucketName $bucket -DiscoveryAccount 999999999999");
        Assert.Equal(["KmsKeyMismatch", "KmsKeyMismatch"], untrusted.Ids());
        Assert.All(untrusted.Errors, error => Assert.EndsWith("If you trust the account 111122223333, add it to -DiscoveryAccount.", error.ToString()));
    }

    [Fact]
    public void Each_object_of_the_pipeline_brings_its_own_context()
    {
        _session.Write("1", "2", "3");
        _session.Run(
            """
            $items = [pscustomobject]@{ LiteralPath = '1'; EncryptionContext = @{ dept = 'hr' } },
                [pscustomobject]@{ LiteralPath = '2'; EncryptionContext = [pscustomobject]@{ dept = 'it' } },
                [pscustomobject]@{ LiteralPath = '3' }
            $items | Send-CseS3Object @s3
            """).Good();

        foreach (var (key, context) in new[] { ("1", "@{ dept = 'hr' }"), ("2", "@{ dept = 'it' }"), ("3", "@{}") })
        {
            Assert.Equal(key, Text($"Receive-CseS3Object -Key {key} -AsString -EncryptionContext {context} @s3"));
            Assert.Equal("ContextMismatch", _session.Run($"Receive-CseS3Object -Key {key} -AsString -EncryptionContext @{{ dept = 'x' }} @s3").Ids().Single());
        }

        // Never from a listing: whoever stored the object would decide what it is compared with.
        Assert.Equal(["ContextMismatch"], _session.Run("[pscustomobject]@{ Key = '1'; EncryptionContext = @{ dept = 'hr' } } | Receive-CseS3Object -AsString @s3").Ids());
    }

    [Fact]
    public void A_bound_object_is_received_from_its_own_place_alone()
    {
        _session.Run("Send-CseS3Object -Content bound -Key a -BindLocation @s3; Send-CseS3Object -Content free -Key free @s3").Good();
        sandbox.Server.Objects.Put(_session.Bucket, "b", sandbox.Server.Objects.Bytes(_session.Bucket, "a"), sandbox.Server.Objects.Metadata(_session.Bucket, "a"));

        Assert.Equal("bound", Text("Receive-CseS3Object -Key a -AsString @s3"));
        Assert.Equal("bound", Text("Receive-CseS3Object -Key a -AsString -BindLocation @s3"));
        Assert.Equal("free", Text("Receive-CseS3Object -Key free -AsString @s3"));
        foreach (var (key, parameters, remedy) in new[]
        {
            ("b", "", "Find out who moved it"),
            ("b", "-BindLocation", "Find out who moved it"),
            ("b", "-AnyEncryptionContext", "Find out who moved it"),
            ("free", "-BindLocation", "leave -BindLocation out"),
        })
        {
            var refused = _session.Run($"Receive-CseS3Object -Key {key} -AsString {parameters} @s3");
            Assert.Equal("LocationMismatch", refused.Ids().Single());
            Assert.Contains(remedy, refused.Errors[0].ToString());
        }
    }

    [Fact]
    public void Instruction_files_are_written_and_found()
    {
        _session.Write("in/a", "in/b");
        _session.Run("Send-CseS3Object in -Recurse -KeyPrefix p -InstructionFile @s3").Good();
        Assert.Equal(["p/a", "p/a.instruction", "p/b", "p/b.instruction"], _session.Keys);

        var received = _session.Run("Receive-CseS3Object -KeyPrefix p -Destination d @s3").Good();
        Assert.Equal(["p/a", "p/b"], received.All("Key"));
        Assert.Equal("V3", $"{_session.Run("(Get-CseS3Object $bucket -Key p/a -Envelope).Envelope.Format").Good().Output.Single()}");

        Assert.Equal("EnvelopeInvalid", _session.Run("Receive-CseS3Object -Key p/a -AsString -InstructionFileSuffix .other @s3").Ids().Single());
        foreach (var name in new[] { "a", "b" })
        {
            sandbox.Server.Objects.Put(_session.Bucket, $"p/{name}.other", sandbox.Server.Objects.Bytes(_session.Bucket, $"p/{name}.instruction"));
            sandbox.Server.Objects.Delete(_session.Bucket, $"p/{name}.instruction");
        }

        received = _session.Run("Receive-CseS3Object -KeyPrefix p -Destination e -InstructionFileSuffix .other @s3").Good();
        Assert.Equal(["p/a", "p/b"], received.All("Key"));
    }

    [Fact]
    public void A_file_that_would_take_the_place_of_an_instruction_file_is_an_error()
    {
        _session.Write("in/a", "in/a.instruction");
        Assert.Equal(["KeyCollision"], _session.Run("Send-CseS3Object in -Recurse -InstructionFile @s3").Ids());
    }

    public void Dispose() => _session.Dispose();

    private string Text(string script) => _session.Run(script).Good().Output.Single().ToString()!;

    private void StoreLegacy(string key) => LegacyObjects.Store(sandbox, _session.Bucket, key);
}
