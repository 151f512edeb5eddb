using System.Security.Cryptography;
using Xunit;

namespace CseKms.OfficialClient;

/// <summary>
/// Objects go to and fro between the engine and Amazon.Extensions.S3.Encryption: its V2 client, and its V4 client with and without
/// commitment; under KMS and raw keys; with the envelope in metadata and in instruction files.
/// </summary>
public class OfficialClientTests(SandboxFixture sandbox)
{
    // That client has no instruction files under KMS.
    public static TheoryData<string, string, bool, int> Cases => new(
        from client in new[] { "V2", "V4", "V4 without commitment" }
        from key in new[] { "KMS", "AES", "RSA" }
        from inFile in new[] { false, true }
        where !(key == "KMS" && inFile)
        from size in new[] { 0, 1, 15, 16, 1000, (17 << 20) + 1 }
        select (client, key, inFile, size));

    public static TheoryData<string> Clients => ["V2", "V4", "V4 without commitment"];

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task It_reads_what_we_write(string client, string key, bool inFile, int size)
    {
        var content = RandomNumberGenerator.GetBytes(size);
        using var site = new Site(sandbox, client, key, inFile);

        await site.WeSendAsync(content);

        Assert.Equal(content, await site.TheyReceiveAsync());
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task We_read_what_it_writes(string client, string key, bool inFile, int size)
    {
        var content = RandomNumberGenerator.GetBytes(size);
        using var site = new Site(sandbox, client, key, inFile);

        await site.TheySendAsync(content);

        Assert.Equal(content, await site.WeReceiveAsync());
    }

    [Theory]
    [MemberData(nameof(Clients))]
    public async Task A_context_of_any_characters_goes_both_ways(string client)
    {
        var context = new Dictionary<string, string> { ["部門"] = "経理 🔐 \"<&>\"", ["plain"] = "x" };
        using var ours = new Site(sandbox, client, "KMS", inFile: false) { Context = context };
        using var theirs = new Site(sandbox, client, "KMS", inFile: false) { Context = context };

        await ours.WeSendAsync([1, 2, 3]);
        await theirs.TheySendAsync([1, 2, 3]);

        Assert.Equal([1, 2, 3], await ours.TheyReceiveAsync());
        Assert.Equal([1, 2, 3], await theirs.WeReceiveAsync());
    }

    [Theory]
    [MemberData(nameof(Clients))]
    public async Task We_read_what_it_writes_in_parts(string client)
    {
        var content = RandomNumberGenerator.GetBytes((13 << 20) + 1);
        using var site = new Site(sandbox, client, "KMS", inFile: false);

        await site.TheySendInPartsAsync(content, 6 << 20);

        Assert.Equal(content, await site.WeReceiveAsync());
    }
}
