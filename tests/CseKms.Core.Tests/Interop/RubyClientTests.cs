using System.Text.Json;
using CseKms.Core.Content;
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
