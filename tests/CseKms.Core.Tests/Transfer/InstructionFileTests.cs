using System.Text;
using System.Text.Json;
using CseKms.Core.Content;
using CseKms.Core.Session;
using CseKms.Core.Settings;
using CseKms.Core.Transfer;
using Xunit;

namespace CseKms.Core.Tests.Transfer;

/// <summary>Envelopes in objects of their own, written and found.</summary>
public class InstructionFileTests(SandboxFixture sandbox)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static TheoryData<CommitmentPolicy, int> Cases => new(
        from policy in new[] { CommitmentPolicy.RequireEncryptAllowDecrypt, CommitmentPolicy.ForbidEncryptAllowDecrypt }
        from size in new[] { 0, 1000, Part.Size + 1 }
        select (policy, size));

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task It_is_written_and_found(CommitmentPolicy policy, int size)
    {
        var content = TestContent.Of(size);
        var client = await sandbox.OpenAsync(policy, new Dictionary<string, string> { ["部門"] = "経理" });
        var address = await SendAsync(client, content);

        var (_, received) = await client.DownloadBytesAsync(new DownloadRequest(address), NullObserver.Instance, Cancellation);

        Assert.Equal(content, received);
        var described = await client.DescribeAsync(address, Cancellation);
        Assert.Equal((size, "経理"), (described.Envelope!.PlaintextSize, described.Envelope.StoredContext["部門"]));
    }

    [Theory]
    [InlineData(CommitmentPolicy.ForbidEncryptAllowDecrypt, "owner x-amz-unencrypted-content-length", "x-amz-cek-alg x-amz-iv x-amz-key-v2 x-amz-matdesc x-amz-tag-len x-amz-wrap-alg")]
    [InlineData(CommitmentPolicy.RequireEncryptRequireDecrypt, "owner x-amz-c x-amz-d x-amz-i", "x-amz-3 x-amz-t x-amz-w")]
    public async Task Each_key_stands_where_the_format_has_it(CommitmentPolicy policy, string onObject, string inFile)
    {
        var address = await SendAsync(await sandbox.OpenAsync(policy), [1, 2, 3]);

        Assert.Equal(onObject, string.Join(' ', Metadata(address.Key, address).Keys.Order(StringComparer.Ordinal)));
        Assert.Equal(inFile, string.Join(' ', ReadFile(address).Keys.Order(StringComparer.Ordinal)));
        Assert.Equal(["x-amz-crypto-instr-file"], Metadata($"{address.Key}.instruction", address).Keys);
    }

    [Fact]
    public async Task A_raw_keys_description_stands_in_it()
    {
        using var key = RawKey.FromAes(TestContent.Of(32));
        var client = await new EncryptionSession().OpenAsync(
            sandbox.Connection(),
            new EncryptionSettings { Key = KeySource.Raw(key), MaterialDescription = new Dictionary<string, string> { ["year"] = "2026" } },
            new TransferSettings(),
            Cancellation);

        var address = await SendAsync(client, [1, 2, 3]);

        Assert.Equal("""{"year":"2026"}""", ReadFile(address)["x-amz-m"]);
        Assert.Equal([1, 2, 3], (await client.DownloadBytesAsync(new DownloadRequest(address), NullObserver.Instance, Cancellation)).Plaintext);
    }

    [Fact]
    public async Task It_holds_a_context_that_metadata_cannot()
    {
        var context = new Dictionary<string, string> { ["long"] = new('x', 3000) };
        var client = await sandbox.OpenAsync(context: context);

        var fault = await Assert.ThrowsAsync<CseException>(() => client.UploadAsync(
            new UploadRequest(new ObjectAddress(sandbox.NewBucket(), "object"), UploadSource.FromBytes([1])), NullObserver.Instance, Cancellation));
        Assert.Equal(ErrorId.MetadataTooLarge, fault.ErrorId);
        var address = await SendAsync(client, [1]);
        Assert.Equal([1], (await client.DownloadBytesAsync(new DownloadRequest(address), NullObserver.Instance, Cancellation)).Plaintext);
    }

    [Fact]
    public async Task Another_suffix_is_found_when_it_is_named()
    {
        var client = await sandbox.OpenAsync();
        var address = await SendAsync(client, [1, 2, 3]);
        sandbox.Server.Objects.Put(address.BucketName, $"{address.Key}.other", sandbox.Server.Objects.Bytes(address.BucketName, $"{address.Key}.instruction"));
        sandbox.Server.Objects.Delete(address.BucketName, $"{address.Key}.instruction");

        var request = new DownloadRequest(address);
        Assert.Equal(ErrorId.EnvelopeInvalid, await ErrorAsync(client, request));
        Assert.Equal([1, 2, 3], (await client.DownloadBytesAsync(request with { InstructionFileSuffix = ".other" }, NullObserver.Instance, Cancellation)).Plaintext);
        Assert.Equal("V3", (await client.DescribeAsync(address, ".other", Cancellation)).Envelope!.Format);
    }

    [Fact]
    public async Task A_complete_envelope_on_the_object_wins_and_the_file_is_not_even_looked_at()
    {
        var client = await sandbox.OpenAsync();
        var address = new ObjectAddress(sandbox.NewBucket(), "object");
        await client.UploadAsync(new UploadRequest(address, UploadSource.FromBytes([1, 2, 3])), NullObserver.Instance, Cancellation);
        sandbox.Server.Objects.Put(address.BucketName, "object.instruction", "hostile"u8);

        Assert.Equal([1, 2, 3], (await client.DownloadBytesAsync(new DownloadRequest(address), NullObserver.Instance, Cancellation)).Plaintext);

        Assert.Equal(0, sandbox.Server.Requests.Count(request => request.Bucket == address.BucketName && request.Key == "object.instruction"));
    }

    [Fact]
    public async Task Without_one_the_object_is_not_encrypted_and_the_status_is_told()
    {
        var client = await sandbox.OpenAsync();
        var address = new ObjectAddress(sandbox.NewBucket(), "plain");
        sandbox.Server.Objects.Put(address.BucketName, address.Key, "plain"u8);

        var missing = await Assert.ThrowsAsync<CseException>(() => client.DownloadBytesAsync(new DownloadRequest(address), NullObserver.Instance, Cancellation));
        Assert.Equal(ErrorId.NotEncrypted, missing.ErrorId);
        Assert.Contains("404", missing.Message, StringComparison.Ordinal);

        using var denied = sandbox.Server.Faults.Fail(request => request.Bucket == address.BucketName && request.Key == "plain.instruction", 403, "AccessDenied", times: 10);
        var hidden = await Assert.ThrowsAsync<CseException>(() => client.DownloadBytesAsync(new DownloadRequest(address), NullObserver.Instance, Cancellation));
        Assert.Equal(ErrorId.NotEncrypted, hidden.ErrorId);
        Assert.Contains("403", hidden.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("01800346", true)]
    [InlineData("02057800", true)]
    [InlineData("68656c6c6f", false)]
    [InlineData("01", false)]
    public async Task A_message_of_the_AWS_Encryption_SDK_is_called_by_its_name(string bytes, bool isOne)
    {
        var client = await sandbox.OpenAsync();
        var address = new ObjectAddress(sandbox.NewBucket(), "message");
        sandbox.Server.Objects.Put(address.BucketName, address.Key, [.. Convert.FromHexString(bytes), .. TestContent.Of(isOne ? 100 : 0)]);

        var refused = await Assert.ThrowsAsync<CseException>(() => client.DownloadBytesAsync(new DownloadRequest(address), NullObserver.Instance, Cancellation));

        Assert.Equal(ErrorId.NotEncrypted, refused.ErrorId);
        Assert.Equal(isOne, refused.Message.Contains("AWS Encryption SDK", StringComparison.Ordinal));
        Assert.Equal(!isOne, refused.Message.Contains("Copies lose it", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_object_without_a_body_is_damaged_and_not_unencrypted(bool withInstructionFile)
    {
        var client = await sandbox.OpenAsync();
        var address = new ObjectAddress(sandbox.NewBucket(), "object");
        await client.UploadAsync(
            new UploadRequest(address, UploadSource.FromBytes([])) { InstructionFile = withInstructionFile }, NullObserver.Instance, Cancellation);
        sandbox.Server.Objects.SetBytes(address.BucketName, address.Key, []);

        foreach (var request in new[] { new DownloadRequest(address), new DownloadRequest(address) { Range = new PlaintextRange(0, 5) } })
        {
            var refused = await Assert.ThrowsAsync<CseException>(() => client.DownloadBytesAsync(request, NullObserver.Instance, Cancellation));
            Assert.Equal(ErrorId.EnvelopeInvalid, refused.ErrorId);
            Assert.Contains("body is missing", refused.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_hostile_one_is_refused_before_KMS_is_asked()
    {
        var key = sandbox.Server.CreateKey();
        var client = await sandbox.OpenAsync(kmsKeyId: key);
        var address = await SendAsync(client, [1, 2, 3]);
        var good = ReadFile(address);
        var whole = Metadata(address.Key, address).Where(pair => pair.Key != "owner").Concat(good).ToDictionary();
        foreach (var (bytes, expected) in new (byte[], ErrorId)[]
        {
            ([], ErrorId.EnvelopeInvalid),
            ("hello"u8.ToArray(), ErrorId.EnvelopeInvalid),
            (new byte[100_000], ErrorId.EnvelopeInvalid),
            (Json(good.Append(new("owner", "me"))), ErrorId.EnvelopeInvalid),
            (Json(whole), ErrorId.EnvelopeInvalid),
            (Json(good.Append(new("x-amz-key-v2", "AAAA"))), ErrorId.EnvelopeMixed),
            (Json(good.Where(pair => pair.Key != "x-amz-w")), ErrorId.EnvelopeInvalid),
        })
        {
            sandbox.Server.Objects.Put(address.BucketName, $"{address.Key}.instruction", bytes);
            Assert.Equal(expected, await ErrorAsync(client, new DownloadRequest(address)));
            Assert.Equal(0, sandbox.Server.Requests.Count(request => request.Operation == "Decrypt" && request.Key == key));
        }

        // All of it in the file, as one client writes V3.
        sandbox.Server.Objects.SetMetadata(address.BucketName, address.Key, new Dictionary<string, string>());
        sandbox.Server.Objects.Put(address.BucketName, $"{address.Key}.instruction", Json(whole));
        Assert.Equal(ErrorId.EnvelopeInvalid, await ErrorAsync(client, new DownloadRequest(address)));
    }

    [Fact]
    public async Task That_it_could_not_be_stored_is_told_since_the_object_was()
    {
        var client = await sandbox.OpenAsync();
        var address = new ObjectAddress(sandbox.NewBucket(), "object");
        using var denied = sandbox.Server.Faults.Fail(request => request.Operation == "PutObject" && request.Bucket == address.BucketName && request.Key == "object.instruction", 403, "AccessDenied", times: 10);

        var fault = await Assert.ThrowsAsync<CseException>(() => client.UploadAsync(
            new UploadRequest(address, UploadSource.FromBytes([1])) { InstructionFile = true }, NullObserver.Instance, Cancellation));

        Assert.Equal(ErrorId.InstructionFileNotStored, fault.ErrorId);
        Assert.Equal(["object"], sandbox.Server.Objects.Keys(address.BucketName));
    }

    private static byte[] Json(IEnumerable<KeyValuePair<string, string>> values) => JsonSerializer.SerializeToUtf8Bytes(values.ToDictionary());

    private static async Task<ErrorId> ErrorAsync(S3EncryptionClient client, DownloadRequest request) =>
        (await Assert.ThrowsAsync<CseException>(() => client.DownloadBytesAsync(request, NullObserver.Instance, Cancellation))).ErrorId;

    private IReadOnlyDictionary<string, string> Metadata(string key, ObjectAddress address) => sandbox.Server.Objects.Metadata(address.BucketName, key);

    private Dictionary<string, string> ReadFile(ObjectAddress address) =>
        JsonSerializer.Deserialize<Dictionary<string, string>>(
            Encoding.ASCII.GetString(sandbox.Server.Objects.Bytes(address.BucketName, $"{address.Key}.instruction")))!;

    private async Task<ObjectAddress> SendAsync(S3EncryptionClient client, byte[] content)
    {
        var address = new ObjectAddress(sandbox.NewBucket(), "object");
        var request = new UploadRequest(address, UploadSource.FromBytes(content))
        {
            InstructionFile = true,
            Attributes = new ObjectAttributes { Metadata = new Dictionary<string, string> { ["owner"] = "me" } },
        };
        await client.UploadAsync(request, NullObserver.Instance, Cancellation);
        return address;
    }
}
