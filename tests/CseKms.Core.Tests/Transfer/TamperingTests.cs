using CseKms.Core.Content;
using CseKms.Core.Session;
using CseKms.Core.Settings;
using CseKms.Core.Transfer;
using Xunit;

namespace CseKms.Core.Tests.Transfer;

/// <summary>Whatever of a stored object is changed, receiving it is an error and leaves no file.</summary>
public class TamperingTests(SandboxFixture sandbox)
{
    private const int MiB = 1 << 20;

    public static TheoryData<CommitmentPolicy> Policies => [CommitmentPolicy.RequireEncryptAllowDecrypt, CommitmentPolicy.ForbidEncryptAllowDecrypt];

    [Theory]
    [MemberData(nameof(Policies))]
    public async Task Each_metadata_field(CommitmentPolicy policy)
    {
        var (client, address) = await SendAsync(policy, TestContent.Of(1000));
        var good = sandbox.Server.Objects.Metadata(address.BucketName, address.Key);

        // The reader must not rely on these two.
        foreach (var name in good.Keys.Where(name => name is not "x-amz-unencrypted-content-length"))
        {
            foreach (var value in Mutations(good[name]).Where(value => !(name == "x-amz-tag-len" && value == "")))
            {
                sandbox.Server.Objects.SetMetadata(
                    address.BucketName, address.Key, new Dictionary<string, string>(good) { [name] = value });
                await AssertRefusedAsync(client, address, $"{name} = '{value}'");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Policies))]
    public async Task Each_of_the_first_and_last_bytes(CommitmentPolicy policy)
    {
        var (client, address) = await SendAsync(policy, TestContent.Of(1000));
        var good = sandbox.Server.Objects.Bytes(address.BucketName, address.Key);
        foreach (var index in Enumerable.Range(0, 64).Concat(Enumerable.Range(good.Length - 64, 64)))
        {
            byte[] bad = [.. good];
            bad[index] ^= (byte)(1 << (index % 8));
            sandbox.Server.Objects.SetBytes(address.BucketName, address.Key, bad);
            await AssertRefusedAsync(client, address, $"byte {index}", ErrorId.AuthenticationFailed);
        }
    }

    [Theory]
    [MemberData(nameof(Policies))]
    public async Task Another_length_is_refused(CommitmentPolicy policy)
    {
        var (client, address) = await SendAsync(policy, TestContent.Of(1000));
        var good = sandbox.Server.Objects.Bytes(address.BucketName, address.Key);
        foreach (var bad in (byte[][])[[], good[..1], good[..15], good[..16], good[..999], good[..1015], good[1..], [.. good, 0], [.. good, .. good]])
        {
            sandbox.Server.Objects.SetBytes(address.BucketName, address.Key, bad);
            await AssertRefusedAsync(client, address, $"length {bad.Length}");
        }
    }

    [Theory]
    [MemberData(nameof(Policies))]
    public async Task Envelopes_of_two_objects_swapped(CommitmentPolicy policy)
    {
        var (client, one) = await SendAsync(policy, TestContent.Of(1000, seed: 1));
        var (_, two) = await SendAsync(policy, TestContent.Of(1000, seed: 2));

        sandbox.Server.Objects.SetMetadata(
            one.BucketName, one.Key, sandbox.Server.Objects.Metadata(two.BucketName, two.Key));

        await AssertRefusedAsync(client, one, "swapped", ErrorId.AuthenticationFailed);
    }

    [Theory]
    [MemberData(nameof(Policies))]
    public async Task A_large_object(CommitmentPolicy policy)
    {
        var (client, address) = await SendAsync(policy, TestContent.Of((2 * Part.Size) + MiB));
        var good = sandbox.Server.Objects.Bytes(address.BucketName, address.Key);
        foreach (var index in new[] { 0, Part.Size - 1, Part.Size, (2 * Part.Size) + 1, good.Length - 17, good.Length - 16, good.Length - 1 })
        {
            byte[] bad = [.. good];
            bad[index] ^= 0x80;
            sandbox.Server.Objects.SetBytes(address.BucketName, address.Key, bad);
            await AssertRefusedAsync(client, address, $"byte {index}", ErrorId.AuthenticationFailed);
        }

        byte[] swapped = [.. good[Part.Size..(2 * Part.Size)], .. good[..Part.Size], .. good[(2 * Part.Size)..]];
        sandbox.Server.Objects.SetBytes(address.BucketName, address.Key, swapped);
        await AssertRefusedAsync(client, address, "parts swapped", ErrorId.AuthenticationFailed);

        sandbox.Server.Objects.SetBytes(address.BucketName, address.Key, good.AsSpan()[..^1]);
        await AssertRefusedAsync(client, address, "cut by a byte", ErrorId.AuthenticationFailed);
    }

    [Fact]
    public async Task A_failed_receive_leaves_the_file_that_is_there_as_it_was()
    {
        using var folder = new TemporaryFolder();
        var target = folder.Write("target", "precious"u8);
        var (client, address) = await SendAsync(default, TestContent.Of(1000));
        sandbox.Server.Objects.SetBytes(address.BucketName, address.Key, TestContent.Of(1016));

        await Assert.ThrowsAsync<CseException>(() => client.DownloadAsync(
            new DownloadRequest(address), FileDestination.Exactly(target, overwrite: true), NullObserver.Instance, TestContext.Current.CancellationToken));

        Assert.Equal("precious"u8.ToArray(), File.ReadAllBytes(target));
        Assert.Equal(["target"], folder.Entries);
    }

    private static IEnumerable<string> Mutations(string value)
    {
        yield return "";
        yield return "!";
        yield return value + "A";
        yield return value[..^1];
        var middle = value.Length / 2;
        yield return value[..middle] + (value[middle] == 'B' ? 'C' : 'B') + value[(middle + 1)..];
        yield return (value[0] == 'B' ? 'C' : 'B') + value[1..];
    }

    private async Task<(S3EncryptionClient Client, ObjectAddress Address)> SendAsync(CommitmentPolicy policy, byte[] content)
    {
        var client = await sandbox.OpenAsync(policy);
        var address = new ObjectAddress(sandbox.NewBucket(), "object");
        await client.UploadAsync(
            new UploadRequest(address, UploadSource.FromBytes(content)), NullObserver.Instance, TestContext.Current.CancellationToken);
        return (client, address);
    }

    private static async Task AssertRefusedAsync(S3EncryptionClient client, ObjectAddress address, string what, ErrorId? expected = null)
    {
        using var folder = new TemporaryFolder();
        CseException? fault = null;
        try
        {
            await client.DownloadAsync(
                new DownloadRequest(address),
                FileDestination.Exactly(folder.File("target"), overwrite: false),
                NullObserver.Instance,
                TestContext.Current.CancellationToken);
        }
        catch (CseException e)
        {
            fault = e;
        }

        Assert.True(fault is not null, $"accepted: {what}");
        Assert.True(expected is null || fault.ErrorId == expected, $"{what}: {fault.ErrorId}");
        Assert.Empty(folder.Entries);
    }
}
