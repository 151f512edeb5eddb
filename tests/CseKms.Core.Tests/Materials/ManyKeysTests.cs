using CseKms.Core.Content;
using CseKms.Core.Session;
using CseKms.Core.Settings;
using CseKms.Core.Transfer;
using CseKms.Sandbox;
using Xunit;

namespace CseKms.Core.Tests.Materials;

/// <summary>Several keys, replicas, aliases, discovery and grants, against a KMS that checks each.</summary>
public class ManyKeysTests(SandboxFixture sandbox)
{
    private static readonly string[] Accounts = [SandboxServer.AccountId];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Each_object_is_opened_by_the_key_that_wrapped_it_and_the_result_tells_which()
    {
        string[] keys = [sandbox.Server.CreateKey(), sandbox.Server.CreateKey(), sandbox.Server.CreateKey()];
        var client = await OpenAsync(KeySource.Kms(keys));

        foreach (var key in keys.Reverse().Concat(keys))
        {
            var address = await SendAsync(KeySource.Kms(key));
            Assert.Equal(key, (await ReceiveAsync(client, address)).KmsKeyId);
        }
    }

    [Fact]
    public async Task The_key_that_opened_the_last_object_is_asked_first()
    {
        string[] keys = [sandbox.Server.CreateKey(), sandbox.Server.CreateKey()];
        var address = await SendAsync(KeySource.Kms(keys[1]));
        var client = await OpenAsync(KeySource.Kms(keys));
        await ReceiveAsync(client, address);
        Assert.Equal((1, 1), (Calls(keys[0]), Calls(keys[1])));

        await ReceiveAsync(client, address);

        Assert.Equal((1, 2), (Calls(keys[0]), Calls(keys[1])));
    }

    [Fact]
    public async Task When_no_key_opens_it_the_error_tells_why()
    {
        var wrapped = await SendAsync(KeySource.Kms(sandbox.KmsKeyArn));
        string[] others = [sandbox.Server.CreateKey(), sandbox.Server.CreateKey()];
        var missing = others[0][..^12] + "000000000000";
        var disabled = sandbox.Server.CreateKey();
        sandbox.Server.DisableKey(disabled);
        var denied = sandbox.Server.CreateKey();
        sandbox.Server.PutKeyPolicy(denied, """{"Statement":[]}""");

        await AssertRefusedAsync(ErrorId.KmsKeyMismatch, KeySource.Kms(others), wrapped);
        await AssertRefusedAsync(ErrorId.KmsKeyMismatch, KeySource.Kms(others[0], missing), wrapped);
        await AssertRefusedAsync(ErrorId.KmsKeyMismatch, KeySource.Kms(disabled, others[0]), wrapped);
        await AssertRefusedAsync(ErrorId.KmsAccessDenied, KeySource.Kms(others[0], denied), wrapped);
        await AssertRefusedAsync(ErrorId.KmsKeyNotFound, KeySource.Kms(missing, missing), wrapped);
        await ReceiveAsync(await OpenAsync(KeySource.Kms(missing, disabled, denied, sandbox.KmsKeyArn)), wrapped);

        var metadata = sandbox.Server.Objects.Metadata(wrapped.BucketName, wrapped.Key).ToDictionary();
        var key = Convert.FromBase64String(metadata["x-amz-3"]);
        key[^1] ^= 1;
        metadata["x-amz-3"] = Convert.ToBase64String(key);
        sandbox.Server.Objects.SetMetadata(wrapped.BucketName, wrapped.Key, metadata);
        await AssertRefusedAsync(ErrorId.WrappedKeyInvalid, KeySource.Kms(others[0], sandbox.KmsKeyArn, others[1]), wrapped);
    }

    [Fact]
    public async Task A_replica_opens_what_another_replica_wrapped()
    {
        var primary = sandbox.Server.CreateKey(isMultiRegion: true);
        var replica = sandbox.Server.ReplicateKey(primary, "eu-west-1");
        var address = await SendAsync(KeySource.Kms(primary));

        Assert.Equal(replica, (await ReceiveAsync(await OpenAsync(KeySource.Kms(replica)), address)).KmsKeyId);
        Assert.Equal(primary, (await ReceiveAsync(await OpenAsync(KeySource.Kms(primary)), address)).KmsKeyId);
    }

