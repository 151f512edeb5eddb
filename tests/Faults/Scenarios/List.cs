using Amazon.S3.Model;
using CseKms.Core;
using CseKms.Sandbox;

namespace CseKms.Faults.Scenarios;

/// <summary>Lists keys over three pages, among them such as need their encoding.</summary>
public sealed class List : Scenario
{
    private const string Item = "listing";

    private const int PageSize = 4;

    private static readonly string[] Keys =
        [.. new[] { "0", "1", "2", "3", "a%41c", "a&b<c>", "a+b", "a b", "z", "日本語" }.Select(name => $"p/{name}")];

    public override string Name => "list";

    public override async Task PrepareAsync(World world)
    {
        world.Keep(request => request.Operation == "ListObjectsV2", FaultAction.SmallPages(PageSize));
        foreach (var key in Keys)
        {
            await world.Backend.S3.PutObjectAsync(new PutObjectRequest { BucketName = world.Bucket, Key = key, ContentBody = "x" });
        }
    }

    public override Task RunAsync(World world, Report report, CancellationToken cancellationToken) => report.TryAsync(Item, async () =>
    {
        var listed = new List<ListedObject>();
        try
        {
            await foreach (var item in world.Client.ListAsync(world.Bucket, "p/", null, cancellationToken))
            {
                listed.Add(item);
                if (listed.Count > Keys.Length)
                {
                    report.Is("the listing does not end");
                    break;
                }
            }
        }
        finally
        {
            JudgeListed(listed, report);
            if (IsRepeating(listed))
            {
                // Before an error, by a store that gives the same page again.
                report.Note("(listed twice)");
            }
        }

        if (IsRepeating(listed))
        {
            report.Is("keys were listed twice, and no error");
        }

        if (listed.Count < Keys.Length)
        {
            report.Is($"{listed.Count} of {Keys.Length} keys were listed, and no error");
        }
    });

    public override Task JudgeAsync(World world, Report report) => Task.CompletedTask;

    private static void JudgeListed(List<ListedObject> listed, Report report)
    {
        var wrong = listed.Select(item => item.Key).Except(Keys).FirstOrDefault();
        if (wrong is not null)
        {
            report.Is($"'{wrong}' was listed, and there is no such key");
        }

        if (listed.Any(item => item.Size != 1 || string.IsNullOrEmpty(item.ETag)))
        {
            report.Is("an entry without its size or ETag was listed");
        }
    }

    private static bool IsRepeating(List<ListedObject> listed) => listed.DistinctBy(item => item.Key).Count() < listed.Count;
}
