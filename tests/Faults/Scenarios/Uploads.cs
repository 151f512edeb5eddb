using Amazon.S3.Model;
using CseKms.Core;
using CseKms.Sandbox;

namespace CseKms.Faults.Scenarios;

/// <summary>Lists open uploads over two pages, among them one whose key needs its encoding, and removes what was listed.</summary>
public sealed class Uploads : Scenario
{
    private const string Listing = "listing";

    private static readonly string[] Names = ["a%41c", "a+b", "日本 語"];

    public override string Name => "uploads";

    public override Task PrepareAsync(World world)
    {
        world.Keep(request => request.Operation == "ListMultipartUploads", FaultAction.SmallPages(2));
        return Task.CompletedTask;
    }

    public override async Task BeginAsync(World world)
    {
        foreach (var key in Keys(world))
        {
            var begun = await world.Backend.S3.InitiateMultipartUploadAsync(new InitiateMultipartUploadRequest { BucketName = world.Bucket, Key = key });
            world.UploadsBegun.Add(begun.UploadId);
        }
    }

    public override async Task RunAsync(World world, Report report, CancellationToken cancellationToken)
    {
        var listed = new List<OpenUpload>();
        await report.TryAsync(Listing, async () =>
        {
            await foreach (var upload in world.Client.ListUploadsAsync(world.Bucket, Prefix(world), null, cancellationToken))
            {
                listed.Add(upload);
                if (listed.Count > Names.Length)
                {
                    report.Is("the listing does not end");
                    break;
                }
            }
        });
        if (listed.Select(upload => upload.Address.Key).Except(Keys(world)).FirstOrDefault() is { } wrong)
        {
            report.Is($"'{wrong}' was listed, and there is no such upload");
        }

        if (report[Listing] is null && listed.Count < Names.Length)
        {
            report.Is($"{listed.Count} of {Names.Length} uploads were listed, and no error");
        }

        await Task.WhenAll(listed.Select(upload => report.TryAsync(
            upload.UploadId, () => world.Client.DropUploadAsync(upload.Address, upload.UploadId, cancellationToken))));
    }

    public override async Task JudgeAsync(World world, Report report)
    {
        var uploads = await world.OpenUploadsAsync();
        foreach (var id in world.UploadsBegun.Where(report.WasTried))
        {
            var isOpen = uploads.Any(upload => upload.UploadId == id);
            if (isOpen && report[id] is null)
            {
                report.Is("an upload was told to be removed, and is there");
            }
            else if (!isOpen && report[id] is CseException { ErrorId: ErrorId.UploadVanished })
            {
                report.Is("an upload was removed by this call, and told to have been removed by somebody else");
            }
        }
    }

    private static string Prefix(World world) => $"{world.Number}/";

    private static IEnumerable<string> Keys(World world) => Names.Select(name => Prefix(world) + name);
}
