using CseKms.Sandbox.Http;

namespace CseKms.Sandbox.S3;

/// <summary>Which bucket, key and operation a request is about, from its raw target and its Host.</summary>
internal sealed record S3Address(string Operation, string? Bucket, string? Key)
{
    public const string NotImplemented = "NotImplemented";

    private const string VirtualHostSuffix = ".localhost";

    private static readonly string[] OtherSubresources =
    [
        "policy", "policyStatus", "cors", "lifecycle", "encryption", "notification", "replication", "logging", "website",
        "accelerate", "requestPayment", "torrent", "select", "publicAccessBlock",
        "inventory", "metrics", "analytics", "intelligent-tiering", "attributes", "renameObject", "session",
    ];

    // Told, and never changed.
    private static readonly string[] OfBucketsAlone = ["ownershipControls", "object-lock"];

    private static readonly string[] OfObjectsAlone = ["acl", "retention", "legal-hold", "restore"];

    public static S3Address Of(HttpRequest request, RawTarget target)
    {
        string? bucket, key;
        var host = request.Host.Host;
        if (host.EndsWith(VirtualHostSuffix, StringComparison.OrdinalIgnoreCase))
        {
            bucket = host[..^VirtualHostSuffix.Length];
            key = target.Path[1..];
        }
        else
        {
            var slash = target.Path.IndexOf('/', 1);
            bucket = slash < 0 ? target.Path[1..] : target.Path[1..slash];
            key = slash < 0 ? "" : target.Path[(slash + 1)..];
        }
        bucket = bucket.Length == 0 ? null : bucket;
        key = key.Length == 0 ? null : key;
        return new S3Address(OperationOf(request, target, bucket, key), bucket, key);
    }

    private static string OperationOf(HttpRequest request, RawTarget target, string? bucket, string? key)
    {
        if (OtherSubresources.Any(target.Has))
        {
            return NotImplemented;
        }
        if (bucket is null)
        {
            return request.Method == "GET" && key is null ? "ListBuckets" : NotImplemented;
        }
        if ((key is null && OfObjectsAlone.Any(target.Has)) || ((key is not null || request.Method != "GET") && OfBucketsAlone.Any(target.Has)))
        {
            return NotImplemented;
        }
        return key is null ? OfBucket(request.Method, target) : OfObject(request, target);
    }

    private static string OfBucket(string method, RawTarget target) => method switch
    {
        "PUT" when target.Has("versioning") => "PutBucketVersioning",
        "PUT" when !target.Has("tagging") => "CreateBucket",
        "GET" when target.Has("location") => "GetBucketLocation",
        "GET" when target.Has("versioning") => "GetBucketVersioning",
        "GET" when target.Has("ownershipControls") => "GetBucketOwnershipControls",
        "GET" when target.Has("object-lock") => "GetObjectLockConfiguration",
        "GET" when target.Has("versions") => "ListObjectVersions",
        "GET" when target.Has("uploads") => "ListMultipartUploads",
        "GET" when target["list-type"] == "2" => "ListObjectsV2",
        "GET" when !target.Has("tagging") => "ListObjects",
        "HEAD" => "HeadBucket",
        "DELETE" when !target.Has("tagging") => "DeleteBucket",
        "POST" when target.Has("delete") => "DeleteObjects",
        _ => NotImplemented,
    };

    private static string OfObject(HttpRequest request, RawTarget target)
    {
        var copies = request.Headers.ContainsKey("x-amz-copy-source");
        return request.Method switch
        {
            "PUT" when target.Has("uploadId") || target.Has("partNumber") => copies ? "UploadPartCopy" : "UploadPart",
            "PUT" when target.Has("tagging") => "PutObjectTagging",
            "PUT" when target.Has("acl") => "PutObjectAcl",
            "PUT" when target.Has("retention") => "PutObjectRetention",
            "PUT" when target.Has("legal-hold") => "PutObjectLegalHold",
            "PUT" => copies ? "CopyObject" : "PutObject",
            "GET" when target.Has("uploadId") => "ListParts",
            "GET" when target.Has("tagging") => "GetObjectTagging",
            "GET" when target.Has("acl") => "GetObjectAcl",
            "GET" when target.Has("retention") => "GetObjectRetention",
            "GET" when target.Has("legal-hold") => "GetObjectLegalHold",
            "GET" => "GetObject",
            "HEAD" => "HeadObject",
            "DELETE" when target.Has("uploadId") => "AbortMultipartUpload",
            "DELETE" when target.Has("tagging") => "DeleteObjectTagging",
            "DELETE" => "DeleteObject",
            "POST" when target.Has("restore") => "RestoreObject",
            "POST" when target.Has("uploads") => "CreateMultipartUpload",
            "POST" when target.Has("uploadId") => "CompleteMultipartUpload",
            _ => NotImplemented,
        };
    }
}
