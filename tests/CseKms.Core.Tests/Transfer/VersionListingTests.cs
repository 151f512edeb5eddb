using CseKms.Core.Tests.Sandbox;
using Xunit;

namespace CseKms.Core.Tests.Transfer;

public sealed class VersionListingTests(SandboxFixture sandbox)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task All_versions_are_listed_newest_first_though_a_page_ends_within_a_key()
    {
        var bucket = sandbox.NewBucket(versioned: true);
        var expected = new List<(string Key, string? Version)>();
        for (var i = 0; i < 400; i++)
        {
            var key = $"p/{i:000} +%41é";
            string[] versions = [.. Enumerable.Range(0, 3).Select(n => sandbox.Server.Objects.Put(bucket, key, new byte[n]).VersionId)];
            expected.AddRange(versions.Reverse().Select(version => (key, (string?)version)));
        }

        sandbox.Server.Objects.Put(bucket, "q", [1]);
        var listed = await ListAsync(bucket, "p/");

        Assert.Equal(expected, listed.Select(item => (item.Address.Key, item.Address.VersionId)));
        Assert.Equal(Enumerable.Repeat(new[] { true, false, false }, 400).SelectMany(latest => latest), listed.Select(item => item.IsLatest));
        Assert.All(listed, item => Assert.True(item is { IsDeleteMarker: false, ETag.Length: > 2, StorageClass: "STANDARD" }));
        Assert.Equal([2, 1, 0], listed.Take(3).Select(item => item.Size));
    }

    [Fact]
    public async Task A_delete_marker_is_one_and_holds_nothing()
    {
        var bucket = sandbox.NewBucket(versioned: true);
        var kept = sandbox.Server.Objects.Put(bucket, "a", [1]).VersionId;
        using var s3 = sandbox.Server.S3();
        var marker = (await s3.DeleteObjectAsync(bucket, "a", Cancellation)).VersionId;

        var listed = await ListAsync(bucket, "");

        Assert.Equal([(marker, true, true), (kept, false, false)], listed.Select(item => (item.Address.VersionId!, item.IsDeleteMarker, item.IsLatest)));
        Assert.Equal((null, null, null), (listed[0].Size, listed[0].ETag, listed[0].StorageClass));
        Assert.True(listed[0].LastModified >= listed[1].LastModified);
    }

    [Fact]
    public async Task A_bucket_that_keeps_no_versions_has_one_of_each_key()
    {
        var bucket = sandbox.NewBucket();
        sandbox.Server.Objects.Put(bucket, "a", [1]);
        sandbox.Server.Objects.Put(bucket, "a", [1, 2]);

        var only = Assert.Single(await ListAsync(bucket, ""));

        Assert.Equal(("null", true, false, 2), (only.Address.VersionId, only.IsLatest, only.IsDeleteMarker, only.Size));
    }

    private async Task<List<ListedVersion>> ListAsync(string bucket, string prefix)
    {
        var client = await sandbox.OpenAsync();
        return await client.ListVersionsAsync(bucket, prefix, null, Cancellation).ToListAsync(Cancellation);
    }
}
