using System.Text;
using System.Text.Json;
using CseKms.Core.Content;
using CseKms.Core.Session;
using CseKms.Core.Settings;
using CseKms.Core.Transfer;
using Xunit;

namespace CseKms.Core.Tests.Interop;

/// <summary>
/// Objects go to and fro between the engine and a small client in Python that shares no line with it; over moto, and over the sandbox,
/// which checks signatures and checksums.
/// </summary>
[Needs(Interpreter.PythonCommand)]
public sealed class ReferenceClientTests(MotoFixture moto, SandboxFixture sandbox)
{
    public static TheoryData<string, string, int, string?> Cases => new(
        from endpoint in new[] { "moto", "sandbox" }
        from format in new[] { "V2", "V3" }
        from content in new (int, string?)[] { (0, null), (1000, "finance"), (1001, "経理 😀 \"é\""), (Part.Size + 1, "経理") }
        select (endpoint, format, content.Item1, content.Item2));

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task What_we_write_it_reads(string endpoint, string format, int size, string? department)
    {
        var (content, context) = (TestContent.Of(size), Context(department));
        using var site = await OpenAsync(endpoint);
        await site.SendAsync(format, context, content);

        var (exitCode, output, error) = await site.GetByPythonAsync(context);

        Assert.Equal((0, ""), (exitCode, error));
        Assert.Equal(content, output);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task What_it_writes_we_read(string endpoint, string format, int size, string? department)
    {
        var (content, context) = (TestContent.Of(size), Context(department));
        using var site = await OpenAsync(endpoint);

        var (exitCode, _, error) = await site.PutByPythonAsync(format, context, content);

        Assert.Equal((0, ""), (exitCode, error));
        var client = await site.OpenAsync(format, context);
        Assert.Equal(format, (await client.DescribeAsync(site.Address, Cancellation)).Envelope?.Format);
        var (result, plaintext) = await client.DownloadBytesAsync(new DownloadRequest(site.Address), NullObserver.Instance, Cancellation);
        Assert.Equal(content, plaintext);
        Assert.Equal((size, size + 16L), (result.PlaintextSize, result.Size));
    }

    [Theory]
    [InlineData("moto", "V2")]
    [InlineData("moto", "V3")]
    [InlineData("sandbox", "V2")]
    [InlineData("sandbox", "V3")]
    public async Task What_was_changed_in_place_it_reads(string endpoint, string format)
    {
        var (content, context) = (TestContent.Of(1000), Context("経理"));
        using var site = await OpenAsync(endpoint);
        var rewrapped = site with { KmsKey = await site.Endpoint.NewKeyAsync() };
        var copied = rewrapped with { Address = site.Address with { Key = "copy/x" } };
        await site.SendAsync(format, context, content);
        var client = await site.OpenAsync(format, context, new RewrapSettings { Key = KeySource.Kms(rewrapped.KmsKey) });

        await client.CopyAsync(new CopyRequest(site.Address, copied.Address) { Rewraps = true }, NullObserver.Instance, Cancellation);
        await client.RewrapAsync(new RewrapRequest(site.Address), NullObserver.Instance, Cancellation);

        Assert.Equal(content, (await rewrapped.GetByPythonAsync(context)).Output);
        Assert.Equal(content, (await copied.GetByPythonAsync(context)).Output);
        await (await rewrapped.OpenAsync(format, context, new RewrapSettings())).UpgradeAsync(new RewrapRequest(site.Address), NullObserver.Instance, Cancellation);
        Assert.Equal(content, (await rewrapped.GetByPythonAsync(context)).Output);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task What_we_encrypt_into_files_and_anybody_uploads_it_reads_and_so_do_we(string endpoint, string format, int size, string? department)
    {
        var (content, context) = (TestContent.Of(size), Context(department));
        using var site = await OpenAsync(endpoint);
        await site.ProtectAndUploadAsync(format, context, content);

        var (exitCode, output, error) = await site.GetByPythonAsync(context);

        Assert.Equal((0, ""), (exitCode, error));
        Assert.Equal(content, output);
        var client = await site.OpenAsync(format, context);
        Assert.Equal(content, (await client.DownloadBytesAsync(new DownloadRequest(site.Address), null, NullObserver.Instance, Cancellation)).Plaintext);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task What_it_writes_and_anybody_fetches_we_decrypt_from_files(string endpoint, string format, int size, string? department)
    {
        var (content, context) = (TestContent.Of(size), Context(department));
        using var site = await OpenAsync(endpoint);
        var (exitCode, _, error) = await site.PutByPythonAsync(format, context, content);
        Assert.Equal((0, ""), (exitCode, error));

        Assert.Equal(content, await site.FetchAndUnprotectAsync(format, context));
    }

    /// <summary>It would prove nothing if it let everything pass.</summary>
    [Theory]
    [InlineData("V2", "byte", "tag: wrong")]
    [InlineData("V3", "byte", "tag: wrong")]
    [InlineData("V3", "x-amz-d", "commitment: another key")]
    [InlineData("V3", "x-amz-i", "commitment: another key")]
    [InlineData("V2", "x-amz-iv", "tag: wrong")]
    [InlineData("V2", "context", "context: not the expected one")]
    [InlineData("V3", "context", "context: not the expected one")]
    [InlineData("V2", "no context", "context: not the expected one")]
    [InlineData("V2", "x-amz-matdesc", "InvalidCiphertextException")]
    [InlineData("V3", "x-amz-t", "InvalidCiphertextException")]
    public async Task It_refuses_what_was_changed(string format, string change, string reason)
    {
        var context = Context("finance");
        using var site = await OpenAsync("sandbox");
        await site.SendAsync(format, context, TestContent.Of(100));
        switch (change)
        {
            case "byte":
                await site.Endpoint.TamperAsync(site.Address, content: bytes => bytes[50] ^= 1);
                break;
            case "context":
                context["department"] = "sales";
                break;
            case "no context":
                context.Clear();
                break;
            case "x-amz-matdesc" or "x-amz-t":
                await site.Endpoint.TamperAsync(site.Address, metadata => metadata[change] = metadata[change].Replace("finance", "sales", StringComparison.Ordinal));
                context["department"] = "sales";
                break;
            default:
                await site.Endpoint.TamperAsync(site.Address, metadata => metadata[change] = (metadata[change][0] == 'A' ? "B" : "A") + metadata[change][1..]);
                break;
        }

        var (exitCode, output, error) = await site.GetByPythonAsync(context);

        Assert.Equal(1, exitCode);
        Assert.Contains(reason, error, StringComparison.Ordinal);
        Assert.Empty(output);
    }

    private static Dictionary<string, string> Context(string? department) =>
        department is null ? [] : new() { ["department"] = department, ["部署"] = "x" };

    private async Task<Site> OpenAsync(string endpoint)
    {
        var site = new TestEndpoint(endpoint == "moto" ? (await moto.GetAsync()).Connection : sandbox.Connection());
        return new Site(site, await site.NewKeyAsync(), new ObjectAddress(await site.NewBucketAsync(), "/folder/ö"));
    }

    /// <summary>One object, and both clients of it.</summary>
    private sealed record Site(TestEndpoint Endpoint, string KmsKey, ObjectAddress Address) : IDisposable
    {
        public Task<S3EncryptionClient> OpenAsync(string format, IReadOnlyDictionary<string, string> context, RewrapSettings? rewrap = null) =>
            Endpoint.OpenAsync(KmsKey, Policy(format), context, rewrap);

        public async Task SendAsync(string format, IReadOnlyDictionary<string, string> context, byte[] content) =>
            await (await OpenAsync(format, context)).UploadAsync(
                new UploadRequest(Address, UploadSource.FromBytes(content)), NullObserver.Instance, Cancellation);

        public async Task ProtectAndUploadAsync(string format, IReadOnlyDictionary<string, string> context, byte[] content)
        {
            using var folder = new TemporaryFolder();
            await Files(format, context).ProtectAsync(
                new ProtectRequest(
                    UploadSource.FromFile(folder.Write("plain", content)),
                    FileDestination.Exactly(folder.File("out"), overwrite: false),
                    FileDestination.Exactly(folder.File("out.json"), overwrite: false)),
                NullObserver.Instance,
                Cancellation);
            using var json = JsonDocument.Parse(File.ReadAllText(folder.File("out.json")));
            await Endpoint.PutAsync(
                Address,
                File.ReadAllBytes(folder.File("out")),
                json.RootElement.GetProperty("Metadata").Deserialize<Dictionary<string, string>>());
        }

        public async Task<byte[]> FetchAndUnprotectAsync(string format, IReadOnlyDictionary<string, string> context)
        {
            using var folder = new TemporaryFolder();
            var (bytes, json) = await Endpoint.FetchAsync(Address);
            await Files(format, context).UnprotectAsync(
                new UnprotectRequest(
                    folder.Write("blob", bytes), [folder.Write("head.json", Encoding.UTF8.GetBytes(json))], FileDestination.Exactly(folder.File("plain"), overwrite: false)),
                NullObserver.Instance,
                Cancellation);
            return File.ReadAllBytes(folder.File("plain"));
        }

        public Task<(int ExitCode, byte[] Output, string Error)> GetByPythonAsync(IReadOnlyDictionary<string, string> context) =>
            RunAsync("get", context, [], []);

        public Task<(int ExitCode, byte[] Output, string Error)> PutByPythonAsync(
            string format, IReadOnlyDictionary<string, string> context, byte[] content) =>
            RunAsync("put", context, [format], content);

        public void Dispose() => Endpoint.Dispose();

        private FileEncryptionClient Files(string format, IReadOnlyDictionary<string, string> context) => Endpoint.OpenFiles(KmsKey, Policy(format), context);

        private static CommitmentPolicy Policy(string format) =>
            format == "V2" ? CommitmentPolicy.ForbidEncryptAllowDecrypt : CommitmentPolicy.RequireEncryptRequireDecrypt;

        private Task<(int ExitCode, byte[] Output, string Error)> RunAsync(
            string command, IReadOnlyDictionary<string, string> context, string[] more, byte[] input) =>
            Interpreter.Python.RunAsync(
                "s3ec.py",
                [command, Endpoint.Connection.EndpointUrl!, Address.BucketName, Address.Key, KmsKey, JsonSerializer.Serialize(context), .. more],
                new Dictionary<string, string?>
                {
                    ["AWS_ACCESS_KEY_ID"] = Endpoint.Connection.Identity!.AccessKey,
                    ["AWS_SECRET_ACCESS_KEY"] = Endpoint.Connection.Identity!.SecretKey,
                    ["AWS_DEFAULT_REGION"] = Endpoint.Connection.Region,
                },
                input);
    }
}
