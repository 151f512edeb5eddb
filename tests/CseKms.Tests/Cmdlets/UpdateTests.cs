using Xunit;

namespace CseKms.Tests.Cmdlets;

/// <summary>Objects changed in place: data keys wrapped anew, content encrypted anew.</summary>
public sealed class UpdateTests(SandboxFixture sandbox) : IDisposable
{
    private readonly UserSession _session = new(sandbox, versioned: true);

    public void Dispose() => _session.Dispose();

    [Fact]
    public void A_folder_goes_under_another_key_and_the_receiver_needs_no_other_parameter()
    {
        var newKey = sandbox.Server.CreateKey();
        _session.Set("new", newKey);
        Send("test1/a", "test1/b");

        var updated = _session.Run("Update-CseS3Object -KeyPrefix test1 @s3 -NewKmsKeyId $new").Good();

        Assert.Equal(
            ["ReEncrypt 1 True True", "ReEncrypt 1 True True"],
            updated.Output.Select(item => $"{item.Properties["Operation"].Value} {item.Properties["OlderVersions"].Value} {item.Properties["KmsKeyId"].Value as string == newKey} {item.Properties["OldKmsKeyId"].Value as string == sandbox.KmsKeyArn}"));
        Assert.Contains("2 older versions keep what they had", updated.Warnings.Single());
        Assert.Equal("content of test1/a", Receive("test1/a", "$new"));
        Assert.Equal(["KmsKeyMismatch"], _session.Run("Receive-CseS3Object -Key test1/a -AsString @s3").Ids());
    }

    [Fact]
    public void Of_a_thousand_objects_those_that_fail_are_named_and_all_others_changed_and_copied()
    {
        _session.Set("new", sandbox.Server.CreateKey());
        string[] keys = [.. Enumerable.Range(0, 1000).Select(number => $"many/{number:D4}")];
        _session.Store(keys);
        foreach (var key in keys.Where((_, number) => number % 100 == 99))
        {
            sandbox.Server.Objects.SetMetadata(_session.Bucket, key, new Dictionary<string, string>());
        }

        var updated = _session.Run("Update-CseS3Object -KeyPrefix many @s3 -NewKmsKeyId $new");
        var copied = _session.Run("Get-CseS3Object $bucket many/ | Copy-CseS3Object -DestinationKeyPrefix copy");

        Assert.Equal(990, updated.Output.Count);
        Assert.Equal(Enumerable.Repeat("NotEncrypted", 10), updated.Ids());
        Assert.Equal(990, copied.Output.Count);
        Assert.Equal(Enumerable.Repeat("NotEncrypted", 10), copied.Ids());
        var tested = _session.Run("Test-CseS3Object -BucketName $bucket -KeyPrefix copy -KmsKeyId $new -Quiet").Good().Output;
        Assert.Equal(990, tested.Count(result => result.BaseObject is true));
    }

    [Fact]
    public void Instruction_files_and_folder_markers_of_a_folder_are_passed_over()
    {
        _session.Set("new", sandbox.Server.CreateKey());
        _session.Run("Send-CseS3Object -Content x -Key d/a -InstructionFile @s3").Good();
        sandbox.Server.Objects.Put(_session.Bucket, "d/", []);

        var updated = _session.Run("Update-CseS3Object -KeyPrefix d @s3 -NewKmsKeyId $new").Good().Output;

        Assert.Equal(["d/a"], updated.Select(item => $"{item.Properties["Key"].Value}"));
        Assert.Equal("x", Receive("d/a", "$new").Trim());
    }

    [Fact]
    public void Older_versions_are_listed_on_request_and_never_changed()
    {
        _session.Set("new", sandbox.Server.CreateKey());
        Send("a");
        Send("a");

        var listed = _session.Run("Update-CseS3Object -Key a @s3 -NewKmsKeyId $new -ListOlderVersions").Good().Output;
        var refused = _session.Run("Get-CseS3Object $bucket -AllVersions | Update-CseS3Object @s3 -KmsKeyId $new -NewEncryptionContext @{ a = 'b' }");

        Assert.Equal(["CseUpdatedObject", "CseS3ObjectVersion", "CseS3ObjectVersion"], listed.Select(item => item.BaseObject.GetType().Name));
        Assert.Equal(["NotCurrentVersion", "NotCurrentVersion"], refused.Ids());
        Assert.Single(refused.Output);
    }

    [Fact]
    public void An_object_that_was_changed_is_told_where_its_older_versions_cannot_be_listed()
    {
        Send("a");
        using var deny = sandbox.Server.Faults.Fail(request => request.Operation == "ListObjectVersions" && request.Bucket == _session.Bucket, 403, "AccessDenied");

        var updated = _session.Run("Update-CseS3Object -Key a @s3 -NewEncryptionContext @{ a = 'b' }").Good();

        Assert.Equal("a", $"{updated.Output.Single().Properties["Key"].Value}");
        Assert.Contains("s3:ListBucketVersions", updated.Warnings.Single());
    }

