using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using CseKms.Sandbox.SigV4;

namespace CseKms.Sandbox.S3;

/// <summary>S3's operations over the store: one method an operation, grouped into files by what they are about.</summary>
internal sealed partial class S3Service(S3Store store, AccessRules access)
{
    private const int LongestKey = 1024;

    public static AuthErrors AuthErrors { get; } = new S3AuthErrors();

    /// <summary>Runs an operation for a caller whose signature was found right.</summary>
    public Task HandleAsync(Exchange exchange)
    {
        var operation = exchange.Log.Operation;
        CheckAccess(exchange);
        return operation switch
        {
            "ListBuckets" => ListBucketsAsync(exchange),
            "CreateBucket" => CreateBucketAsync(exchange),
            "HeadBucket" => HeadBucketAsync(exchange),
            "DeleteBucket" => DeleteBucketAsync(exchange),
            "GetBucketLocation" => GetBucketLocationAsync(exchange),
            "GetBucketVersioning" => GetBucketVersioningAsync(exchange),
            "PutBucketVersioning" => PutBucketVersioningAsync(exchange),
            "ListObjects" => ListObjectsAsync(exchange),
            "ListObjectsV2" => ListObjectsV2Async(exchange),
            "GetBucketOwnershipControls" => GetBucketOwnershipControlsAsync(exchange),
            "GetObjectLockConfiguration" => GetObjectLockConfigurationAsync(exchange),
            "ListObjectVersions" => ListObjectVersionsAsync(exchange),
            "PutObject" => PutObjectAsync(exchange),
            "GetObject" or "HeadObject" => GetObjectAsync(exchange),
            "DeleteObject" => DeleteObjectAsync(exchange),
            "DeleteObjects" => DeleteObjectsAsync(exchange),
            "CopyObject" => CopyObjectAsync(exchange),
            "GetObjectTagging" => GetObjectTaggingAsync(exchange),
            "PutObjectTagging" => PutObjectTaggingAsync(exchange),
            "DeleteObjectTagging" => DeleteObjectTaggingAsync(exchange),
            "GetObjectAcl" => GetObjectAclAsync(exchange),
            "PutObjectAcl" => PutObjectAclAsync(exchange),
            "GetObjectRetention" => GetObjectRetentionAsync(exchange),
            "PutObjectRetention" => PutObjectRetentionAsync(exchange),
            "GetObjectLegalHold" => GetObjectLegalHoldAsync(exchange),
            "PutObjectLegalHold" => PutObjectLegalHoldAsync(exchange),
            "RestoreObject" => RestoreObjectAsync(exchange),
            "CreateMultipartUpload" => CreateMultipartUploadAsync(exchange),
            "UploadPart" => UploadPartAsync(exchange),
            "UploadPartCopy" => UploadPartCopyAsync(exchange),
            "CompleteMultipartUpload" => CompleteMultipartUploadAsync(exchange),
            "AbortMultipartUpload" => AbortMultipartUploadAsync(exchange),
            "ListParts" => ListPartsAsync(exchange),
            "ListMultipartUploads" => ListMultipartUploadsAsync(exchange),
            _ => throw S3Errors.NotImplemented(exchange.Target.Text),
        };
    }

    public static async Task ReplyErrorAsync(Exchange exchange, AwsException error)
    {
        var response = exchange.Response;
        foreach (var (name, value) in error.Headers)
        {
            response.Headers[name] = value;
        }
        exchange.Log.ErrorCode = error.Code;
        var xml = XmlText.Plain().Open("Error").Add("Code", error.Code).Add("Message", error.AwsMessage);
        foreach (var (name, value) in error.Details)
        {
            xml.Add(name, value);
        }
        xml.Add("RequestId", response.Headers["x-amz-request-id"]).Add("HostId", response.Headers["x-amz-id-2"]).Close("Error");
        await exchange.SendAsync(error.Status, "application/xml", Encoding.UTF8.GetBytes(xml.ToString()));
    }