    [Fact]
    public async Task An_alias_and_its_ARN_stand_for_the_key()
    {
        var name = $"alias/many-{Guid.NewGuid():N}";
        var key = sandbox.Server.CreateKey("eu-west-1", name);
        var aliasArn = $"arn:aws:kms:eu-west-1:{SandboxServer.AccountId}:{name}";
        var address = await SendAsync(KeySource.Kms(aliasArn));

        var again = await (await OpenAsync(KeySource.Kms(aliasArn))).UploadAsync(
            new UploadRequest(address with { Key = "again" }, UploadSource.FromBytes([1])), NullObserver.Instance, TestContext.Current.CancellationToken);
        Assert.Equal(key, again.KmsKeyId);
        Assert.Equal(key, (await ReceiveAsync(await OpenAsync(KeySource.Kms(aliasArn)), address)).KmsKeyId);
        Assert.Equal(key, (await ReceiveAsync(await OpenAsync(KeySource.Kms(name), region: "eu-west-1"), address)).KmsKeyId);
    }

    [Fact]
    public async Task Discovery_opens_what_the_accounts_own_and_nothing_else()
    {
        var key = sandbox.Server.CreateKey();
        var address = await SendAsync(KeySource.Kms(key));

        Assert.Equal(key, (await ReceiveAsync(await OpenAsync(KeySource.Discovery("aws", Accounts)), address)).KmsKeyId);
        var untrusted = await AssertRefusedAsync(ErrorId.KmsKeyMismatch, KeySource.Discovery("aws", ["999999999999"]), address);
        Assert.Equal(SandboxServer.AccountId, untrusted.Needed.DiscoveryAccount);
        var elsewhere = await AssertRefusedAsync(ErrorId.KmsKeyMismatch, KeySource.Discovery("aws-cn", Accounts), address);
        Assert.Null(elsewhere.Needed.DiscoveryAccount);
        var fault = await Assert.ThrowsAsync<CseException>(() => SendAsync(KeySource.Discovery("aws", Accounts)));
        Assert.Equal(ErrorId.KmsKeyIdRequired, fault.ErrorId);
    }

    [Fact]
    public async Task Grant_tokens_go_along_with_both_calls()
    {
        var key = sandbox.Server.CreateKey();
        sandbox.Server.PutKeyPolicy(key, """{"Statement":[]}""");
        sandbox.Server.Grant(key, "token");
        var session = new EncryptionSession();

        Assert.Equal(ErrorId.KmsAccessDenied, (await Assert.ThrowsAsync<CseException>(() => SendAsync(KeySource.Kms(key), session: session))).ErrorId);
        var address = await SendAsync(KeySource.Kms(key), "token", session);
        await ReceiveAsync(await OpenAsync(KeySource.Kms(key), grantToken: "token", session: session), address);
        await AssertRefusedAsync(ErrorId.KmsAccessDenied, KeySource.Kms(key), address, session);
    }

    private static async Task<TransferResult> ReceiveAsync(S3EncryptionClient client, ObjectAddress address)
    {
        var (result, plaintext) = await client.DownloadBytesAsync(new DownloadRequest(address), NullObserver.Instance, Cancellation);
        Assert.Equal([1, 2, 3], plaintext);
        return result;
    }

    private int Calls(string keyArn) => sandbox.Server.Requests.Count(request => request.Operation == "Decrypt" && request.Key == keyArn);

    private async Task<ObjectAddress> SendAsync(KeySource key, string? grantToken = null, EncryptionSession? session = null)
    {
        var address = new ObjectAddress(sandbox.NewBucket(), "object");
        var client = await OpenAsync(key, grantToken: grantToken, session: session);
        await client.UploadAsync(new UploadRequest(address, UploadSource.FromBytes([1, 2, 3])), NullObserver.Instance, Cancellation);
        return address;
    }

    private async Task<CseException> AssertRefusedAsync(ErrorId expected, KeySource key, ObjectAddress address, EncryptionSession? session = null)
    {
        var client = await OpenAsync(key, session: session);
        var fault = await Assert.ThrowsAsync<CseException>(() => ReceiveAsync(client, address));
        Assert.Equal(expected, fault.ErrorId);
        return fault;
    }

    private Task<S3EncryptionClient> OpenAsync(
        KeySource key, string region = "us-east-1", string? grantToken = null, EncryptionSession? session = null) =>
        (session ?? new EncryptionSession()).OpenAsync(
            sandbox.Connection() with { Region = region },
            new EncryptionSettings { Key = key, GrantTokens = grantToken is null ? [] : [grantToken] },
            new TransferSettings(),
            Cancellation);
}