    [Fact]
    public void WhatIf_changes_nothing()
    {
        Send("a");
        var before = sandbox.Server.Objects.Metadata(_session.Bucket, "a");

        _session.Run("Update-CseS3Object -Key a @s3 -NewEncryptionContext @{ a = 'b' } -WhatIf").Good();

        Assert.Equal(before, sandbox.Server.Objects.Metadata(_session.Bucket, "a"));
    }

    [Fact]
    public void A_raw_key_is_replaced_by_another_one_and_by_KMS()
    {
        _session.Run(
            """
            $one, $two = 1, 2 | ForEach-Object { , [byte[]](@($_) * 32) }
            Send-CseS3Object -Content x -Key a -BucketName $bucket -WrappingKey $one
            Update-CseS3Object -Key a -BucketName $bucket -WrappingKey $one -NewWrappingKey $two
            """).Good();

        Assert.Equal(["WrappedKeyInvalid"], _session.Run("Receive-CseS3Object -Key a -AsString -BucketName $bucket -WrappingKey $one").Ids());
        _session.Run("Update-CseS3Object -Key a -BucketName $bucket -WrappingKey $two -NewKmsKeyId $key").Good();
        Assert.Equal("x", Receive("a", "$key").Trim());
    }

    [Fact]
    public void What_is_to_be_changed_must_be_said() =>
        Assert.StartsWith("NothingToUpdate", _session.Ends("Update-CseS3Object -Key a @s3").FullyQualifiedErrorId, StringComparison.Ordinal);

    [Fact]
    public void An_upgrade_makes_V3_of_V2()
    {
        _session.Run("Send-CseS3Object -Content x -Key a @s3 -CommitmentPolicy ForbidEncryptAllowDecrypt").Good();

        var refused = _session.Run("Update-CseS3Object -Key a @s3 -Upgrade");
        var updated = _session.Run("Update-CseS3Object -Key a @s3 -Upgrade -CommitmentPolicy RequireEncryptAllowDecrypt").Good().Output.Single();

        Assert.Equal(["CommitmentRequired"], refused.Ids());
        Assert.Equal(("V3", "Upgrade"), ($"{updated.Properties["Format"].Value}", $"{updated.Properties["Operation"].Value}"));
        Assert.Equal("x", Receive("a", "$key").Trim());
    }

    [Fact]
    public void A_copy_of_a_bound_object_is_bound_to_its_new_place()
    {
        _session.Run("Send-CseS3Object -Content x -Key a/b @s3 -BindLocation").Good();

        var copied = _session.Run("Copy-CseS3Object -KeyPrefix a @s3 -DestinationKeyPrefix c").Good().Output.Single();

        Assert.EndsWith("/a/b → " + _session.Bucket + "/c/b", $"{copied.BaseObject}", StringComparison.Ordinal);
        Assert.Equal("x", $"{_session.Run("Receive-CseS3Object -Key c/b -AsString -BindLocation @s3").Good().Output.Single()}".Trim());
    }

    [Fact]
    public void An_unbound_object_is_copied_without_a_key_and_its_instruction_file_too()
    {
        _session.Run("Send-CseS3Object -Content x -Key a/b @s3 -InstructionFile -Metadata @{ owner = 'me' } -ContentType text/csv -TagSet @{ t = '1' }").Good();

        _session.Run("Get-CseS3Object $bucket a/ | Copy-CseS3Object -DestinationKeyPrefix c").Good();

        var copy = sandbox.Server.Objects.Get(_session.Bucket, "c/b");
        Assert.Equal(("me", "text/csv", "1"), (copy.Metadata["owner"], copy.Headers["Content-Type"], copy.Tags["t"]));
        Assert.Equal("x", Receive("c/b", "$key").Trim());
    }

    [Fact]
    public void A_copy_replaces_nothing_when_that_is_asked_and_never_the_object_itself()
    {
        Send("a", "b");

        Assert.Equal(["AlreadyExists"], _session.Run("Copy-CseS3Object -Key a @s3 -DestinationKey b -NoClobber").Ids());
        Assert.Equal(["CopyOntoItself"], _session.Run("Copy-CseS3Object -Key a @s3 -DestinationKey a").Ids());
        Assert.StartsWith("DestinationRequired", _session.Ends("Copy-CseS3Object -Key a @s3").FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.StartsWith("DestinationKeyAndKeyPrefix", _session.Ends("Copy-CseS3Object -Key a @s3 -DestinationKey b -DestinationKeyPrefix c").FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.StartsWith("OneDestinationKey", _session.Ends("Copy-CseS3Object -KeyPrefix '' @s3 -DestinationKey b").FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Equal("content of b", Receive("b", "$key"));
    }

    private void Send(params string[] keys)
    {
        foreach (var key in keys)
        {
            _session.Run($"Send-CseS3Object -Content 'content of {key}' -Key {key} @s3").Good();
        }
    }

    private string Receive(string key, string kmsKey) =>
        $"{_session.Run($"Receive-CseS3Object -Key {key} -AsString -BucketName $bucket -KmsKeyId {kmsKey}").Good().Output.Single()}";
}