    private void CheckAccess(Exchange exchange)
    {
        var operation = exchange.Log.Operation;
        if (exchange.Log.Key is { } key && Encoding.UTF8.GetByteCount(key) is var length and > LongestKey)
        {
            throw new AwsException(
                400, "KeyTooLongError", "Your key is too long", ("Size", length.ToString(CultureInfo.InvariantCulture)), ("MaxSizeAllowed", "1024"));
        }
        if (access.IsDenied(exchange.Identity, operation))
        {
            throw AccessDenied(exchange);
        }
        if (exchange.Log.Bucket is not { } name || operation == "CreateBucket")
        {
            return;
        }
        if (!AddressableBucketName().IsMatch(name))
        {
            throw InvalidBucketName(name);
        }
        var bucket = store.GetBucket(name);
        exchange.Response.Headers["x-amz-bucket-region"] = operation is "HeadBucket" ? bucket.Region : default;
        if (bucket.Region != exchange.Region && operation != "GetBucketLocation")
        {
            throw new AwsException(
                301, "PermanentRedirect",
                "The bucket you are attempting to access must be addressed using the specified endpoint. Please send all future requests to this endpoint.",
                ("Endpoint", $"{name}.s3.{bucket.Region}.amazonaws.com"), ("Bucket", name))
            {
                Headers = { ["x-amz-bucket-region"] = bucket.Region },
            };
        }
        CheckOwner(exchange, "x-amz-expected-bucket-owner");
        CheckOwner(exchange, "x-amz-source-expected-bucket-owner");
        CheckPayer(exchange, bucket);
        if (exchange.Header("x-amz-server-side-encryption-customer-algorithm") is not null)
        {
            throw S3Errors.NotImplemented("x-amz-server-side-encryption-customer-algorithm");
        }
    }

    private static void CheckPayer(Exchange exchange, Bucket bucket)
    {
        if (exchange.Header("x-amz-request-payer") is "requester")
        {
            exchange.Response.Headers["x-amz-request-charged"] = bucket.RequesterPays ? "requester" : default;
        }
        else if (bucket.RequesterPays)
        {
            throw S3Errors.AccessDenied();
        }
    }

    private static void CheckOwner(Exchange exchange, string header)
    {
        if (exchange.Header(header) is not { } owner || owner == SandboxServer.AccountId)
        {
            return;
        }
        throw owner.Length == SandboxServer.AccountId.Length && owner.All(char.IsAsciiDigit)
            ? S3Errors.AccessDenied()
            : new AwsException(
                400, "InvalidBucketOwnerAWSAccountID",
                "The value of the expected bucket owner parameter must be an AWS account ID.", ("Parameter", header), ("Value", owner));
    }

    private static AwsException AccessDenied(Exchange exchange)
    {
        var action = exchange.Log.Operation switch
        {
            "HeadObject" => "GetObject",
            "HeadBucket" or "ListObjects" or "ListObjectsV2" => "ListBucket",
            "ListObjectVersions" => "ListBucketVersions",
            "ListBuckets" => "ListAllMyBuckets",
            "ListMultipartUploads" => "ListBucketMultipartUploads",
            "ListParts" => "ListMultipartUploadParts",
            "DeleteObjects" => "DeleteObject",
            "CopyObject" or "CreateMultipartUpload" or "UploadPart" or "UploadPartCopy" or "CompleteMultipartUpload" => "PutObject",
            var same => same,
        };
        var resource = exchange.Log.Bucket is null ? "arn:aws:s3:::*" : $"arn:aws:s3:::{exchange.Log.Bucket}";
        resource = exchange.Log.Key is null ? resource : $"{resource}/{exchange.Log.Key}";
        return new AwsException(
            403, "AccessDenied",
            $"User: {exchange.Identity.CallerArn} is not authorized to perform: s3:{action} on resource: \"{resource}\" because no identity-based policy allows the s3:{action} action");
    }

    /// <summary>S3 tells that a key is missing only to those who may list the bucket.</summary>
    private AwsException NoSuchKey(Exchange exchange, string key) =>
        access.IsDenied(exchange.Identity, "ListObjectsV2") ? AccessDenied(exchange) : S3Errors.NoSuchKey(key);

    private static AwsException InvalidBucketName(string name) =>
        new(400, "InvalidBucketName", "The specified bucket is not valid.", ("BucketName", name));

    private Bucket BucketOf(Exchange exchange) => store.GetBucket(exchange.Log.Bucket!);

    private static string KeyOf(Exchange exchange) => exchange.Log.Key!;

    private static Task ReplyXmlAsync(Exchange exchange, XmlText xml) => exchange.ReplyAsync(200, "application/xml", xml.ToString());

    private static async Task<byte[]> ReadBodyAsync(Exchange exchange)
    {
        using var reader = new PayloadReader(exchange);
        return (await reader.ReadSmallAsync()).Bytes;
    }

    private static int QueryNumber(Exchange exchange, string name, int otherwise, int most)
    {
        if (exchange.Target[name] is not { Length: > 0 } text)
        {
            return otherwise;
        }
        return int.TryParse(text, out var number) && number >= 0
            ? Math.Min(number, most)
            : throw S3Errors.InvalidArgument($"Provided {name} not an integer or within integer range", name, text);
    }

    /// <summary>Names of buckets that may exist: those of us-east-1's early years took more than new ones do.</summary>
    [GeneratedRegex("^[A-Za-z0-9._-]{3,255}$")]
    private static partial Regex AddressableBucketName();
}
