using System.Security.Cryptography;
using CseKms.Core.Content;
using CseKms.Core.Session;
using CseKms.Core.Transfer;
using Xunit;

namespace CseKms.Core.Tests.Transfer;

public sealed class ObjectSurveyTests(SandboxFixture sandbox)
{
    private readonly string _bucket = sandbox.NewBucket();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Each_object_is_what_it_is()
    {
        var client = await sandbox.OpenAsync();
        await SendAsync(client, "encrypted");
        await SendAsync(client, "instructed", instructionFile: true);
        await SendAsync(client, "deleted", instructionFile: true);
        sandbox.Server.Objects.Delete(_bucket, "deleted");
        sandbox.Server.Objects.Put(_bucket, "copy", sandbox.Server.Objects.Bytes(_bucket, "encrypted"));
        sandbox.Server.Objects.Put(_bucket, "text", "only some plain text"u8);
        sandbox.Server.Objects.Put(_bucket, "notes.instruction", "is no instruction file"u8);
        sandbox.Server.Objects.Put(_bucket, "empty", []);
        sandbox.Server.Objects.Put(_bucket, "folder/", []);
        sandbox.Server.Objects.Put(_bucket, "hadoop_$folder$", []);

        Assert.Equal(
            [
                ("copy", ObjectKind.MayHaveLostEnvelope),
                ("deleted.instruction", ObjectKind.OrphanedInstructionFile),
                ("empty", ObjectKind.NotEncrypted),
                ("encrypted", ObjectKind.Encrypted),
                ("folder/", ObjectKind.FolderMarker),
                ("hadoop_$folder$", ObjectKind.FolderMarker),
                ("instructed", ObjectKind.Encrypted),
                ("instructed.instruction", ObjectKind.InstructionFile),
                ("notes.instruction", ObjectKind.NotEncrypted),
                ("text", ObjectKind.NotEncrypted),
            ],
            await Task.WhenAll(sandbox.Server.Objects.Keys(_bucket).Select(async key => (key, (await SurveyAsync(client, key)).Kind))));
    }

    [Fact]
    public async Task An_encrypted_object_takes_one_request()
    {
        var client = await sandbox.OpenAsync();
        await SendAsync(client, "a");
        var before = Requests;

        await SurveyAsync(client, "a");

        Assert.Equal(before + 1, Requests);
    }

    [Fact]
    public async Task Of_an_archived_object_without_an_envelope_nothing_is_guessed()
    {
        sandbox.Server.Objects.Put(_bucket, "a", RandomNumberGenerator.GetBytes(5000));
        sandbox.Server.Objects.Archive(_bucket, "a");

        var surveyed = await SurveyAsync(await sandbox.OpenAsync(), "a");

        Assert.Equal((ObjectKind.NotEncrypted, "GLACIER"), (surveyed.Kind, surveyed.Description.StorageClass));
    }

    [Fact]
    public async Task KMS_tells_the_key_and_the_data_key_goes_nowhere()
    {
        var other = sandbox.Server.CreateKey();
        var client = await sandbox.OpenAsync(context: new Dictionary<string, string> { ["dept"] = "hr" }, kmsKeyId: other);
        await SendAsync(client, "a");
        var auditor = await sandbox.OpenAsync(kmsKeyId: sandbox.KmsKeyArn);

        var found = await auditor.FindKmsKeyAsync((await SurveyAsync(auditor, "a")).Description.Envelope!, Cancellation);

        Assert.Equal(new FoundKmsKey(other, default), found);
    }

    private int Requests => sandbox.Server.Requests.Count(request => request.Bucket == _bucket);

    private Task<SurveyedObject> SurveyAsync(S3EncryptionClient client, string key) =>
        client.SurveyAsync(new ObjectAddress(_bucket, key), S3EncryptionClient.InstructionFileSuffix, Cancellation);

    private async Task SendAsync(S3EncryptionClient client, string key, bool instructionFile = false) => await client.UploadAsync(
        new UploadRequest(new ObjectAddress(_bucket, key), UploadSource.FromBytes(TestContent.Of(100))) { InstructionFile = instructionFile },
        NullObserver.Instance,
        Cancellation);
}
