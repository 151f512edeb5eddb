using System.Text;
using CseKms.Core.Content;
using CseKms.Core.Transfer;

namespace CseKms.Faults.Scenarios;

/// <summary>Tells what an object's envelope says.</summary>
public sealed class Describe : Scenario
{
    private const string Key = "object";

    public override string Name => "describe";

    public override Task PrepareAsync(World world) => world.Clean.UploadAsync(
        new UploadRequest(world.Address(Key), UploadSource.FromBytes(Encoding.UTF8.GetBytes("content"))), world, CancellationToken.None);

    public override Task RunAsync(World world, Report report, CancellationToken cancellationToken) => report.TryAsync(Key, async () =>
    {
        var description = await world.Client.DescribeAsync(world.Address(Key), cancellationToken);
        if (description.Envelope is not { Format: "V3", PlaintextSize: 7 } || string.IsNullOrEmpty(description.ETag))
        {
            report.Is($"described as {description}");
        }
    });

    public override Task JudgeAsync(World world, Report report) => Task.CompletedTask;
}
