using CseKms.Core.Content;
using CseKms.Core.Transfer;

namespace CseKms.Faults.Scenarios;

/// <summary>Receives a small file and one that is fetched by ranges.</summary>
public sealed class Receive : Scenario
{
    private static readonly int[] Sizes = [100_000, SourceFiles.LargeSize];

    public override string Name => "receive";

    public override bool IsLarge => true;

    public override async Task PrepareAsync(World world)
    {
        foreach (var size in Sizes)
        {
            await world.Clean.UploadAsync(
                new UploadRequest(world.Address($"{size}"), UploadSource.FromFile(SourceFiles.File(size))), world, CancellationToken.None);
        }
    }

    public override Task RunAsync(World world, Report report, CancellationToken cancellationToken) => Task.WhenAll(Sizes.Select(size =>
        report.TryAsync($"{size}", () => world.Client.DownloadAsync(
            new DownloadRequest(world.Address($"{size}")), FileDestination.Below(world.Folder, [$"{size}"], overwrite: false), world, cancellationToken))));

    public override async Task JudgeAsync(World world, Report report)
    {
        foreach (var size in Sizes)
        {
            var file = Path.Combine(world.Folder, $"{size}");
            if (!File.Exists(file))
            {
                if (report[$"{size}"] is null)
                {
                    report.Is($"{size}: said to be received, and is not there");
                }
            }
            else if (!(await File.ReadAllBytesAsync(file)).AsSpan().SequenceEqual(SourceFiles.Content(size)))
            {
                report.Is($"{size}: a file with another content");
            }
            else if (report[$"{size}"] is not null)
            {
                report.Is($"{size}: an error was told, although the file is there");
            }
        }
    }
}
