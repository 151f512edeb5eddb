using System.Collections.Concurrent;
using System.Globalization;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using Amazon;
using Amazon.Runtime;
using Amazon.Runtime.CredentialManagement;
using Amazon.Runtime.Credentials;
using Amazon.RuntimeDependencies;
using Amazon.S3;
using Amazon.SSO;
using Amazon.SSOOIDC;
using Amazon.SecurityToken;
using CseKms.Core.Settings;

namespace CseKms.Core.Aws.Identity;

/// <summary>
/// Finds credentials: explicit keys, a named profile, credentials from outside, the environment, the default profile, then what the
/// SDK finds by itself. Keeps what profiles gave. Thread-safe.
/// </summary>
internal sealed class IdentityResolver
{
    private const string DefaultProfile = "default";

    // The SDK asks the network for instance credentials last, with time-outs and retries of its own.
    private static readonly TimeSpan SearchTimeout = TimeSpan.FromSeconds(8);

    private static readonly string[] ChainVariables =
    [
        "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_ROLE_ARN", "AWS_ROLE_SESSION_NAME",
        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    ];

    private readonly byte[] _hashKey = RandomNumberGenerator.GetBytes(32);
    private readonly ConcurrentDictionary<string, Lazy<ResolvedIdentity>> _known = new();

    // Left to itself, the SDK looks for the clients that its credentials need among all assemblies of the process, where those of
    // another AWSSDK may come first.
    static IdentityResolver()
    {
        var registry = GlobalRuntimeDependencyRegistry.Instance;
        registry.RegisterSecurityTokenServiceClient(context => new AmazonSecurityTokenServiceClient(
            new AnonymousAWSCredentials(), context.SecurityTokenServiceClientContextData.Region));
        registry.RegisterSSOClient(context => new AmazonSSOClient(new AnonymousAWSCredentials(), context.SSOClientContextData.Region));
        registry.RegisterSSOOIDCClient(context => new AmazonSSOOIDCClient(new AnonymousAWSCredentials(), context.SSOOIDCClientContextData.Region));
    }

