using Amazon;

namespace CseKms.Core.Aws;

/// <summary>Names of buckets as users give them.</summary>
public static class BucketName
{
    /// <summary>The name of a bucket that may be given by its ARN. The ARN of anything else, such as an access point, stays as it is.</summary>
    public static string Of(string nameOrArn) =>
        Arn.TryParse(nameOrArn, out var arn) && arn is { Service: "s3", Region: "", AccountId: "", Resource: { Length: > 0 } name } && !name.Contains(':')
            ? name
            : nameOrArn;
}
