using System.Globalization;
using Amazon.Runtime.CredentialManagement;

namespace CseKms.Core.Aws.Identity;

/// <summary>
/// The environment's variables and the profiles of the shared configuration. Both are asked each time, so that a change is not overlooked.
/// </summary>
/// <param name="profileLocation">Path of the credentials file, when it is not the usual one.</param>
internal sealed class AwsConfiguration(string? profileLocation)
{
    private const string DefaultProfile = "default";

    /// <summary>The profiles; those of the SDK's own store on Windows too.</summary>
    public CredentialProfileStoreChain Profiles { get; } = new(profileLocation);

    /// <summary>The profile that the environment names, if it names one.</summary>
    public static string? EnvironmentProfile => Variable("AWS_PROFILE");

    /// <summary>The name of the profile that serves when none is given.</summary>
    public static string UsualProfile => EnvironmentProfile ?? DefaultProfile;

    /// <summary>The region that the environment names, if it names one.</summary>
    public static string? EnvironmentRegion => Variable("AWS_REGION") ?? Variable("AWS_DEFAULT_REGION");

    /// <summary>A variable; an empty one is none.</summary>
    public static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;

    /// <summary>A variable that is true or false; anything else is none.</summary>
    public static bool? Flag(string name) => bool.TryParse(Variable(name), out var value) ? value : null;

    /// <summary>A variable that is a number from 1 on; anything else is none.</summary>
    public static int? Number(string name) =>
        int.TryParse(Variable(name), NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value > 0 ? value : null;

    /// <summary>A profile by its name.</summary>
    public CredentialProfile? Profile(string name) => Profiles.TryGetProfile(name, out var profile) ? profile : null;
}