    /// <exception cref="CseException">
    /// <see cref="ErrorId.ProfileNotFound"/>, <see cref="ErrorId.CredentialsNotFound"/>, <see cref="ErrorId.CredentialsInvalid"/>.
    /// </exception>
    public async Task<ResolvedIdentity> ResolveAsync(ConnectionSettings settings, CancellationToken cancellationToken)
    {
        if (settings.AccessKey is not null || settings.SecretKey is not null)
        {
            return settings is { AccessKey: not null, SecretKey: not null }
                ? FromKeys("access key", settings.AccessKey, settings.SecretKey, settings.SessionToken)
                : throw new CseException(ErrorId.CredentialsInvalid, "Give -AccessKey and -SecretKey together.");
        }

        if (settings.ProfileName is { } name)
        {
            return FromProfile(name, settings.ProfileLocation, settings.Region) ?? throw new CseException(
                ErrorId.ProfileNotFound,
                $"There is no profile '{name}'{(settings.ProfileLocation is { } file ? $" in '{file}'" : " in the shared AWS configuration")}. " +
                "Check -ProfileName and -ProfileLocation.");
        }

        if (settings.Credential is { } source)
        {
            return new ResolvedIdentity(CacheKey("source", source.Id), "credential", Region: null, new SourcedAwsCredentials(source));
        }

        if (FromEnvironment() is { } environment)
        {
            return environment;
        }

        if (Variable("AWS_PROFILE") is { } chosen)
        {
            return FromProfile(chosen, settings.ProfileLocation, settings.Region) ?? throw new CseException(
                ErrorId.ProfileNotFound, $"There is no profile '{chosen}', which AWS_PROFILE names. Correct it, or give -ProfileName.");
        }

        return FromProfile(DefaultProfile, settings.ProfileLocation, settings.Region)
            ?? await FromSdkChainAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Forgets the temporary keys of all profiles.</summary>
    public void Clear() => _known.Clear();

    private ResolvedIdentity? FromEnvironment() =>
        Variable("AWS_ACCESS_KEY_ID") is { } accessKey && Variable("AWS_SECRET_ACCESS_KEY") is { } secretKey
            ? FromKeys("environment", accessKey, secretKey, Variable("AWS_SESSION_TOKEN"))
            : null;

    private ResolvedIdentity FromKeys(string source, string accessKey, string secretKey, string? sessionToken) => new(
        CacheKey(source, accessKey, secretKey, sessionToken),
        source,
        Region: null,
        string.IsNullOrEmpty(sessionToken)
            ? new BasicAWSCredentials(accessKey, secretKey)
            : new SessionAWSCredentials(accessKey, secretKey, sessionToken));

    // A profile's temporary keys serve all calls that name it, so that nobody is asked twice for one code.
    private ResolvedIdentity Known(string key, Func<string, ResolvedIdentity> make)
    {
        try
        {
            return _known.GetOrAdd(key, _ => new Lazy<ResolvedIdentity>(() => make(key))).Value;
        }
        catch
        {
            _known.TryRemove(key, out _);
            throw;
        }
    }

    private ResolvedIdentity? FromProfile(string name, string? location, string? region)
    {
        var chain = new CredentialProfileStoreChain(location);
        if (!chain.TryGetProfile(name, out var profile))
        {
            return null;
        }

        try
        {
            return Known(
                CacheKey([name, location, .. Values(profile, chain)]),
                key => new ResolvedIdentity(key, Describe(profile), profile.Region?.SystemName, ProfileCredentials(profile, chain, location, region)));
        }
        catch (Exception e) when (e is InvalidDataException or AmazonClientException)
        {
            throw new CseException(ErrorId.CredentialsInvalid, $"The profile '{name}' gives no credentials: {e.Message}", e);
        }
    }

    private static AWSCredentials ProfileCredentials(CredentialProfile profile, CredentialProfileStoreChain chain, string? location, string? region)
    {
        var config = new AmazonSecurityTokenServiceConfig
        {
            RegionEndpoint = RegionEndpoint.GetBySystemName(
                profile.Region?.SystemName ?? region ?? Variable("AWS_REGION") ?? Variable("AWS_DEFAULT_REGION") ?? RegionEndpoint.USEast1.SystemName),
            Profile = new Profile(profile.Name, location),
        };
        return Adapt(AWSCredentialsFactory.GetAWSCredentials(profile, chain));

        // The SDK follows the profile to its sources; of what it finds, roles and sign-ins are done our way.
        AWSCredentials Adapt(AWSCredentials credentials) => credentials switch
        {
            AssumeRoleAWSCredentials role => new RoleCredentials(role, Adapt(role.SourceCredentials), config),
            SSOAWSCredentials sso => new SsoCredentials(sso),
            _ => credentials,
        };
    }

    private static string Describe(CredentialProfile profile) =>
        profile.Options switch
        {
            { RoleArn: { } role } => $"profile {profile.Name}, {role}",
            { SsoRoleName: { } role } => $"profile {profile.Name}, {role} of account {profile.Options.SsoAccountId}",
            _ => $"profile {profile.Name}",
        };

    private async Task<ResolvedIdentity> FromSdkChainAsync(CancellationToken cancellationToken)
    {
        var key = CacheKey(["chain", .. ChainVariables.Select(Variable)]);
        if (_known.TryGetValue(key, out var known))
        {
            return known.Value;
        }

        try
        {
            // The SDK's shared instance would not see a variable change.
            using var chain = new DefaultAWSCredentialsIdentityResolver();
            var credentials = await chain
                .ResolveIdentityAsync(new AmazonS3Config(), cancellationToken)
                .WaitAsync(SearchTimeout, cancellationToken)
                .ConfigureAwait(false);
            return Known(key, _ => new ResolvedIdentity(key, credentials.GetType().Name, Region: null, credentials));
        }
        catch (Exception e) when (e is AmazonClientException or AmazonServiceException or TimeoutException)
        {
            throw new CseException(
                ErrorId.CredentialsNotFound,
                "No AWS credentials were found. Give -ProfileName or -AccessKey and -SecretKey, set AWS_PROFILE or AWS_ACCESS_KEY_ID " +
                "and AWS_SECRET_ACCESS_KEY, or set one of them for the session by Set-CseSession.",
                e);
        }
    }

    // Any change of a profile, or of one that it takes its credentials from, makes another identity, so that an edited profile is
    // never served by an old client.
    private static List<string?> Values(CredentialProfile profile, CredentialProfileStoreChain chain)
    {
        var values = new List<string?>();
        var names = new HashSet<string>();
        for (var next = profile; next is not null && names.Add(next.Name);)
        {
            var options = next.Options;
            values.AddRange(typeof(CredentialProfileOptions)
                .GetProperties(BindingFlags.Public | BindingFlags.Instance)
                .OrderBy(property => property.Name, StringComparer.Ordinal)
                .Select(property => Convert.ToString(property.GetValue(options), CultureInfo.InvariantCulture)));
            next = options.SourceProfile is { } source && chain.TryGetProfile(source, out var found) ? found : null;
        }

        return values;
    }

    private string CacheKey(params IEnumerable<string?> parts)
    {
        using var hash = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, _hashKey);
        foreach (var part in parts)
        {
            var bytes = Encoding.UTF8.GetBytes(part ?? "");
            hash.AppendData(BitConverter.GetBytes(part is null ? -1 : bytes.Length));
            hash.AppendData(bytes);
        }

        return Convert.ToHexString(hash.GetHashAndReset());
    }

    private static string? Variable(string name) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;
}
