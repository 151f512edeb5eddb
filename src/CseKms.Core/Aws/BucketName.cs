using System.Text.RegularExpressions;
using Amazon;

namespace CseKms.Core.Aws;

/// <summary>Buckets as users name them.</summary>
public static partial class BucketName
{
    private const string Scheme = "s3://";

    /// <summary>
    /// The name of the bucket that is given by its name, its ARN or as <c>s3://name</c>. The ARN of an access point stands for a bucket and
    /// stays as it is.
    /// </summary>
    /// <exception cref="CseException"><see cref="ErrorId.BucketNameInvalid"/>.</exception>
    public static string Of(string given)
    {
        var name = given.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) ? given[Scheme.Length..] : given;
        if (Arn.TryParse(name, out var arn))
        {
            if (IsAccessPoint(arn))
            {
                return arn.Region.Length > 0 ? name : throw Invalid(
                    $"'{given}' is an access point of several Regions, whose requests need a kind of signature (SigV4a) that is not made here.");
            }

            name = arn is { Service: "s3", Region: "", AccountId: "" } ? arn.Resource : throw Invalid($"'{given}' is the ARN of neither a bucket nor an access point.");
        }

        if (name.Split('/', 2) is [var bucket, { } rest])
        {
            name = rest.Length == 0 ? bucket : throw Invalid($"'{given}' is more than a bucket: the bucket is '{bucket}', and keys begin with '{rest}'.");
        }

        return ValidName().IsMatch(name) ? name : throw Invalid(
            $"'{given}' is no name of a bucket: it has 3 to 63 lower-case letters, digits, dots and hyphens, with a letter or digit at each end.");
    }

    private static bool IsAccessPoint(Arn arn) =>
        arn.Service is "s3" or "s3-object-lambda" or "s3-outposts"
        && (arn.Resource.StartsWith("accesspoint", StringComparison.Ordinal) || arn.Resource.StartsWith("outpost", StringComparison.Ordinal))
        && arn.AccountId.Length > 0;

    private static CseException Invalid(string message) => new(ErrorId.BucketNameInvalid, message);

    [GeneratedRegex(@"^(?!.*\.\.)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]\z")]
    private static partial Regex ValidName();
}
