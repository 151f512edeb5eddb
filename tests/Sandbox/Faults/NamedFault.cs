namespace CseKms.Sandbox;

/// <summary>A kind of fault that is asked for by its name: on a command line, in a table.</summary>
/// <param name="Name">As a user writes it.</param>
/// <param name="Action">Makes what it does, anew for each fault.</param>
/// <param name="Hits">Whether it makes sense for a request of this operation.</param>
public sealed record NamedFault(string Name, Func<FaultAction> Action, Func<string, bool> Hits)
{
    /// <summary>Whether the same request succeeds when it is sent again after it was struck once.</summary>
    public bool IsTransient { get; init; }

    private static readonly string[] Kms = ["GenerateDataKey", "Encrypt", "Decrypt", "ReEncrypt", "DescribeKey"];
    private static readonly string[] Uploads = ["PutObject", "UploadPart"];
    private static readonly string[] Listings = ["ListObjectsV2", "ListObjectVersions", "ListMultipartUploads"];

    /// <summary>All kinds that strike one request.</summary>
    public static IReadOnlyList<NamedFault> All { get; } =
    [
        // Refusals.
        Transient("throttled", () => FaultAction.Throttle),
        Transient("500", () => FaultAction.Fail(500, "InternalError")),
        Transient("503", () => FaultAction.Fail(503, "ServiceUnavailable")),
        Transient("429", () => FaultAction.Fail(429, "TooManyRequests")),
        Transient("request-timeout", () => FaultAction.Fail(400, "RequestTimeout")) with { Hits = TellsCode },
        Transient("operation-aborted", () => FaultAction.Fail(409, "OperationAborted")) with { Hits = TellsCode },
        Transient("conflict", () => FaultAction.Fail(409, "ConditionalRequestConflict")) with { Hits = Of("PutObject", "CompleteMultipartUpload", "CopyObject") },
        new("denied", () => FaultAction.Fail(403, "AccessDenied"), IsS3),
        new("kms-denied", () => FaultAction.Fail(400, "AccessDeniedException"), Of(Kms)),
        new("expired", () => FaultAction.Fail(400, "ExpiredToken"), IsS3),
        new("archived", () => FaultAction.Fail(403, "InvalidObjectState"), Of("GetObject", "CopyObject", "UploadPartCopy")),
        new("checksum-refused", () => FaultAction.Fail(501, "NotImplemented"), Of("PutObject", "UploadPart", "CreateMultipartUpload")),

        // Connections.
        Transient("dropped", () => FaultAction.Drop),
        Transient("reset", () => FaultAction.Reset),
        Transient("reply-lost", () => FaultAction.DropReply),
        Transient("silent", () => FaultAction.Hold),
        Transient("silent-after", () => FaultAction.HoldReply),
        Transient("upload-cut", () => FaultAction.CutUpload(10)) with { Hits = Of(Uploads) },
        Transient("upload-stalled", () => FaultAction.StallUpload(10)) with { Hits = Of(Uploads) },
        new("upload-slow", () => FaultAction.SlowUpload(200), Of(Uploads)),

        // Answers that are not whole.
        Transient("body-cut", () => FaultAction.CutBody(20)) with { Hits = HasBody },
        Transient("body-stalled", () => FaultAction.StallBody(20)) with { Hits = HasBody },
        new("body-slow", () => FaultAction.SlowBody(50), HasBody),
        new("byte-flipped", () => FaultAction.FlipByte(-1), Of("GetObject")),
        Transient("half", () => FaultAction.Rewrite(text => text[..(text.Length / 2)])) with { Hits = HasText },
        Transient("byte-less", () => FaultAction.Rewrite(text => text[..Math.Max(0, text.Length - 1)])) with { Hits = HasText },
        new("byte-more", () => FaultAction.Append("x"), HasText),
        new("empty", () => FaultAction.AnswerNothing, HasText),
        Transient("html", () => FaultAction.AnswerHtml) with { Hits = HasText },
        Transient("html-instead", () => FaultAction.Answer("text/html", "<!DOCTYPE html><html><body><p>Please sign in.</body></html>")) with { Hits = operation => operation != "HeadObject" },
        new("nothing-instead", () => FaultAction.Answer("application/xml", ""), operation => operation != "HeadObject"),
        new("error-in-200", () => FaultAction.FailWithin200("InternalError"), operation => HasText(operation) && IsS3(operation)),
        Transient("json-null", () => FaultAction.Rewrite(_ => "null")) with { Hits = Of(Kms) },
        Transient("json-empty", () => FaultAction.Rewrite(_ => "{}")) with { Hits = Of(Kms) },
        Transient("json-array", () => FaultAction.Rewrite(_ => "[]")) with { Hits = Of(Kms) },

        // Answers that say less or something else.
        new("no-upload-id", () => FaultAction.WithoutElement("UploadId"), Of("CreateMultipartUpload")),
        new("no-etag", () => FaultAction.WithoutHeader("ETag"), Of("PutObject", "UploadPart", "GetObject", "HeadObject")),
        new("no-etag-element", () => FaultAction.WithoutElement("ETag"), Of("CompleteMultipartUpload", "CopyObject", "ListObjectsV2", "ListObjectVersions", "ListParts")),
        new("other-checksum", () => FaultAction.WithHeader("x-amz-checksum-crc32", "AAAAAA=="), Of(Uploads)),
        new("weak-etags", () => FaultAction.WeakenETags, IsS3),
        new("range-ignored", () => FaultAction.IgnoreHeader("Range"), Of("GetObject")),
        new("other-range", () => FaultAction.WithHeader("Content-Range", "bytes 5-9/10"), Of("GetObject")),
        new("condition-ignored", () => FaultAction.IgnoreHeader("If-Match"), Of("GetObject", "PutObject", "CompleteMultipartUpload", "CopyObject")),
        new("no-token", () => FaultAction.TruncateWithoutToken, Of(Listings)),
        new("same-token", () => FaultAction.RepeatToken, Of(Listings)),
        new("no-key", () => FaultAction.WithoutElement("Key"), Of(Listings)),
        new("no-size", () => FaultAction.WithoutElement("Size"), Of("ListObjectsV2", "ListObjectVersions")),
        new("no-encoding", () => FaultAction.ListWithoutEncoding, Of(Listings)),
    ];

