using System.Security.Cryptography;
using CseKms.Core.Content;
using CseKms.Core.Session;
using CseKms.Core.Settings;
using CseKms.Core.Transfer;
using CseKms.Sandbox;
using Xunit;

namespace CseKms.Core.Tests.Transfer;

/// <summary>Envelopes that are put back.</summary>
public class RepairTests(SandboxFixture sandbox)
{
    private static readonly Dictionary<string, string> Lost = [];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private SandboxObjects Objects => sandbox.Server.Objects;

    [Theory]
    [InlineData(0, CommitmentPolicy.RequireEncryptAllowDecrypt, false)]
    [InlineData(1000, CommitmentPolicy.RequireEncryptAllowDecrypt, true)]
    [InlineData(1000, CommitmentPolicy.ForbidEncryptAllowDecrypt, false)]
    [InlineData(1000, CommitmentPolicy.ForbidEncryptAllowDecrypt, true)]
    [InlineData((Part.Size * 2) + 5, CommitmentPolicy.RequireEncryptAllowDecrypt, false)]
    [InlineData((Part.Size * 2) + 5, CommitmentPolicy.ForbidEncryptAllowDecrypt, false)]
    public async Task A_copy_gets_the_envelope_of_its_source_back_and_keeps_all_else(int size, CommitmentPolicy policy, bool instructionFile)
    {
        var (bucket, content) = (sandbox.NewBucket(), TestContent.Of(size));
        var source = await SendAsync(bucket, "source", content, policy, instructionFile);
        Objects.Put(bucket, "copy", Objects.Bytes(bucket, "source"), new Dictionary<string, string> { ["owner"] = "me" }, "text/csv");
        var asked = new List<RepairResult>();

        var result = await RepairAsync(
            new RepairRequest(new(bucket, "copy"))
            {
                Source = source,
                Approve = proved =>
                {
                    asked.Add(proved);
                    return Task.FromResult(true);
                },
            },
            policy);

        Assert.Equal((EnvelopeOrigin.CopySource, "source", true), (result!.Origin, result.Found.Key, result.IsVerified));
        Assert.True(asked.Single().IsVerified);
        Assert.Equal(content, await ReceiveAsync(new(bucket, "copy"), policy));
        var copy = Objects.Get(bucket, "copy");
        Assert.Equal(("me", "text/csv"), (copy.Metadata["owner"], copy.Headers["Content-Type"]));
    }

    [Fact]
    public async Task What_is_not_approved_is_not_written()
    {
        var bucket = sandbox.NewBucket();
        var source = await SendAsync(bucket, "source");
        Break(bucket, "source", "copy");

        Assert.Null(await RepairAsync(new RepairRequest(new(bucket, "copy")) { Source = source, Approve = _ => Task.FromResult(false) }));
        Assert.Empty(Objects.Metadata(bucket, "copy"));
    }

    [Theory]
    [InlineData(CommitmentPolicy.RequireEncryptAllowDecrypt)]
    [InlineData(CommitmentPolicy.ForbidEncryptAllowDecrypt)]
    public async Task An_envelope_is_proved_by_the_whole_body_before_anything_is_written(CommitmentPolicy policy)
    {
        var bucket = sandbox.NewBucket();
        var source = await SendAsync(bucket, "source", TestContent.Of((Part.Size * 2) + 5), policy);
        var bytes = Objects.Bytes(bucket, "source");
        bytes[Part.Size + 7] ^= 1;
        Objects.Put(bucket, "copy", bytes);

        var failure = await Assert.ThrowsAsync<CseException>(() => RepairAsync(new RepairRequest(new(bucket, "copy")) { Source = source }, policy));

        Assert.Equal(ErrorId.EnvelopeNotFound, failure.ErrorId);
        Assert.Equal(ErrorId.AuthenticationFailed, ((CseException)failure.InnerException!).ErrorId);
        Assert.Empty(Objects.Metadata(bucket, "copy"));
    }

    [Fact]
    public async Task The_envelope_of_another_object_is_not_taken()
    {
        var bucket = sandbox.NewBucket();
        await SendAsync(bucket, "source");
        var other = await SendAsync(bucket, "other");
        Break(bucket, "source", "copy");

        var failure = await Assert.ThrowsAsync<CseException>(() => RepairAsync(new RepairRequest(new(bucket, "copy")) { Source = other }));

        Assert.Equal(ErrorId.EnvelopeNotFound, failure.ErrorId);
        Assert.Empty(Objects.Metadata(bucket, "copy"));
    }

