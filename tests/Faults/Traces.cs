using CseKms.Core.Content;
using CseKms.Sandbox;

namespace CseKms.Faults;

/// <summary>What no case may leave or show, whatever it did: temporary files, open uploads, two ciphertexts under one nonce.</summary>
internal static class Traces
{
    private const string Checksum = "x-amz-checksum-crc32";

    private static readonly string[] Nonces = ["x-amz-meta-x-amz-i", "x-amz-meta-x-amz-iv"];

    /// <summary>Waits until the other side is done with what nobody waits for any more.</summary>
    public static async Task SettleAsync(World world)
    {
        for (var i = 0; i < 100 && world.Requests.Any(request => request.Status is null); i++)
        {
            await Task.Delay(20);
        }
    }

    public static async Task JudgeAsync(World world, Report report)
    {
        foreach (var file in Directory.EnumerateFiles(world.Folder, "*", SearchOption.AllDirectories).Where(path => TemporaryFile.IsName(Path.GetFileName(path))))
        {
            report.Is($"a temporary file is left: {Path.GetFileName(file)}");
        }

        await JudgeUploadsAsync(world, report);
        JudgeNonces(report);
    }

    private static async Task JudgeUploadsAsync(World world, Report report)
    {
        foreach (var upload in await world.OpenUploadsAsync())
        {
            if (world.UploadsBegun.Contains(upload.UploadId))
            {
                // The scenario judges them.
            }
            else if (world.UploadsLeft.Contains((upload.Key, upload.UploadId)))
            {
                report.Note("(upload left, told)");
            }
            else if (world.UploadsLeft.Contains((upload.Key, null)) && report.Requests.All(request => request.UploadId != upload.UploadId))
            {
                // Its id was lost on the way: no client can know it.
                report.Note("(upload left, told without its id)");
            }
            else
            {
                report.Is("an upload is left, and nobody was told");
            }

            await world.Backend.S3.AbortMultipartUploadAsync(world.Bucket, upload.Key, upload.UploadId);
        }
    }

    private static void JudgeNonces(Report report)
    {
        var puts = report.Requests.Where(request => request.Operation == "PutObject").GroupBy(request => (request.Key, Nonce(request)));
        if (puts.Any(same => same.Key.Item2 is not null && AreDifferent(same)))
        {
            report.Is("two ciphertexts were sent under one nonce");
        }

        // All uploads of a key under one nonce, if that was the only one of this key.
        var parts = report.Requests.Where(request => request.Operation == "UploadPart").ToLookup(request => request.Key);
        foreach (var begun in report.Requests.Where(request => request.Operation == "CreateMultipartUpload").GroupBy(request => request.Key))
        {
            var uploads = begun.Select(Nonce).Distinct().Count() == 1
                ? parts[begun.Key].GroupBy(part => $"{part.PartNumber}")
                : parts[begun.Key].GroupBy(part => $"{part.UploadId} {part.PartNumber}");
            if (uploads.Any(AreDifferent))
            {
                report.Is("two ciphertexts of one part were sent under one nonce");
            }
        }
    }

    private static string? Nonce(SandboxRequest request) =>
        Nonces.Select(name => request.Headers.GetValueOrDefault(name)).FirstOrDefault(value => value is not null);

    private static bool AreDifferent(IEnumerable<SandboxRequest> requests) =>
        requests.Select(request => request.Headers.GetValueOrDefault(Checksum)).Distinct().Count() > 1;
}
