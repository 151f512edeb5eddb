using System.Text.Json;
using CseKms.Core.Content;
using CseKms.Core.Session;
using CseKms.Core.Settings;
using CseKms.Core.Transfer;
using Xunit;

namespace CseKms.Core.Tests.Interop;

/// <summary>Objects go to and fro between the engine and the Ruby SDK's client, where Ruby and its SDK are installed.</summary>
[Needs(Interpreter.RubyCommand)]
public sealed class RubyClientTests(SandboxFixture sandbox)
{
    public static TheoryData<string, int, string?> Cases => new(
        from location in new[] { "metadata", "instruction_file" }
        from content in new (int, string?)[] { (0, null), (1000, "finance"), (Part.Size + 1, "finance") }
        select (location, content.Item1, content.Item2));

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task What_we_write_it_reads(string location, int size, string? department)
    {
        var (content, context, address) = (TestContent.Of(size), Context(department), new ObjectAddress(sandbox.NewBucket(), "folder/object"));
        var client = await sandbox.OpenAsync(CommitmentPolicy.ForbidEncryptAllowDecrypt, context);
        var request = new UploadRequest(address, UploadSource.FromBytes(content)) { InstructionFile = location == "instruction_file" };
        await client.UploadAsync(request, NullObserver.Instance, Cancellation);

        var (exitCode, output, error) = await RunAsync("get", address, context, location, []);

        Assert.True(exitCode == 0, error);
        Assert.Equal(content, output);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task What_it_writes_we_read(string location, int size, string? department)
    {
        var (content, context, address) = (TestContent.Of(size), Context(department), new ObjectAddress(sandbox.NewBucket(), "folder/object"));

        var (exitCode, _, error) = await RunAsync("put", address, context, location, content);

        Assert.True(exitCode == 0, error);
        var client = await sandbox.OpenAsync(CommitmentPolicy.ForbidEncryptAllowDecrypt, context);
        var (_, plaintext) = await client.DownloadBytesAsync(new DownloadRequest(address), NullObserver.Instance, Cancellation);
        Assert.Equal(content, plaintext);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Files_and_what_it_stores_are_the_same_bytes(string location, int size, string? department)
    {
        var (content, context, bucket) = (TestContent.Of(size), Context(department), sandbox.NewBucket());
        using var folder = new TemporaryFolder();
        var files = new EncryptionSession().OpenFiles(
            sandbox.Connection(),
            new() { Key = KeySource.Kms(sandbox.KmsKeyArn), CommitmentPolicy = CommitmentPolicy.ForbidEncryptAllowDecrypt, EncryptionContext = context },
            new());

        var (exitCode, _, error) = await RunAsync("put", new ObjectAddress(bucket, "theirs"), context, location, content);
        Assert.True(exitCode == 0, error);
        var envelope = location == "instruction_file"
            ? sandbox.Server.Objects.Bytes(bucket, "theirs.instruction")
            : JsonSerializer.SerializeToUtf8Bytes(sandbox.Server.Objects.Metadata(bucket, "theirs"));
        await files.UnprotectAsync(
            new UnprotectRequest(
                folder.Write("blob", sandbox.Server.Objects.Bytes(bucket, "theirs")),
                [folder.Write("envelope", envelope)],
                FileDestination.Exactly(folder.File("plain"), overwrite: false)),
            NullObserver.Instance,
            Cancellation);
        Assert.Equal(content, File.ReadAllBytes(folder.File("plain")));

        await files.ProtectAsync(
            new ProtectRequest(
                UploadSource.FromFile(folder.File("plain")),
                FileDestination.Exactly(folder.File("ours"), overwrite: false),
                FileDestination.Exactly(folder.File("ours.json"), overwrite: false)),
            NullObserver.Instance,
            Cancellation);
        using var json = JsonDocument.Parse(File.ReadAllText(folder.File("ours.json")));
        sandbox.Server.Objects.Put(
            bucket, "ours", File.ReadAllBytes(folder.File("ours")), json.RootElement.GetProperty("Metadata").Deserialize<Dictionary<string, string>>());
        (exitCode, var output, error) = await RunAsync("get", new ObjectAddress(bucket, "ours"), context, "metadata", []);
        Assert.True(exitCode == 0, error);
        Assert.Equal(content, output);
    }

    private static Dictionary<string, string> Context(string? department) => department is null ? [] : new() { ["department"] = department };

    private Task<(int ExitCode, byte[] Output, string Error)> RunAsync(
        string command, ObjectAddress address, Dictionary<string, string> context, string location, byte[] input) =>
        Interpreter.Ruby.RunAsync(
            "s3ec.rb",
            [command, sandbox.Server.HttpUrl, address.BucketName, address.Key, sandbox.KmsKeyArn, JsonSerializer.Serialize(context), location],
            new Dictionary<string, string?>
            {
                ["AWS_ACCESS_KEY_ID"] = sandbox.Server.Admin.AccessKeyId,
                ["AWS_SECRET_ACCESS_KEY"] = sandbox.Server.Admin.SecretAccessKey,
                ["AWS_REGION"] = "us-east-1",
            },
            input);
}
