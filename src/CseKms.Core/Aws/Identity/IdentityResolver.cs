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
using Amazon.SecurityToken;
using Amazon.SSO;
using Amazon.SSOOIDC;
using CseKms.Core.Settings;

namespace CseKms.Core.Aws.Identity;

/// <summary>
/// Finds credentials: explicit keys, a named profile, credentials from outside, the environment, the default profile, then what the
/// SDK finds by itself. Keeps what profiles gave. Thread-safe.
/// </summary>
internal sealed class IdentityResolver
{
    // The SDK asks the network for instance credentials last, with time-outs and retries of its own.
    private static readonly TimeSpan SearchTimeout = TimeSpan.FromSeconds(8);

    // A process that calls as ever new identities must not keep the keys of all of them.
    private const int MostKnown = 64;

    // Where the environment says that keys come from.
    private static readonly string[] ChainVariables =
    [
        "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_ROLE_ARN", "AWS_ROLE_SESSION_NAME",
        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI",
        "AWS_CONTAINER_AUTHORIZATION_TOKEN", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
    ];

    // And the keys themselves, which a profile may name as its source.
    private static readonly string[] SourceVariables =
        ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", .. ChainVariables];

    private readonly byte[] _hashKey = RandomNumberGenerator.GetBytes(32);
    private readonly RecentlyUsed<string, ResolvedIdentity> _known = new(MostKnown);
    private readonly RecentlyUsed<string, ProcessCredentials> _processes = new(MostKnown);

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
        var caller = settings.Identity ?? new CallerIdentity();
        if (KeysOf(caller) is var (accessKey, secretKey))
        {
            return FromKeys("access key", accessKey, secretKey, caller.SessionToken);
        }

        var configuration = new AwsConfiguration(caller.ProfileLocation);
        if (caller.ProfileName is { } name)
        {
            return await FromProfileAsync(name, configuration, settings, cancellationToken).ConfigureAwait(false) ?? throw NoProfile(name, caller);
        }

        if (caller.Credential is { } source)
        {
            return new ResolvedIdentity(CacheKey("source", source.Id), "credential", Region: null, new SourcedAwsCredentials(source));
        }

        if (FromEnvironment() is { } environment)
        {
            return environment;
        }

