using CseKms.Binding;
using CseKms.Core.Aws.Identity;

namespace CseKms;

/// <summary>What stands in for parameters that a call does not give. Immutable.</summary>
internal sealed record SessionDefaults
{
    /// <summary>Objects worked on at once when neither the call nor the session says.</summary>
    public const int UsualThrottleLimit = 16;

    public string? BucketName { get; init; }

    public string? KeyPrefix { get; init; }

    public string? KmsKeyId { get; init; }

    public IReadOnlyDictionary<string, string>? EncryptionContext { get; init; }

    public CommitmentPolicy? CommitmentPolicy { get; init; }

    public string? Region { get; init; }

    public CallerIdentity? Identity { get; init; }

    public string? KmsProfileName { get; init; }

    public string? EndpointUrl { get; init; }

    public string? KmsEndpointUrl { get; init; }

    public bool ForcePathStyleAddressing { get; init; }

    public bool UseDualstackEndpoint { get; init; }

    public bool UseFipsEndpoint { get; init; }

    public int? ThrottleLimit { get; init; }

    public long? MemoryLimit { get; init; }

    /// <summary>A code of an MFA device that waits for its first and only use.</summary>
    public string? MfaCode { get; init; }

    /// <summary>Does not show secrets.</summary>
    public override string ToString() => nameof(SessionDefaults);
}

/// <summary>
/// Who calls AWS. Keys, token and profile come together from a call or together from the session, never mixed: else a profile that is
/// named would lose against keys that were set before.
/// </summary>
internal sealed record CallerIdentity(
    ForeignCredential? Credential, string? ProfileName, string? ProfileLocation, string? AccessKey, string? SecretKey, string? SessionToken)
{
    /// <summary>The identity that was given, or <see langword="null"/> when none was. An empty text is none.</summary>
    public static CallerIdentity? Given(
        ForeignCredential? credential, string? profileName, string? profileLocation, string? accessKey, string? secretKey, string? sessionToken)
    {
        var identity = new CallerIdentity(
            credential, NonEmpty(profileName), NonEmpty(profileLocation), NonEmpty(accessKey), NonEmpty(secretKey), NonEmpty(sessionToken));
        return identity == new CallerIdentity(null, null, null, null, null, null) ? null : identity;
    }

    /// <summary>Does not show secrets.</summary>
    public override string ToString() => nameof(CallerIdentity);

    private static string? NonEmpty(string? text) => string.IsNullOrEmpty(text) ? null : text;
}
