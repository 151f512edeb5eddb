using System.Collections.Concurrent;
using CseKms.Core.Aws;
using CseKms.Core.Materials;
using CseKms.Core.Transfer;

namespace CseKms.Core.Session;

/// <summary>
/// What calls share: a client for each identity, endpoint and region, and a keyring for each KMS identity, endpoint, region and key
/// id as given. No data key is kept. Thread-safe.
/// </summary>
public sealed class EncryptionSession
{
    private readonly IdentityResolver _identities = new();
    private readonly ConcurrentDictionary<ClientKey, Lazy<CachedClient>> _clients = new();
    private readonly ConcurrentDictionary<KeyringKey, Lazy<CachedKeyring>> _keyrings = new();

    /// <summary>Resolves identity and region and gives a client for one call.</summary>
    /// <exception cref="CseFault">Credentials, profile or region are missing or wrong, or the encryption context uses a reserved name.</exception>
    public async Task<S3EncryptionClient> OpenAsync(
        ConnectionSettings connection, EncryptionSettings encryption, TransferSettings transfer, CancellationToken cancellationToken)
    {
        var identity = await _identities.ResolveAsync(connection, cancellationToken).ConfigureAwait(false);
        var region = RegionResolver.ForS3(connection, identity);
        var client = _clients
            .GetOrAdd(
                new ClientKey(
                    identity.CacheKey, region, Endpoint(connection.EndpointUrl, "S3"), connection.ForcePathStyleAddressing),
                key => new Lazy<CachedClient>(() => new CachedClient(identity, key)))
            .Value;
        var materialsManager = encryption.KmsKeyId is { } keyId
            ? new CryptographicMaterialsManager(
                await KeyringAsync(identity, connection, keyId, region, cancellationToken).ConfigureAwait(false), encryption)
            : null;
        return new S3EncryptionClient(client.Gateway, client.Counters, materialsManager, transfer);
    }

    /// <summary>What is cached at this moment.</summary>
    public SessionDescription Describe() => new(
        [.. _clients.Select(entry => entry.Value.Value.Describe(entry.Key))],
        [.. _keyrings.Select(entry => entry.Value.Value.Describe(entry.Key))]);

    /// <summary>Forgets all clients and keyrings. Calls that run go on with theirs.</summary>
    public void Clear()
    {
        _clients.Clear();
        _keyrings.Clear();
    }

    private async Task<KmsKeyring> KeyringAsync(
        Identity s3Identity, ConnectionSettings connection, string keyId, string s3Region, CancellationToken cancellationToken)
    {
        var (identity, region) = (s3Identity, s3Region);
        if (connection.KmsProfileName is { } profile)
        {
            var settings = new ConnectionSettings { ProfileName = profile, ProfileLocation = connection.ProfileLocation };
            identity = await _identities.ResolveAsync(settings, cancellationToken).ConfigureAwait(false);
            region = identity.Region ?? s3Region;
        }

        return _keyrings
            .GetOrAdd(
                new KeyringKey(
                    identity.CacheKey, RegionResolver.ForKms(keyId, region), Endpoint(connection.KmsEndpointUrl, "KMS"), keyId),
                key => new Lazy<CachedKeyring>(() => new CachedKeyring(identity, key)))
            .Value.Keyring;
    }

    // The environment is asked at each call, so that a changed variable is not served by an old client.
    private static string? Endpoint(string? given, string service) =>
        given
        ?? (string.Equals(Environment.GetEnvironmentVariable("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"), "true", StringComparison.OrdinalIgnoreCase)
            ? null
            : NonEmpty(Environment.GetEnvironmentVariable($"AWS_ENDPOINT_URL_{service}"))
                ?? NonEmpty(Environment.GetEnvironmentVariable("AWS_ENDPOINT_URL")));

    private static string? NonEmpty(string? value) => string.IsNullOrEmpty(value) ? null : value;

    private sealed record ClientKey(string Identity, string Region, string? EndpointUrl, bool ForcePathStyle);

    private sealed record KeyringKey(string Identity, string Region, string? EndpointUrl, string KmsKeyId);

    private sealed class CachedClient(Identity identity, ClientKey key)
    {
        public S3Gateway Gateway { get; } = new(ClientFactory.S3(identity, key.Region, key.EndpointUrl, key.ForcePathStyle));

        public TransferCounters Counters { get; } = new();

        public ClientDescription Describe(ClientKey key) => new(
            identity.Description,
            key.Region,
            key.EndpointUrl,
            Counters.ObjectsSent,
            Counters.ObjectsReceived,
            Counters.BytesSent,
            Counters.BytesReceived);
    }

    private sealed class CachedKeyring(Identity identity, KeyringKey key)
    {
        public KmsKeyring Keyring { get; } = new(
            new KmsGateway(ClientFactory.Kms(identity, key.Region, key.EndpointUrl)), key.KmsKeyId);

        public KeyringDescription Describe(KeyringKey key) => new(
            key.KmsKeyId, identity.Description, key.Region, key.EndpointUrl, Keyring.GeneratedCount, Keyring.DecryptedCount);
    }
}
