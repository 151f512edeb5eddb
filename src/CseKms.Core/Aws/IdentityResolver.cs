using System.Globalization;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using Amazon.Runtime;
using Amazon.Runtime.CredentialManagement;
using Amazon.Runtime.Credentials;
using Amazon.S3;
using CseKms.Core.Session;

namespace CseKms.Core.Aws;

/// <summary>
/// Finds credentials: explicit keys, a named profile, the environment, the default profile, then what the SDK finds by itself.
/// Thread-safe.
/// </summary>
internal sealed class IdentityResolver
{
    // The SDK asks the network for instance credentials last, with time-outs and retries of its own.
    private static readonly TimeSpan SearchTimeout = TimeSpan.FromSeconds(8);

    private readonly byte[] _hashKey = RandomNumberGenerator.GetBytes(32);

    /// <exception cref="CseFault">
    /// <see cref="Fault.ProfileNotFound"/>, <see cref="Fault.CredentialsNotFound"/>, <see cref="Fault.CredentialsInvalid"/>.
    /// </exception>
    public async Task<Identity> ResolveAsync(ConnectionSettings settings, CancellationToken cancellationToken)
    {
        if (settings.Credential is { } source)
        {
            return new Identity(CacheKey("source", source.Id), "credential", Region: null, new SourcedAwsCredentials(source));
        }

        if (settings.AccessKey is not null || settings.SecretKey is not null)
        {
            return settings is { AccessKey: not null, SecretKey: not null }
                ? FromKeys("access key", settings.AccessKey, settings.SecretKey, settings.SessionToken)
                : throw new CseFault(Fault.CredentialsInvalid, "Give -AccessKey and -SecretKey together.");
        }

        if (settings.ProfileName is { } name)
        {
            return FromProfile(name, settings.ProfileLocation) ?? throw new CseFault(
                Fault.ProfileNotFound,
                $"There is no profile '{name}'{(settings.ProfileLocation is { } file ? $" in '{file}'" : " in the shared AWS configuration")}. " +
                "Check -ProfileName and -ProfileLocation.");
        }

        return FromEnvironment()
            ?? FromProfile(Variable("AWS_PROFILE") ?? "default", settings.ProfileLocation)
            ?? await FromSdkChainAsync(cancellationToken).ConfigureAwait(false);
    }

    private Identity? FromEnvironment() =>
        Variable("AWS_ACCESS_KEY_ID") is { } accessKey && Variable("AWS_SECRET_ACCESS_KEY") is { } secretKey
            ? FromKeys("environment", accessKey, secretKey, Variable("AWS_SESSION_TOKEN"))
            : null;

    private Identity FromKeys(string source, string accessKey, string secretKey, string? sessionToken) => new(
        CacheKey(source, accessKey, secretKey, sessionToken),
        source,
        Region: null,
        string.IsNullOrEmpty(sessionToken)
            ? new BasicAWSCredentials(accessKey, secretKey)
            : new SessionAWSCredentials(accessKey, secretKey, sessionToken));

    private Identity? FromProfile(string name, string? location)
    {
        var chain = new CredentialProfileStoreChain(location);
        if (!chain.TryGetProfile(name, out var profile))
        {
            return null;
        }

        if (profile.Options.MfaSerial is not null)
        {
            throw new CseFault(
                Fault.CredentialsInvalid,
                $"The profile '{name}' asks for an MFA code, which is not supported yet. Sign in with another tool and give the temporary keys by " +
                "-AccessKey, -SecretKey and -SessionToken, or by -Credential.");
        }

        try
        {
            return new Identity(
                CacheKey([name, location, .. Values(profile.Options)]),
                $"profile {name}",
                profile.Region?.SystemName,
                AWSCredentialsFactory.GetAWSCredentials(profile, chain));
        }
        catch (Exception e) when (e is InvalidDataException or AmazonClientException)
        {
            throw new CseFault(Fault.CredentialsInvalid, $"The profile '{name}' gives no credentials: {e.Message}", e);
        }
    }

    private async Task<Identity> FromSdkChainAsync(CancellationToken cancellationToken)
    {
        try
        {
            var credentials = await DefaultAWSCredentialsIdentityResolver
                .GetCredentialsAsync(new AmazonS3Config())
                .WaitAsync(SearchTimeout, cancellationToken)
                .ConfigureAwait(false);
            return new Identity(CacheKey(credentials.GetType().Name), credentials.GetType().Name, Region: null, credentials);
        }
        catch (Exception e) when (e is AmazonClientException or AmazonServiceException or TimeoutException)
        {
            throw new CseFault(
                Fault.CredentialsNotFound,
                "No AWS credentials were found. Give -ProfileName or -AccessKey and -SecretKey, set AWS_PROFILE or AWS_ACCESS_KEY_ID " +
                "and AWS_SECRET_ACCESS_KEY, or set one of them for the session by Set-CseSession.",
                e);
        }
    }

    // Any change of a profile makes another identity, so that an edited profile is never served by an old client.
    private static IEnumerable<string?> Values(CredentialProfileOptions options) =>
        typeof(CredentialProfileOptions)
            .GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .OrderBy(property => property.Name, StringComparer.Ordinal)
            .Select(property => Convert.ToString(property.GetValue(options), CultureInfo.InvariantCulture));

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
