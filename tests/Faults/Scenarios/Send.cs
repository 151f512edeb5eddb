using CseKms.Core;
using CseKms.Core.Content;
using CseKms.Core.Transfer;
using CseKms.Sandbox;

namespace CseKms.Faults.Scenarios;

/// <summary>Sends files of these sizes at once.</summary>
public abstract class Send(string name, IReadOnlyList<int> sizes) : Scenario
{
    public override string Name => name;

    public override bool IsLarge => sizes.Contains(SourceFiles.LargeSize);

    public override Task RunAsync(World world, Report report, CancellationToken cancellationToken) => Task.WhenAll(sizes.Select(size =>
        report.TryAsync(Key(world, size), () => world.Client.UploadAsync(
            new UploadRequest(world.Address(Key(world, size)), UploadSource.FromFile(SourceFiles.File(size))), world, cancellationToken))));

    public override async Task JudgeAsync(World world, Report report)
    {
        foreach (var size in sizes)
        {
            var key = Key(world, size);
            var stored = await ReadAsync(world, key, report);
            if (stored is null)
            {
                if (report[key] is null)
                {
                    report.Is($"{key}: said to be sent, and is not there");
                }
            }
            else if (!stored.AsSpan().SequenceEqual(SourceFiles.Content(size)))
            {
                report.Is($"{key}: another content is stored");
            }
            else if (report[key] is not null)
            {
                JudgeStoredDespiteError(key, report);
            }
        }

        await DeleteAsync(world);
    }

    private static string Key(World world, int size) => $"{world.Number}/{size}";

    // Nothing is lost by it, but the caller was told a wrong thing: allowed only where nobody could know.
    private static void JudgeStoredDespiteError(string key, Report report)
    {
        if (!report.MayAppearLate || report.Requests.Any(request => request.Operation == "HeadObject" && request.Key == key && request is { Status: 200, IsStruck: false }))
        {
            report.Is($"{key}: stored, and an error was told: {report[key]!.Message}");

            // The answer to HEAD may have come too late for these limits.
            report.MayBeLoad = report.Wrong.Count == 1;
        }

        report.Note("(stored)");
    }

    private static async Task<byte[]?> ReadAsync(World world, string key, Report report)
    {
        try
        {
            return (await world.Clean.DownloadBytesAsync(new DownloadRequest(world.Address(key)), world, CancellationToken.None)).Plaintext;
        }
        catch (CseException error) when (error.ErrorId == ErrorId.NoSuchKey)
        {
            return null;
        }
        catch (CseException error)
        {
            report.Is($"{key}: what is stored cannot be read: {error.ErrorId}: {error.Message}");
            return null;
        }
    }

    private async Task DeleteAsync(World world)
    {
        foreach (var size in sizes)
        {
            await world.Backend.S3.DeleteObjectAsync(world.Bucket, Key(world, size));
        }
    }
}

public sealed class SendSmall() : Send("send, small", SourceFiles.SmallSizes);

public sealed class SendLarge() : Send("send, in parts", [SourceFiles.LargeSize]);

/// <summary>To a store that refuses each request with a checksum of S3's newer kind, by a client that was told so.</summary>
public sealed class SendWithoutChecksums() : Send("send, no checksums", [SourceFiles.SmallSizes[^1], SourceFiles.LargeSize])
{
    public override Task PrepareAsync(World world)
    {
        world.Keep(StoreRules.HasChecksum, FaultAction.Fail(501, "NotImplemented"));
        world.Connection = world.Connection with { RequestChecksumCalculation = "WHEN_REQUIRED" };
        return Task.CompletedTask;
    }
}
