using System.Globalization;

namespace CseKms.Sandbox;

/// <summary>Requests that some S3-compatible stores refuse and S3 does not.</summary>
public static class StoreRules
{
    /// <summary>Carries a checksum of the newer kind, in a header or a trailer, or asks for one: some stores know none.</summary>
    public static bool HasChecksum(SandboxRequest request) => request.Headers.Keys.Any(name =>
        name.StartsWith("x-amz-checksum-", StringComparison.OrdinalIgnoreCase)
        || name.Equals("x-amz-sdk-checksum-algorithm", StringComparison.OrdinalIgnoreCase)
        || name.Equals("x-amz-trailer", StringComparison.OrdinalIgnoreCase));

    /// <summary>
    /// Completes an upload whose parts are not all of one length, or whose last is longer than the others: Cloudflare R2
    /// refuses that as 400 InvalidPart.
    /// </summary>
    public static Func<SandboxRequest, bool> CompletesUnevenParts()
    {
        var lengths = new Dictionary<(string? UploadId, int Part), long>();
        return request =>
        {
            if (request is { Operation: "UploadPart", PartNumber: { } part })
            {
                lengths[(request.UploadId, part)] = LengthOf(request);
            }
            if (request.Operation != "CompleteMultipartUpload")
            {
                return false;
            }
            var parts = lengths.Where(p => p.Key.UploadId == request.UploadId).OrderBy(p => p.Key.Part).Select(p => p.Value).ToList();
            return parts.Count > 1 && (parts.SkipLast(1).Distinct().Count() > 1 || parts[^1] > parts[0]);
        };
    }

    private static long LengthOf(SandboxRequest request) => long.Parse(
        request.Headers.GetValueOrDefault("x-amz-decoded-content-length") ?? request.Headers.GetValueOrDefault("content-length", "0"),
        CultureInfo.InvariantCulture);
}
