using Amazon.KeyManagementService;
using CseKms.Core.Aws;
using CseKms.Core.Aws.Http;
using CseKms.Core.Aws.Identity;
using CseKms.Core.Materials;
using CseKms.Core.Settings;

namespace CseKms.Core.Session;

/// <summary>
/// What calls share: the temporary keys of each profile, a client for each identity, endpoint and region, and a keyring for each KMS
/// identity, endpoint, region, key id as given and grant tokens; those that were used last, so many of each. No data key and no raw key is
/// kept. Thread-safe.
/// </summary>
public sealed class EncryptionSession
{
    // Of each kind. A process that calls as ever new identities must not keep clients, connections and keys of all of them.
    private const int MostCached = 64;

    private readonly IdentityResolver _identities = new();
    private readonly RecentlyUsed<ClientKey, CachedClient> _clients = new(MostCached);
    private readonly RecentlyUsed<(string Identity, ServiceEndpoint Endpoint), (IAmazonKeyManagementService Client, RequestRunner Runner)> _kms = new(MostCached);
    private readonly RecentlyUsed<KeyringKey, CachedKeyring> _keyrings = new(MostCached);

    /// <summary>
    /// Gives a client for one call, signed in to S3. KMS is signed in to, and its keyring opened, when the first data key is needed: what
    /// only lists needs neither.
    /// </summary>
    /// <exception cref="CseException">
    /// Credentials, profile, region or endpoint of S3 are missing or wrong, or the encryption context uses a reserved name.
    /// </exception>
    public async Task<S3EncryptionClient> OpenAsync(
        ConnectionSettings connection, EncryptionSettings encryption, TransferSettings transfer, CancellationToken cancellationToken)
    {
        var identity = await SignInAsync(connection, cancellationToken).ConfigureAwait(false);
        var region = RegionResolver.ForS3(connection, identity);
        var endpoint = ServiceEndpoint.OfS3(connection, region);
        var client = _clients.GetOrAdd(
            new ClientKey(
                identity.CacheKey,
                endpoint,
                connection.ForcePathStyleAddressing ?? endpoint.IsBareHost,
                connection.RequesterPays == true),
            key => new CachedClient(identity, key));
        var keyFinder = new KmsKeyFinder(async opening => Kms(await SignInToKmsAsync(connection, opening).ConfigureAwait(false), encryption));
        return new S3EncryptionClient(client.Gateway, client.Counters, Manage(connection, encryption), transfer, keyFinder)
        {
            Rewrapping = encryption.Rewrap is { } rewrap ? Manage(
                new ConnectionSettings { KmsProfileName = rewrap.KmsProfileName, KmsEndpointUrl = rewrap.KmsEndpointUrl }.Over(connection),
                encryption.ForRewrapping()) : null,
            NewPairs = encryption.Rewrap?.EncryptionContext,
        };

        CryptographicMaterialsManager? Manage(ConnectionSettings at, EncryptionSettings settings) =>
            MaterialsManager(settings, opening => SignInToKmsAsync(at, opening));

        Task<KmsCaller> SignInToKmsAsync(ConnectionSettings at, CancellationToken opening) => KmsCallerAsync(identity, at, region, opening);
    }

    /// <summary>Gives a client for files, which needs no S3. KMS is signed in to when the first data key is needed, and with a raw key never.</summary>
    /// <exception cref="CseException">The encryption context uses a reserved name, or does not go with the kind of key.</exception>
    public FileEncryptionClient OpenFiles(ConnectionSettings connection, EncryptionSettings encryption, TransferSettings transfer)
    {
        return new FileEncryptionClient(MaterialsManager(encryption, SignInToKmsAsync), transfer);

        async Task<KmsCaller> SignInToKmsAsync(CancellationToken opening)
        {
            var identity = await SignInAsync(connection, opening).ConfigureAwait(false);
            var ofKey = encryption.Key is KeySource.KmsKeys keys ? RegionResolver.ForKms(keys.KeyIds[0], otherRegion: "") : "";
            var region = ofKey.Length > 0 ? ofKey : RegionResolver.ForS3(connection, identity);
            return await KmsCallerAsync(identity, connection, region, opening).ConfigureAwait(false);
        }
    }

    /// <summary>Refuses settings that every call would refuse, without asking AWS. What is not given is not looked for.</summary>
    /// <param name="connection">Where and as whom calls are made.</param>
    /// <param name="encryptionContext">What is bound to data keys, if anything is.</param>
    /// <exception cref="CseException">Why they are refused.</exception>
    public static void Check(ConnectionSettings connection, IReadOnlyDictionary<string, string>? encryptionContext)
    {
        CryptographicMaterialsManager.EnsureNotReserved(encryptionContext ?? new Dictionary<string, string>());
        if (connection.EndpointUrl is not null)
        {
            ServiceEndpoint.OfS3(connection, region: "");
        }

        if (connection.KmsEndpointUrl is not null)
        {
            ServiceEndpoint.OfKms(connection, region: "");
        }

        if (connection.Identity is { } identity)
        {
            IdentityResolver.Check(identity);
        }

        if (KmsIdentity(connection) is { } kmsIdentity)
        {
            IdentityResolver.Check(kmsIdentity);
        }
    }

    /// <summary>What is cached at this moment.</summary>
    public SessionDescription Describe() => new(
        [.. _clients.Snapshot().Select(entry => entry.Value.Describe(entry.Key))],
        [.. _keyrings.Snapshot().Select(entry => entry.Value.Describe(entry.Key))]);

    /// <summary>Forgets all clients, keyrings and temporary keys. Calls that run go on with theirs.</summary>
    public void Clear()
    {
        _identities.Clear();
        _clients.Clear();
        _keyrings.Clear();
        _kms.Clear();
    }

