using System.Globalization;
using System.Text;
using CseKms.Sandbox.Http;

namespace CseKms.Sandbox.S3;

/// <summary>Object attributes from the headers of a write, and back onto the headers of a read.</summary>
internal static class AttributeHeaders
{
    public const string MetadataPrefix = "x-amz-meta-";

    private const int MetadataLimit = 2048;
    private const string Sse = "x-amz-server-side-encryption";

    private static readonly string[] Stored =
    [
        "Content-Type", "Content-Encoding", "Content-Disposition", "Content-Language", "Cache-Control", "Expires",
        "x-amz-website-redirect-location",
    ];

    private const string GrantPrefix = "x-amz-grant-";

    private const string OwnerFullControl = "bucket-owner-full-control";

    private static readonly string[] CannedAcls =
    [
        "private", "public-read", "public-read-write", "authenticated-read", "aws-exec-read", "bucket-owner-read", OwnerFullControl,
    ];

    private static readonly string[] StorageClasses =
    [
        "STANDARD", "REDUCED_REDUNDANCY", "STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING", "GLACIER", "DEEP_ARCHIVE", "GLACIER_IR",
    ];

    public static ObjectAttributes Read(Exchange exchange, Bucket bucket)
    {
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var name in Stored)
        {
            if (exchange.Header(name) is { Length: > 0 } value)
            {
                headers[name] = value;
            }
        }
        if (headers.TryGetValue("Content-Encoding", out var encodings))
        {
            // aws-chunked is how the body travelled, not what it is.
            var kept = string.Join(',', encodings.Split(',', StringSplitOptions.TrimEntries).Where(e => e != "aws-chunked"));
            headers.Remove("Content-Encoding");
            if (kept.Length > 0)
            {
                headers["Content-Encoding"] = kept;
            }
        }
        return new ObjectAttributes
        {
            Headers = headers,
            Metadata = ReadMetadata(exchange),
            Tags = ReadTags(exchange.Header("x-amz-tagging")),
            StorageClass = ReadStorageClass(exchange),
            Acl = ReadAcl(exchange, bucket),
            Grants = ReadGrants(exchange, bucket),
            Lock = ObjectLockHeaders.Read(exchange, bucket),
            Encryption = EncryptionOf(
                bucket, exchange.Header(Sse), exchange.Header(Sse + "-aws-kms-key-id"), exchange.Header(Sse + "-bucket-key-enabled")),
        };
    }

    public static void Write(Exchange exchange, ObjectVersion version)
    {
        var response = exchange.Response.Headers;
        var attributes = version.Attributes;
        response.ContentType = "binary/octet-stream";
        foreach (var (name, value) in attributes.Headers)
        {
            response[name] = value;
        }
        foreach (var (name, value) in attributes.Metadata)
        {
            response[MetadataPrefix + name] = MetadataValue(value);
        }
        WriteEncryption(exchange, attributes);
        ObjectLockHeaders.Write(exchange, attributes.Lock);
        if (attributes.StorageClass != "STANDARD")
        {
            response["x-amz-storage-class"] = attributes.StorageClass;
        }
        response["x-amz-restore"] = version.Restoration switch
        {
            Restoration.None => default,
            Restoration.Ongoing => "ongoing-request=\"true\"",
            _ => "ongoing-request=\"false\", expiry-date=\"Fri, 31 Dec 2100 00:00:00 GMT\"",
        };
        if (attributes.Tags.Count > 0)
        {
            response["x-amz-tagging-count"] = attributes.Tags.Count.ToString(CultureInfo.InvariantCulture);
        }
    }

    public static void WriteEncryption(Exchange exchange, ObjectAttributes attributes)
    {
        foreach (var (name, value) in attributes.Encryption)
        {
            exchange.Response.Headers[name] = value;
        }
    }

    public static IReadOnlyList<KeyValuePair<string, string>> ReadTags(string? header)
    {
        var tags = header is null ? [] : RawTarget.Parse("/?" + header).Query;
        return CheckTags(tags);
    }

    public static IReadOnlyList<KeyValuePair<string, string>> CheckTags(IReadOnlyList<KeyValuePair<string, string>> tags)
    {
        if (tags.Count > 10)
        {
            throw new AwsException(400, "BadRequest", "Object tags cannot be greater than 10");
        }
        if (tags.Select(t => t.Key).Distinct().Count() != tags.Count)
        {
            throw new AwsException(400, "InvalidTag", "Cannot provide multiple Tags with the same key");
        }
        if (tags.Any(t => t.Key.Length is 0 or > 128))
        {
            throw new AwsException(400, "InvalidTag", "The TagKey you have provided is invalid");
        }
        if (tags.Any(t => t.Value.Length > 256))
        {
            throw new AwsException(400, "InvalidTag", "The TagValue you have provided is invalid");
        }
        return tags;
    }

    // Header values are held byte for byte as Latin-1. S3 takes those characters, not the bytes, for the text when it
    // encodes what is not ASCII, and so encodes a UTF-8 value twice.
    private static string MetadataValue(string value) => Ascii.IsValid(value)
        ? value
        : $"=?UTF-8?B?{Convert.ToBase64String(Encoding.UTF8.GetBytes(value))}?=";

    private static Dictionary<string, string> ReadMetadata(Exchange exchange)
    {
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal);
        var size = 0;
        foreach (var (name, values) in exchange.Request.Headers)
        {
            if (name.StartsWith(MetadataPrefix, StringComparison.OrdinalIgnoreCase))
            {
                var key = name[MetadataPrefix.Length..].ToLowerInvariant();
                metadata[key] = values.ToString();
                size += key.Length + values.ToString().Length;
            }
        }
        if (size > MetadataLimit)
        {
            throw new AwsException(
                400, "MetadataTooLarge", "Your metadata headers exceed the maximum allowed metadata size",
                ("Size", size.ToString(CultureInfo.InvariantCulture)), ("MaxSizeAllowed", MetadataLimit.ToString(CultureInfo.InvariantCulture)));
        }
        return metadata;
    }

    /// <summary>The canned ACL that a writer gives, as far as the bucket takes one.</summary>
    public static string ReadAcl(Exchange exchange, Bucket bucket)
    {
        var acl = exchange.Header("x-amz-acl");
        if (acl is not null && !CannedAcls.Contains(acl))
        {
            throw S3Errors.InvalidArgument("", "x-amz-acl", acl);
        }
        return bucket.Acls switch
        {
            BucketAcls.Disabled when acl is not (null or OwnerFullControl) => throw AclsDisabled(),
            BucketAcls.MustGiveOwnerFullControl when acl is not OwnerFullControl => throw S3Errors.AccessDenied(),
            _ => acl ?? "private",
        };
    }

    private static List<(string, string)> ReadGrants(Exchange exchange, Bucket bucket)
    {
        var grants = exchange.Request.Headers
            .Where(header => header.Key.StartsWith(GrantPrefix, StringComparison.OrdinalIgnoreCase))
            .SelectMany(header => header.Value.ToString().Split(',', StringSplitOptions.TrimEntries).Select(
                grantee => (header.Key[GrantPrefix.Length..].ToUpperInvariant().Replace('-', '_'), grantee)))
            .ToList();
        if (grants.Count > 0 && exchange.Header("x-amz-acl") is not null)
        {
            throw S3Errors.InvalidRequest("Specifying both Canned ACLs and Header Grants is not allowed");
        }
        return grants.Count > 0 && bucket.Acls == BucketAcls.Disabled ? throw AclsDisabled() : grants;
    }

    private static AwsException AclsDisabled() => new(400, "AccessControlListNotSupported", "The bucket does not allow ACLs");

    private static string ReadStorageClass(Exchange exchange)
    {
        var storageClass = exchange.Header("x-amz-storage-class") ?? "STANDARD";
        return StorageClasses.Contains(storageClass)
            ? storageClass
            : throw new AwsException(400, "InvalidStorageClass", "The storage class you specified is not valid", ("StorageClassRequested", storageClass));
    }

    /// <summary>The SSE headers of an object, from what its writer asked for and the bucket's default.</summary>
    public static Dictionary<string, string> EncryptionOf(
        Bucket bucket, string? algorithm = null, string? keyId = null, string? bucketKeyEnabled = null)
    {
        if (algorithm is not (null or "AES256" or "aws:kms" or "aws:kms:dsse"))
        {
            throw S3Errors.InvalidArgument("The encryption method specified is not supported", Sse, algorithm);
        }
        if (keyId is not null && algorithm is (null or "AES256"))
        {
            throw S3Errors.InvalidArgument(
                $"Server Side Encryption with AWS KMS managed key requires HTTP header {Sse} : aws:kms", Sse, algorithm);
        }
        var encryption = new Dictionary<string, string> { [Sse] = algorithm ?? bucket.DefaultEncryption };
        if (encryption[Sse] == "AES256")
        {
            return encryption;
        }
        var key = keyId ?? "aws/s3";
        encryption[Sse + "-aws-kms-key-id"] = key.StartsWith("arn:", StringComparison.Ordinal)
            ? key
            : $"arn:aws:kms:{bucket.Region}:{SandboxServer.AccountId}:key/{key}";
        if (bucketKeyEnabled is not null)
        {
            encryption[Sse + "-bucket-key-enabled"] = bucketKeyEnabled.ToLowerInvariant();
        }
        return encryption;
    }
}