    [Fact]
    public async Task A_source_that_is_gone_or_of_another_length_is_named()
    {
        var bucket = sandbox.NewBucket();
        await SendAsync(bucket, "source");
        var other = await SendAsync(bucket, "other", [1]);
        Break(bucket, "source", "copy");

        foreach (var source in new[] { other, new ObjectAddress(bucket, "gone") })
        {
            var failure = await Assert.ThrowsAsync<CseException>(() => RepairAsync(new RepairRequest(new(bucket, "copy")) { Source = source }));
            Assert.Equal(ErrorId.EnvelopeNotFound, failure.ErrorId);
            Assert.Contains($"{source}", failure.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_older_version_gives_its_envelope(bool instructionFile)
    {
        var bucket = sandbox.NewBucket(versioned: true);
        var content = TestContent.Of(1000);
        await SendAsync(bucket, "object", [1, 2, 3]);
        var sent = await SendAsync(bucket, "object", content, instructionFile: instructionFile);
        var bytes = Objects.Bytes(bucket, "object");
        await SendAsync(bucket, "object", TestContent.Of(999));
        Objects.Put(bucket, "object", bytes);
        if (instructionFile)
        {
            Objects.Remove(bucket, "object.instruction");
        }

        var result = await RepairAsync(new RepairRequest(new(bucket, "object")));

        Assert.Equal((EnvelopeOrigin.Version, sent.VersionId), (result!.Origin, result.Found.VersionId));
        Assert.Equal(content, await ReceiveAsync(new(bucket, "object")));
    }

    [Theory]
    [InlineData(CommitmentPolicy.RequireEncryptAllowDecrypt)]
    [InlineData(CommitmentPolicy.ForbidEncryptAllowDecrypt)]
    public async Task An_instruction_file_that_was_removed_is_found_among_its_versions(CommitmentPolicy policy)
    {
        var bucket = sandbox.NewBucket(versioned: true);
        var content = TestContent.Of(1000);
        await SendAsync(bucket, "object", content, policy, instructionFile: true);
        Objects.Put(bucket, "object.instruction", "{}"u8);
        Objects.Remove(bucket, "object.instruction");

        var result = await RepairAsync(new RepairRequest(new(bucket, "object")), policy);

        Assert.Equal(EnvelopeOrigin.InstructionFile, result!.Origin);
        Assert.Equal(content, await ReceiveAsync(new(bucket, "object"), policy));
    }

    [Fact]
    public async Task An_envelope_for_which_an_object_has_no_room_goes_into_a_file()
    {
        var bucket = sandbox.NewBucket();
        var source = await SendAsync(bucket, "source", instructionFile: true);
        Objects.Put(bucket, "copy", Objects.Bytes(bucket, "source"), new Dictionary<string, string> { ["long"] = new string('x', 1500) });

        await RepairAsync(new RepairRequest(new(bucket, "copy")) { Source = source });

        Assert.Equal(TestContent.Of(1000), await ReceiveAsync(new(bucket, "copy")));
        Assert.Equal(1500, Objects.Metadata(bucket, "copy")["long"].Length);
    }

    [Fact]
    public async Task A_damaged_envelope_is_replaced()
    {
        var bucket = sandbox.NewBucket();
        var source = await SendAsync(bucket, "source");
        await SendAsync(bucket, "other");
        Objects.Put(bucket, "foreign", Objects.Bytes(bucket, "source"), Objects.Metadata(bucket, "other"));
        Objects.Put(bucket, "partial", Objects.Bytes(bucket, "source"), new Dictionary<string, string> { ["x-amz-c"] = "115", ["x-amz-iv"] = "x" });

        foreach (var key in new[] { "partial", "foreign" })
        {
            await RepairAsync(new RepairRequest(new(bucket, key)) { Source = source, DistrustsOwnEnvelope = key == "foreign" });
            Assert.Equal(TestContent.Of(1000), await ReceiveAsync(new(bucket, key)));
        }
    }

    [Fact]
    public async Task A_bound_object_is_bound_to_its_new_place()
    {
        var bucket = sandbox.NewBucket();
        var source = await SendAsync(bucket, "source", bindLocation: true);
        Break(bucket, "source", "copy");
        Objects.Put(bucket, "whole", Objects.Bytes(bucket, "source"), Objects.Metadata(bucket, "source"));

        foreach (var key in new[] { "copy", "whole" })
        {
            await RepairAsync(new RepairRequest(new(bucket, key)) { Source = source });
            Assert.Equal(TestContent.Of(1000), await ReceiveAsync(new(bucket, key)));
        }

        Assert.Equal("copy", (await (await OpenAsync()).DescribeAsync(new(bucket, "copy"), Cancellation)).Envelope!.StoredContext["csekms:key"]);
    }

    [Fact]
    public async Task What_is_sound_or_in_the_clear_is_left_alone()
    {
        var bucket = sandbox.NewBucket(versioned: true);
        var source = await SendAsync(bucket, "source", "Plain text, and as long.. "u8.ToArray()[..10]);
        var sound = await SendAsync(bucket, "sound");
        Objects.Put(bucket, "text", "Plain text, and as long.. "u8);
        Objects.Put(bucket, "empty", []);
        Objects.Put(bucket, "folder/", []);

        Assert.Equal(ErrorId.AlreadyReadable, await FailureAsync(sound, source));
        Assert.Equal(ErrorId.AlreadyReadable, await FailureAsync(sound, null));
        foreach (var key in new[] { "text", "empty", "folder/" })
        {
            Assert.Equal(ErrorId.InTheClear, await FailureAsync(new(bucket, key), source));
            Assert.Equal(ErrorId.InTheClear, await FailureAsync(new(bucket, key), null));
            Assert.Empty(Objects.Metadata(bucket, key));
        }
    }

    [Fact]
    public async Task What_the_caller_gave_wrongly_is_told_and_nothing_is_written()
    {
        var bucket = sandbox.NewBucket();
        var source = await SendAsync(bucket, "source", policy: CommitmentPolicy.ForbidEncryptAllowDecrypt);
        Break(bucket, "source", "copy");

        var failure = await Assert.ThrowsAsync<CseException>(
            () => RepairAsync(new RepairRequest(new(bucket, "copy")) { Source = source }, CommitmentPolicy.RequireEncryptRequireDecrypt));

        Assert.Equal(ErrorId.CommitmentRequired, failure.ErrorId);
    }

    [Fact]
    public async Task CBC_content_takes_a_word_and_its_padding_must_fit()
    {
        var bucket = sandbox.NewBucket();
        var content = TestContent.Of(Part.Size + 3);
        var source = StoreCbc(bucket, "source", content);
        Break(bucket, "source", "copy");
        var damaged = Objects.Bytes(bucket, "source");
        damaged[^20] ^= 0x80;
        Objects.Put(bucket, "damaged", damaged);

        Assert.Equal(ErrorId.EnvelopeUnproved, await FailureAsync(new(bucket, "copy"), source, LegacyModes.Content | LegacyModes.Wrapping));
        Assert.Equal(ErrorId.EnvelopeNotFound, await FailureAsync(new(bucket, "damaged"), source, LegacyModes.Content | LegacyModes.Wrapping, force: true));
        var result = await RepairAsync(
            new RepairRequest(new(bucket, "copy")) { Source = source, MayBeUnproved = true }, legacy: LegacyModes.Content | LegacyModes.Wrapping);

        Assert.False(result!.IsVerified);
        Assert.Equal(Objects.Metadata(bucket, "source"), Objects.Metadata(bucket, "copy"));
        Assert.Empty(Objects.Metadata(bucket, "damaged"));
    }

    [Fact]
    public async Task Who_writes_to_the_object_meanwhile_loses_nothing()
    {
        var bucket = sandbox.NewBucket();
        var source = await SendAsync(bucket, "source");
        Break(bucket, "source", "copy");

        var failure = await Assert.ThrowsAsync<CseException>(() => RepairAsync(new RepairRequest(new(bucket, "copy"))
        {
            Source = source,
            Approve = _ =>
            {
                Objects.Put(bucket, "copy", "new"u8);
                return Task.FromResult(true);
            },
        }));

        Assert.Equal(ErrorId.ObjectChanged, failure.ErrorId);
        Assert.Equal("new"u8.ToArray(), Objects.Bytes(bucket, "copy"));
    }

    [Fact]
    public async Task Of_several_repairs_at_once_one_wins_and_the_object_is_readable()
    {
        var bucket = sandbox.NewBucket();
        var source = await SendAsync(bucket, "source");
        Break(bucket, "source", "copy");

        await Task.WhenAll(Enumerable.Range(0, 6).Select(async _ =>
        {
            try
            {
                await RepairAsync(new RepairRequest(new(bucket, "copy")) { Source = source });
            }
            catch (CseException failure) when (failure.ErrorId is ErrorId.ObjectChanged or ErrorId.WriteConflict or ErrorId.AlreadyReadable)
            {
                // Somebody else was faster.
            }
        }));

        Assert.Equal(TestContent.Of(1000), await ReceiveAsync(new(bucket, "copy")));
    }

    [Fact]
    public async Task A_lost_reply_is_no_failure()
    {
        var bucket = sandbox.NewBucket();
        var source = await SendAsync(bucket, "source");
        Break(bucket, "source", "copy");
        using var fault = sandbox.Server.Faults.DropReply(request => request.Operation == "CopyObject" && request.Bucket == bucket);

        Assert.True((await RepairAsync(new RepairRequest(new(bucket, "copy")) { Source = source }))!.IsVerified);
        Assert.Equal(TestContent.Of(1000), await ReceiveAsync(new(bucket, "copy")));
    }

    private void Break(string bucket, string source, string copy) => Objects.Put(bucket, copy, Objects.Bytes(bucket, source), Lost);

    private async Task<ErrorId> FailureAsync(ObjectAddress address, ObjectAddress? source, LegacyModes legacy = default, bool force = false) =>
        (await Assert.ThrowsAsync<CseException>(
            () => RepairAsync(new RepairRequest(address) { Source = source, MayBeUnproved = force }, legacy: legacy))).ErrorId;

    private async Task<RepairResult?> RepairAsync(
        RepairRequest request, CommitmentPolicy policy = CommitmentPolicy.RequireEncryptAllowDecrypt, LegacyModes legacy = default) =>
        await (await OpenAsync(policy, legacy: legacy)).RepairAsync(request, NullObserver.Instance, Cancellation);

    private async Task<byte[]> ReceiveAsync(ObjectAddress address, CommitmentPolicy policy = default) =>
        (await (await OpenAsync(policy)).DownloadBytesAsync(new DownloadRequest(address), NullObserver.Instance, Cancellation)).Plaintext;

    private async Task<ObjectAddress> SendAsync(
        string bucket, string key, byte[]? content = null, CommitmentPolicy policy = default, bool instructionFile = false, bool bindLocation = false)
    {
        var address = new ObjectAddress(bucket, key);
        var sent = await (await OpenAsync(policy, bindLocation)).UploadAsync(
            new UploadRequest(address, UploadSource.FromBytes(content ?? TestContent.Of(1000))) { InstructionFile = instructionFile },
            NullObserver.Instance,
            Cancellation);
        return address with { VersionId = sent.VersionId };
    }

    private ObjectAddress StoreCbc(string bucket, string key, byte[] content)
    {
        var (dataKey, wrapped) = sandbox.Server.GenerateDataKey(sandbox.KmsKeyArn, new Dictionary<string, string> { ["kms_cmk_id"] = sandbox.KmsKeyArn });
        using var aes = Aes.Create();
        aes.Key = dataKey;
        Objects.Put(bucket, key, aes.EncryptCbc(content, aes.IV), new Dictionary<string, string>
        {
            ["x-amz-key-v2"] = Convert.ToBase64String(wrapped),
            ["x-amz-iv"] = Convert.ToBase64String(aes.IV),
            ["x-amz-matdesc"] = $$"""{"kms_cmk_id":"{{sandbox.KmsKeyArn}}"}""",
            ["x-amz-wrap-alg"] = "kms",
            ["x-amz-cek-alg"] = "AES/CBC/PKCS5Padding",
            ["x-amz-unencrypted-content-length"] = $"{content.Length}",
        });
        return new ObjectAddress(bucket, key);
    }

    private Task<S3EncryptionClient> OpenAsync(CommitmentPolicy policy = default, bool bindLocation = false, LegacyModes legacy = default) =>
        new EncryptionSession().OpenAsync(
            sandbox.Connection(),
            new EncryptionSettings
            {
                Key = KeySource.Kms(sandbox.KmsKeyArn),
                CommitmentPolicy = policy,
                BindLocation = bindLocation,
                AllowedLegacy = legacy,
                Rewrap = new RewrapSettings(),
            },
            new TransferSettings(),
            Cancellation);
}