    private async Task<ResolvedIdentity> SignInAsync(ConnectionSettings connection, CancellationToken cancellationToken)
    {
        var identity = await _identities.ResolveAsync(connection, cancellationToken).ConfigureAwait(false);
        await CredentialErrors.KeysAsync(
            identity.Description, () => identity.Credentials.GetCredentialsAsync().WaitAsync(cancellationToken), cancellationToken).ConfigureAwait(false);
        return identity;
    }

    private CryptographicMaterialsManager? MaterialsManager(EncryptionSettings encryption, Func<CancellationToken, Task<KmsCaller>> signInToKms) =>
        encryption.Key switch
        {
            null => null,
            KeySource.RawKeySource raw => new CryptographicMaterialsManager(RawKeyring.Of(raw.Keys), encryption),
            var key => new CryptographicMaterialsManager(
                new LazyKmsKeyring(async opening => OpenKeyring(await signInToKms(opening).ConfigureAwait(false), encryption, key)), encryption),
        };

    // KMS is called as S3 is, unless by a profile of its own.
    private async Task<KmsCaller> KmsCallerAsync(
        ResolvedIdentity s3Identity, ConnectionSettings connection, string s3Region, CancellationToken cancellationToken)
    {
        if (KmsIdentity(connection) is not { } kmsIdentity)
        {
            return new KmsCaller(s3Identity, connection, s3Region);
        }

        var settings = connection with { Identity = kmsIdentity };
        var identity = await SignInAsync(settings, cancellationToken).ConfigureAwait(false);
        return new KmsCaller(identity, settings, identity.Region ?? s3Region);
    }

    private IKeyring OpenKeyring(KmsCaller caller, EncryptionSettings encryption, KeySource key)
    {
        if (key is KeySource.KmsDiscovery discovery)
        {
            return new KmsDiscoveryKeyring(Kms(caller, encryption), discovery.Partition, [.. discovery.Accounts]);
        }

        KeyringKey[] keys = [.. ((KeySource.KmsKeys)key).KeyIds.Select(keyId => new KeyringKey(
            caller.Identity.CacheKey,
            ServiceEndpoint.OfKms(caller.Settings, RegionResolver.ForKms(keyId, caller.Region)),
            keyId,
            string.Join(' ', encryption.GrantTokens)))];
        TellKeysInTheClear(keys[0].Endpoint, encryption);
        KmsKeyring[] keyrings = [.. keys.Select(one => _keyrings
            .GetOrAdd(one, _ => new CachedKeyring(caller.Identity, one, Kms(caller.Identity, one.Endpoint, encryption.GrantTokens))).Keyring)];
        return keyrings.Length == 1 ? keyrings[0] : new MultiKeyring(keyrings);
    }

    private static void TellKeysInTheClear(ServiceEndpoint kms, EncryptionSettings encryption)
    {
        if (kms.IsInTheClear)
        {
            encryption.KeysInTheClear?.Invoke(kms.Url!);
        }
    }

    // KMS in the caller's region, for data keys whose KMS key is not known.
    private KmsGateway Kms(KmsCaller caller, EncryptionSettings encryption)
    {
        var endpoint = ServiceEndpoint.OfKms(caller.Settings, caller.Region);
        TellKeysInTheClear(endpoint, encryption);
        return Kms(caller.Identity, endpoint, encryption.GrantTokens);
    }

    private static CallerIdentity? KmsIdentity(ConnectionSettings connection) => connection.KmsProfileName is { } profile
        ? new CallerIdentity { ProfileName = profile, ProfileLocation = connection.Identity?.ProfileLocation }
        : null;

    // All keys of one identity and endpoint share a client and its pace.
    private KmsGateway Kms(ResolvedIdentity identity, ServiceEndpoint endpoint, IReadOnlyList<string> grantTokens)
    {
        var (client, runner) = _kms.GetOrAdd(
            (identity.CacheKey, endpoint), _ => (ClientFactory.Kms(identity, endpoint), ClientFactory.Runner(endpoint)));
        return new KmsGateway(client, grantTokens, runner);
    }

    private sealed record KmsCaller(ResolvedIdentity Identity, ConnectionSettings Settings, string Region);

    private sealed record ClientKey(string Identity, ServiceEndpoint Endpoint, bool ForcePathStyle, bool RequesterPays);

    private sealed record KeyringKey(string Identity, ServiceEndpoint Endpoint, string KmsKeyId, string GrantTokens);

    private sealed class CachedClient(ResolvedIdentity identity, ClientKey key)
    {
        public S3Gateway Gateway { get; } =
            new(key.Endpoint, endpoint => ClientFactory.S3(identity, endpoint, key.ForcePathStyle, key.RequesterPays));

        public TransferCounters Counters { get; } = new();

        public ClientDescription Describe(ClientKey key) => new(
            identity.Description,
            identity.Credentials.Expiration,
            key.Endpoint.Region,
            key.Endpoint.Url,
            Counters.ObjectsSent,
            Counters.ObjectsReceived,
            Counters.BytesSent,
            Counters.BytesReceived);
    }

    private sealed class CachedKeyring(ResolvedIdentity identity, KeyringKey key, KmsGateway kms)
    {
        public KmsKeyring Keyring { get; } = new(kms, key.KmsKeyId);

        public KeyringDescription Describe(KeyringKey key) => new(
            key.KmsKeyId,
            identity.Description,
            identity.Credentials.Expiration,
            key.Endpoint.Region,
            key.Endpoint.Url,
            Keyring.GeneratedCount,
            Keyring.DecryptedCount);
    }
}