        return await FromProfileAsync(AwsConfiguration.UsualProfile, configuration, settings, cancellationToken).ConfigureAwait(false)
            ?? (AwsConfiguration.EnvironmentProfile is { } missing
                ? throw new CseException(
                    ErrorId.ProfileNotFound, $"There is no profile '{missing}', which AWS_PROFILE names.")
                : await FromSdkChainAsync(cancellationToken).ConfigureAwait(false));
    }

    /// <summary>Refuses keys and profiles that every call would refuse, without asking AWS or running a program.</summary>
    /// <inheritdoc cref="ResolveAsync" path="/exception"/>
    public static void Check(CallerIdentity caller)
    {
        if (KeysOf(caller) is null && caller.ProfileName is { } name && Find(name, new AwsConfiguration(caller.ProfileLocation)) is null)
        {
            throw NoProfile(name, caller);
        }
    }

    /// <summary>Forgets the temporary keys of all profiles.</summary>
    public void Clear()
    {
        _known.Clear();
        _processes.Clear();
    }

    private ResolvedIdentity? FromEnvironment() =>
        AwsConfiguration.Variable("AWS_ACCESS_KEY_ID") is { } accessKey && AwsConfiguration.Variable("AWS_SECRET_ACCESS_KEY") is { } secretKey
            ? FromKeys("environment", accessKey, secretKey, AwsConfiguration.Variable("AWS_SESSION_TOKEN"))
            : null;

    private ResolvedIdentity FromKeys(string source, string accessKey, string secretKey, string? sessionToken) => new(
        CacheKey(source, accessKey, secretKey, sessionToken),
        source,
        Region: null,
        string.IsNullOrEmpty(sessionToken)
            ? new BasicAWSCredentials(accessKey, secretKey)
            : new SessionAWSCredentials(accessKey, secretKey, sessionToken));

    private async Task<ResolvedIdentity?> FromProfileAsync(
        string name, AwsConfiguration configuration, ConnectionSettings settings, CancellationToken cancellationToken)
    {
        if (Find(name, configuration) is not var (profile, found))
        {
            return null;
        }

        try
        {
            List<string?> parts = [name, settings.Identity?.ProfileLocation, profile.Region?.SystemName, .. Values(profile, configuration)];
            ProcessCredentials? process = null;
            if (Innermost(found) is ProcessAWSCredentials program)
            {
                process = await RunAsync(name, program, CacheKey(parts)).WaitAsync(cancellationToken).ConfigureAwait(false);
                parts.AddRange(await process.LastingKeysAsync().ConfigureAwait(false));
            }

            // A profile's temporary keys serve all calls that name it, so that nobody is asked twice for one code.
            return _known.GetOrAdd(
                CacheKey(parts),
                key => new ResolvedIdentity(key, Describe(profile), profile.Region?.SystemName, Adapt(found, process, profile, settings)));
        }
        catch (Exception e) when (IsOfProfile(e))
        {
            throw NoCredentials(name, e);
        }
    }

    // The SDK follows the profile to its sources.
    private static (CredentialProfile Profile, AWSCredentials Credentials)? Find(string name, AwsConfiguration configuration)
    {
        if (configuration.Profile(name) is not { } profile)
        {
            return null;
        }

        try
        {
            return (profile, AWSCredentialsFactory.GetAWSCredentials(profile, configuration.Profiles));
        }
        catch (Exception e) when (IsOfProfile(e))
        {
            throw NoCredentials(name, e);
        }
    }

    private static (string AccessKey, string SecretKey)? KeysOf(CallerIdentity caller) => caller switch
    {
        { AccessKey: null, SecretKey: null } => null,
        { AccessKey: { } accessKey, SecretKey: { } secretKey } => (accessKey, secretKey),
        _ => throw new CseException(ErrorId.CredentialsInvalid, "An access key was given without its secret, or a secret without its access key."),
    };

    private static bool IsOfProfile(Exception e) => e is InvalidDataException or InvalidOperationException or AmazonClientException;

    private static CseException NoCredentials(string profile, Exception e) =>
        new(ErrorId.CredentialsInvalid, $"The profile '{profile}' gives no credentials: {e.Message}", e);

    private static CseException NoProfile(string name, CallerIdentity caller) => new(
        ErrorId.ProfileNotFound,
        $"There is no profile '{name}'{(caller.ProfileLocation is { } file ? $" in '{file}'" : " in the shared AWS configuration")}.");

    // What tells no end of its keys is run again by each call, as the AWS CLI does; other keys serve until they end.
    private async Task<ProcessCredentials> RunAsync(string profile, ProcessAWSCredentials program, string key)
    {
        var process = _processes.GetOrAdd(key, _ => new ProcessCredentials(profile, program));
        try
        {
            await process.GetCredentialsAsync().ConfigureAwait(false);
        }
        finally
        {
            if (process.Expiration is null)
            {
                _processes.Remove(key);
            }
        }

        return process;
    }

    private static AWSCredentials Innermost(AWSCredentials credentials) =>
        credentials is AssumeRoleAWSCredentials role ? Innermost(role.SourceCredentials) : credentials;

    // Roles, sign-ins and programs are done our way.
    private static AWSCredentials Adapt(
        AWSCredentials credentials, ProcessCredentials? process, CredentialProfile profile, ConnectionSettings settings) => credentials switch
        {
            AssumeRoleAWSCredentials role => new RoleCredentials(role, Adapt(role.SourceCredentials, process, profile, settings), new()
            {
                RegionEndpoint = RegionEndpoint.GetBySystemName(
                    profile.Region?.SystemName ?? settings.Region ?? AwsConfiguration.EnvironmentRegion ?? RegionEndpoint.USEast1.SystemName),
                Profile = new Profile(profile.Name, settings.Identity?.ProfileLocation),
            }),
            SSOAWSCredentials sso => new SsoCredentials(sso),
            ProcessAWSCredentials => process!,
            _ => credentials,
        };

    private static string Describe(CredentialProfile profile) =>
        profile.Options switch
        {
            { RoleArn: { } role } => $"profile {profile.Name}, {role}",
            { SsoRoleName: { } role } => $"profile {profile.Name}, {role} of account {profile.Options.SsoAccountId}",
            _ => $"profile {profile.Name}",
        };

    private async Task<ResolvedIdentity> FromSdkChainAsync(CancellationToken cancellationToken)
    {
        var key = CacheKey(["chain", .. ChainVariables.Select(AwsConfiguration.Variable)]);
        if (_known.TryGet(key, out var known))
        {
            return known;
        }

        try
        {
            // The SDK's shared instance would not see a variable change.
            using var chain = new DefaultAWSCredentialsIdentityResolver();
            var credentials = await chain
                .ResolveIdentityAsync(new AmazonS3Config(), cancellationToken)
                .WaitAsync(SearchTimeout, cancellationToken)
                .ConfigureAwait(false);
            return _known.GetOrAdd(key, _ => new ResolvedIdentity(key, credentials.GetType().Name, Region: null, credentials));
        }
        catch (Exception e) when (e is AmazonClientException or AmazonServiceException or TimeoutException)
        {
            throw new CseException(ErrorId.CredentialsNotFound, "No AWS credentials were found.", e);
        }
    }

    // Any change of a profile, or of what it takes its credentials from, makes another identity, so that it is never served by an old client.
    private static List<string?> Values(CredentialProfile profile, AwsConfiguration configuration)
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
            if (options.CredentialSource is not null)
            {
                values.AddRange(SourceVariables.Select(AwsConfiguration.Variable));
            }

            next = options.SourceProfile is { } source ? configuration.Profile(source) : null;
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
}
