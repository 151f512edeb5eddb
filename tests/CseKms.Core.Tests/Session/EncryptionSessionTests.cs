using CseKms.Core.Content;
using CseKms.Core.Session;
using CseKms.Core.Settings;
using CseKms.Core.Transfer;
using Xunit;

namespace CseKms.Core.Tests.Session;

public class EncryptionSessionTests(SandboxFixture sandbox)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Calls_share_one_client_and_one_keyring_and_the_counts_tell_what_was_done()
    {
        var session = new EncryptionSession();
        var key = sandbox.Server.CreateKey();
        var bucket = sandbox.NewBucket();

        await Task.WhenAll(Enumerable.Range(0, 50).Select(async i =>
        {
            var client = await sandbox.OpenAsync(kmsKeyId: key, session: session);
            var address = new ObjectAddress(bucket, $"{i}");
            await client.UploadAsync(new UploadRequest(address, UploadSource.FromBytes(new byte[10])), NullObserver.Instance, Cancellation);
            await client.DownloadBytesAsync(new DownloadRequest(address), NullObserver.Instance, Cancellation);
        }));

        var description = session.Describe();
        var clientCounts = Assert.Single(description.Clients);
        Assert.Equal((50, 50, 500, 500), (clientCounts.ObjectsSent, clientCounts.ObjectsReceived, clientCounts.BytesSent, clientCounts.BytesReceived));
        var keyring = Assert.Single(description.Keyrings);
        Assert.Equal((key, 50, 50), (keyring.KmsKeyId, keyring.DataKeysGenerated, keyring.DataKeysDecrypted));
        Assert.Equal(50, sandbox.Server.Requests.Count(request => request.Operation == "GenerateDataKey" && request.Key == key));
    }

    [Fact]
    public async Task Two_identities_never_share_a_client()
    {
        var session = new EncryptionSession();
        var outsider = sandbox.Server.AddIdentity("outsider");
        sandbox.Server.Deny(outsider, "Decrypt");
        var address = new ObjectAddress(sandbox.NewBucket(), "object");
        var insider = await sandbox.OpenAsync(session: session);
        await insider.UploadAsync(new UploadRequest(address, UploadSource.FromBytes(new byte[10])), NullObserver.Instance, Cancellation);

        var other = await sandbox.OpenAsync(session: session, identity: outsider);
        var fault = await Assert.ThrowsAsync<CseException>(
            () => other.DownloadBytesAsync(new DownloadRequest(address), NullObserver.Instance, Cancellation));
        await insider.DownloadBytesAsync(new DownloadRequest(address), NullObserver.Instance, Cancellation);

        Assert.Equal(ErrorId.KmsAccessDenied, fault.ErrorId);
        Assert.Equal(2, session.Describe().Keyrings.Count);
    }

    [Fact]
    public async Task Each_key_id_as_given_has_a_keyring_and_the_region_is_the_one_of_its_ARN()
    {
        var session = new EncryptionSession();
        var frankfurt = sandbox.Server.CreateKey("eu-central-1", alias: "alias/cse");
        var address = new ObjectAddress(sandbox.NewBucket(), "object");

        var client = await sandbox.OpenAsync(kmsKeyId: frankfurt, session: session);
        await client.UploadAsync(new UploadRequest(address, UploadSource.FromBytes(new byte[10])), NullObserver.Instance, Cancellation);
        var byAlias = await sandbox.OpenAsync(kmsKeyId: "alias/cse", session: session);
        await Assert.ThrowsAsync<CseException>(() => byAlias.DownloadBytesAsync(new DownloadRequest(address), NullObserver.Instance, Cancellation));

        Assert.Equal(
            [("alias/cse", "us-east-1"), (frankfurt, "eu-central-1")],
            session.Describe().Keyrings.Select(keyring => (keyring.KmsKeyId, keyring.Region)).Order());
    }

    [Fact]
    public async Task Clear_forgets()
    {
        var session = new EncryptionSession();
        var client = await sandbox.OpenAsync(session: session);
        var address = new ObjectAddress(sandbox.NewBucket(), "object");
        await client.UploadAsync(new UploadRequest(address, UploadSource.FromBytes(new byte[10])), NullObserver.Instance, Cancellation);
        Assert.Single(session.Describe().Clients);
        Assert.Single(session.Describe().Keyrings);

        session.Clear();

        Assert.Empty(session.Describe().Clients);
        Assert.Empty(session.Describe().Keyrings);
    }

    [Theory]
    [InlineData("AKIA", null)]
    [InlineData(null, "secret")]
    public async Task Half_a_pair_of_keys_is_told(string? accessKey, string? secretKey)
    {
        var fault = await Assert.ThrowsAsync<CseException>(() => new EncryptionSession().OpenAsync(
            new ConnectionSettings { Identity = new() { AccessKey = accessKey, SecretKey = secretKey }, Region = "us-east-1" }, new(), new(), Cancellation));

        Assert.Equal(ErrorId.CredentialsInvalid, fault.ErrorId);
    }

    [Fact]
    public async Task A_profile_is_read_from_the_file_named_and_a_missing_one_is_told()
    {
        using var folder = new TemporaryFolder();
        var admin = sandbox.Server.Admin;
        var file = folder.File("credentials");
        await File.WriteAllTextAsync(
            file, $"[one]\naws_access_key_id = {admin.AccessKeyId}\naws_secret_access_key = {admin.SecretAccessKey}\nregion = us-east-1\n", Cancellation);
        var session = new EncryptionSession();
        var settings = new ConnectionSettings { Identity = new() { ProfileName = "one", ProfileLocation = file }, EndpointUrl = sandbox.Server.HttpUrl };

        var client = await session.OpenAsync(settings, new(), new(), Cancellation);
        Assert.Empty(await client.ListAsync(sandbox.NewBucket(), "", null, Cancellation).ToListAsync(Cancellation));

        var fault = await Assert.ThrowsAsync<CseException>(() => session.OpenAsync(settings with { Identity = settings.Identity with { ProfileName = "two" } }, new(), new(), Cancellation));
        Assert.Equal(ErrorId.ProfileNotFound, fault.ErrorId);

        await File.WriteAllTextAsync(
            file, "[one]\naws_access_key_id = AKIAOTHER\naws_secret_access_key = other\nregion = us-east-1\n", Cancellation);
        var edited = await session.OpenAsync(settings, new(), new(), Cancellation);
        var listing = edited.ListAsync(sandbox.NewBucket(), "", null, Cancellation);
        Assert.Equal(ErrorId.CredentialsInvalid, (await Assert.ThrowsAsync<CseException>(async () => await listing.ToListAsync(Cancellation))).ErrorId);
    }

    [Fact]
    public async Task An_MFA_code_that_nobody_can_be_asked_for_is_told_at_once()
    {
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(
            folder.File("credentials"),
            "[base]\naws_access_key_id = AKIA\naws_secret_access_key = secret\n"
            + "[mfa]\nrole_arn = arn:aws:iam::111122223333:role/admin\nsource_profile = base\nmfa_serial = arn:aws:iam::111122223333:mfa/me\nregion = us-east-1\n",
            Cancellation);

        var fault = await Assert.ThrowsAsync<CseException>(() => new EncryptionSession().OpenAsync(
            new ConnectionSettings { Identity = new() { ProfileName = "mfa", ProfileLocation = folder.File("credentials") } }, new(), new(), Cancellation));

        Assert.Equal(ErrorId.MfaCodeRequired, fault.ErrorId);
        Assert.Contains("mfa/me", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Bucket_and_key_can_belong_to_two_identities()
    {
        using var folder = new TemporaryFolder();
        var (storage, keys) = (sandbox.Server.AddIdentity("storage"), sandbox.Server.AddIdentity("keys"));
        foreach (var operation in new[] { "GenerateDataKey", "Decrypt" })
        {
            sandbox.Server.Deny(storage, operation);
        }

        foreach (var operation in new[] { "PutObject", "GetObject" })
        {
            sandbox.Server.Deny(keys, operation);
        }

        await File.WriteAllTextAsync(
            folder.File("credentials"),
            string.Concat(new[] { storage, keys }.Select(identity =>
                $"[{identity.Name}]\naws_access_key_id = {identity.AccessKeyId}\naws_secret_access_key = {identity.SecretAccessKey}\n")),
            Cancellation);
        var session = new EncryptionSession();
        var settings = new ConnectionSettings
        {
            Region = "us-east-1",
            Identity = new() { ProfileName = "storage", ProfileLocation = folder.File("credentials") },
            KmsProfileName = "keys",
            EndpointUrl = sandbox.Server.HttpUrl,
            KmsEndpointUrl = sandbox.Server.HttpUrl,
        };
        var address = new ObjectAddress(sandbox.NewBucket(), "object");

        var client = await session.OpenAsync(settings, new() { Key = KeySource.Kms(sandbox.KmsKeyArn) }, new(), Cancellation);
        await client.UploadAsync(new UploadRequest(address, UploadSource.FromBytes([1, 2, 3])), NullObserver.Instance, Cancellation);
        var (_, received) = await client.DownloadBytesAsync(new DownloadRequest(address), NullObserver.Instance, Cancellation);

        Assert.Equal([1, 2, 3], received);
        Assert.Equal("profile storage", Assert.Single(session.Describe().Clients).Identity);
        Assert.Equal("profile keys", Assert.Single(session.Describe().Keyrings).Identity);
        var alone = await session.OpenAsync(settings with { KmsProfileName = null }, new() { Key = KeySource.Kms(sandbox.KmsKeyArn) }, new(), Cancellation);
        var fault = await Assert.ThrowsAsync<CseException>(
            () => alone.DownloadBytesAsync(new DownloadRequest(address), NullObserver.Instance, Cancellation));
        Assert.Equal(ErrorId.KmsAccessDenied, fault.ErrorId);
        var unknown = settings with { KmsProfileName = "nobody" };
        var nobody = await session.OpenAsync(unknown, new() { Key = KeySource.Kms(sandbox.KmsKeyArn) }, new(), Cancellation);
        fault = await Assert.ThrowsAsync<CseException>(
            () => nobody.DownloadBytesAsync(new DownloadRequest(address), NullObserver.Instance, Cancellation));
        Assert.Equal(ErrorId.ProfileNotFound, fault.ErrorId);
    }

    [Fact]
    public async Task Listing_and_describing_need_no_identity_of_KMS()
    {
        using var folder = new TemporaryFolder();
        var admin = sandbox.Server.Admin;
        await File.WriteAllTextAsync(
            folder.File("credentials"),
            $"[storage]\naws_access_key_id = {admin.AccessKeyId}\naws_secret_access_key = {admin.SecretAccessKey}\n"
            + "[keys]\nrole_arn = arn:aws:iam::111122223333:role/keys\nsource_profile = storage\nmfa_serial = arn:aws:iam::111122223333:mfa/me\n",
            Cancellation);
        var address = new ObjectAddress(sandbox.NewBucket(), "object");
        var sender = await sandbox.OpenAsync();
        await sender.UploadAsync(new UploadRequest(address, UploadSource.FromBytes([1])), NullObserver.Instance, Cancellation);
        var settings = sandbox.Connection() with
        {
            Identity = new() { ProfileName = "storage", ProfileLocation = folder.File("credentials") },
            KmsProfileName = "keys",
        };

        var client = await new EncryptionSession().OpenAsync(settings, new() { Key = KeySource.Kms(sandbox.KmsKeyArn) }, new(), Cancellation);

        Assert.Single(await client.ListAsync(address.BucketName, "", null, Cancellation).ToListAsync(Cancellation));
        Assert.Equal("V3", (await client.DescribeAsync(address, Cancellation)).Envelope?.Format);
        var fault = await Assert.ThrowsAsync<CseException>(
            () => client.DownloadBytesAsync(new DownloadRequest(address), NullObserver.Instance, Cancellation));
        Assert.Equal(ErrorId.MfaCodeRequired, fault.ErrorId);
    }

    [Fact]
    public async Task Listing_needs_no_KMS_key_but_sending_does()
    {
        var client = await new EncryptionSession().OpenAsync(sandbox.Connection(), new(), new(), Cancellation);
        var bucket = sandbox.NewBucket();

        Assert.Empty(await client.ListAsync(bucket, "", null, Cancellation).ToListAsync(Cancellation));
        var fault = await Assert.ThrowsAsync<CseException>(() => client.UploadAsync(
            new UploadRequest(new ObjectAddress(bucket, "x"), UploadSource.FromBytes(new byte[1])), NullObserver.Instance, Cancellation));
        Assert.Equal(ErrorId.KmsKeyIdRequired, fault.ErrorId);
    }
}
