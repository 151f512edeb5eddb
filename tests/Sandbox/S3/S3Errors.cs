namespace CseKms.Sandbox.S3;

internal static class S3Errors
{
    public static AwsException NoSuchBucket(string name) =>
        new(404, "NoSuchBucket", "The specified bucket does not exist", ("BucketName", name));

    public static AwsException NoSuchKey(string key) => new(404, "NoSuchKey", "The specified key does not exist.", ("Key", key));

    public static AwsException NoSuchVersion(string key, string versionId) =>
        new(404, "NoSuchVersion", "The specified version does not exist.", ("Key", key), ("VersionId", versionId));

    public static AwsException NoSuchUpload(string id) => new(
        404, "NoSuchUpload",
        "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.",
        ("UploadId", id));

    public static AwsException PreconditionFailed(string condition) => new(
        412, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold", ("Condition", condition));

    public static AwsException InvalidArgument(string message, string name, string? value) =>
        new(400, "InvalidArgument", message, ("ArgumentName", name), ("ArgumentValue", value ?? ""));

    public static AwsException InvalidRequest(string message) => new(400, "InvalidRequest", message);

    public static AwsException AccessDenied(string message = "Access Denied") => new(403, "AccessDenied", message);

    public static AwsException InvalidObjectState(ObjectVersion version) => new(
        403, "InvalidObjectState", "The operation is not valid for the object's storage class",
        ("StorageClass", version.Attributes.StorageClass));

    public static AwsException BadDigest(string algorithm) =>
        new(400, "BadDigest", $"The {algorithm} you specified did not match the calculated checksum.");

    public static AwsException MalformedXml() => new(
        400, "MalformedXML", "The XML you provided was not well-formed or did not validate against our published schema");

    public static AwsException NotImplemented(string header) => new(
        501, "NotImplemented", "A header you provided implies functionality that is not implemented", ("Header", header));

    public static AwsException InvalidPart() => new(
        400, "InvalidPart",
        "One or more of the specified parts could not be found.  The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.");
}
