using Amazon.Runtime.CredentialManagement;
using CseKms.Core.Settings;

namespace CseKms.Core.Aws.Identity;

/// <summary>Finds the regions of S3 and KMS.</summary>
internal static class RegionResolver
{
    /// <summary>The region given, or the identity's, or the environment's, or the default profile's.</summary>
    /// <exception cref="CseException"><see cref="ErrorId.RegionRequired"/>.</exception>
    public static string ForS3(ConnectionSettings settings, ResolvedIdentity identity) =>
        settings.Region
        ?? (settings.ProfileName is null ? null : identity.Region)
        ?? Variable("AWS_REGION")
        ?? Variable("AWS_DEFAULT_REGION")
        ?? identity.Region
        ?? DefaultProfileRegion(settings.ProfileLocation)
        ?? throw new CseException(
            ErrorId.RegionRequired,
            "No AWS region was found. Give -Region, set AWS_REGION, or set one for the session by Set-CseSession -Region.");

    /// <summary>The region in a key's ARN, or the other one when the key is not given as an ARN.</summary>
    public static string ForKms(string keyId, string otherRegion) =>
        keyId.Split(':', 6) is ["arn", _, "kms", { Length: > 0 } region, _, _] ? region : otherRegion;

    private static string? DefaultProfileRegion(string? location) =>
        new CredentialProfileStoreChain(location).TryGetProfile(Variable("AWS_PROFILE") ?? "default", out var profile)
            ? profile.Region?.SystemName
            : null;

    private static string? Variable(string name) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;
}
