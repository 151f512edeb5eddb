using Amazon;
using CseKms.Core.Settings;

namespace CseKms.Core.Aws.Identity;

/// <summary>Finds the regions of S3 and KMS.</summary>
internal static class RegionResolver
{
    /// <summary>The region given, or the identity's, or the environment's, or the default profile's.</summary>
    /// <exception cref="CseException"><see cref="ErrorId.RegionRequired"/>.</exception>
    public static string ForS3(ConnectionSettings settings, ResolvedIdentity identity) =>
        settings.Region
        ?? (settings.Identity?.ProfileName is null ? null : identity.Region)
        ?? AwsConfiguration.EnvironmentRegion
        ?? identity.Region
        ?? new AwsConfiguration(settings.Identity?.ProfileLocation).Profile(AwsConfiguration.UsualProfile)?.Region?.SystemName
        ?? throw new CseException(ErrorId.RegionRequired, "No AWS region was found.");

    /// <summary>The region in a key's ARN, or the other one when the key is not given as an ARN.</summary>
    public static string ForKms(string keyId, string otherRegion) =>
        Arn.TryParse(keyId, out var arn) && arn is { Service: "kms", Region: { Length: > 0 } region } ? region : otherRegion;
}