    /// <summary>Further kinds, whose effect outlives the request that they strike: the SDK corrects its clock for good.</summary>
    private static IReadOnlyList<NamedFault> Others { get; } = [new("clock-skewed", () => FaultAction.SkewClock(TimeSpan.FromHours(-3)), _ => true)];

    /// <summary>The kind of this name.</summary>
    /// <exception cref="KeyNotFoundException">There is none.</exception>
    public static NamedFault Named(string name) =>
        All.Concat(Others).FirstOrDefault(fault => fault.Name == name)
        ?? throw new KeyNotFoundException($"There is no fault '{name}'. There are: {string.Join(", ", All.Concat(Others).Select(fault => fault.Name))}.");

    private static NamedFault Transient(string name, Func<FaultAction> action) => new(name, action, _ => true) { IsTransient = true };

    private static Func<string, bool> Of(params string[] operations) => operations.Contains;

    private static bool IsS3(string operation) => !Kms.Contains(operation);

    // An answer to HEAD has a status and no more.
    private static bool TellsCode(string operation) => IsS3(operation) && operation != "HeadObject";

    private static bool HasBody(string operation) => operation == "GetObject" || HasText(operation);

    private static bool HasText(string operation) => Kms.Contains(operation) || Listings.Contains(operation)
        || operation is "CreateMultipartUpload" or "CompleteMultipartUpload" or "CopyObject" or "UploadPartCopy" or "DeleteObjects" or "ListParts";
}
