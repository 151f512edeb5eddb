using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using CseKms.Sandbox.Http;
using CseKms.Sandbox.Kms;
using CseKms.Sandbox.S3;
using CseKms.Sandbox.SigV4;
using CseKms.Sandbox.Sso;
using CseKms.Sandbox.Sts;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace CseKms.Sandbox;

/// <summary>S3, KMS, STS and SSO on loopback, over HTTP and HTTPS. Dispose it to end it and to remove what it stored.</summary>
public sealed class SandboxServer : IAsyncDisposable
{
    public const string AccountId = "111122223333";
    internal const string OwnerId = "75aa57f09aa0c8caeab4f8c24e99d10f8e7faeebf76c078efc7c6caea54ba06a";

    private readonly IdentityStore _identities;
    private readonly RoleTrust _trust = new();
    private readonly AccessRules _access = new();
    private readonly KeyStore _keys;
    private readonly S3Store _store;
    private readonly Dispatcher _dispatcher;
    private readonly string _folder;
    private readonly Upstream? _upstream;
    private WebApplication? _app;
    private int _disposed;

    private SandboxServer(SandboxOptions options)
    {
        _folder = Directory.CreateTempSubdirectory("csekms-sandbox-").FullName;
        if (options.TemporaryFolder is { } parent)
        {
            Directory.Delete(_folder);
            _folder = Path.Combine(parent, Path.GetFileName(_folder));
            Directory.CreateDirectory(_folder);
        }
        _store = new S3Store(_folder, options.TimeProvider);
        _keys = new KeyStore(options.TimeProvider);
        Objects = new SandboxObjects(_store);
        Certificate = SandboxCertificate.Create(DateTimeOffset.UtcNow);
        _identities = new IdentityStore(options.TimeProvider);
        Root = _identities.AddRoot();
        Admin = AddIdentity("admin");
        Worker = AddIdentity("worker");
        Sso = new SandboxSso(options.TimeProvider);
        Faults = new SandboxFaults(options.TimeProvider);
        _upstream = options.Upstream is { } url ? new Upstream(url) : null;
        _dispatcher = new Dispatcher(
            new S3Service(_store, _access), new KmsService(_keys, _access),
            new StsService(_identities, _trust, _access, () => SessionLifetime),
            new SsoService(Sso, _identities, _access, () => SessionLifetime),
            new SignatureVerifier(_identities.Find, options.TimeProvider), Requests, Faults, () => Latency, _upstream, options.TimeProvider);
    }

    /// <summary>The endpoint of all services alike, without a trailing slash.</summary>
    public string HttpUrl { get; private set; } = "";

    public string HttpsUrl { get; private set; } = "";

    /// <summary>What a client trusts to speak to <see cref="HttpsUrl"/>.</summary>
    public X509Certificate2 Certificate { get; }

    /// <summary>The certificate without its key, as a PEM file that lives as long as the sandbox.</summary>
    public string CertificateFile => Path.Combine(_folder, "certificate.pem");

    /// <summary>The account's root user.</summary>
    public SandboxIdentity Root { get; }

    public SandboxIdentity Admin { get; }

    public SandboxIdentity Worker { get; }

    public SandboxObjects Objects { get; }

    public SandboxSso Sso { get; }

    public SandboxRequests Requests { get; } = new();

    public SandboxFaults Faults { get; }

    /// <summary>Added before every request.</summary>
    public TimeSpan Latency { get; set; }

    /// <summary>How long sessions last that STS and SSO give out, whatever was asked; null for what was asked.</summary>
    public TimeSpan? SessionLifetime { get; set; }

    public static async Task<SandboxServer> StartAsync(SandboxOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= new SandboxOptions();
        var server = new SandboxServer(options);
        try
        {
            await File.WriteAllTextAsync(server.CertificateFile, server.Certificate.ExportCertificatePem() + "\n", cancellationToken);
            await server.ListenAsync(options.HttpPort, options.HttpsPort, cancellationToken);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Adds a role of the account, with an access key of its own.</summary>
    public SandboxIdentity AddIdentity(string name) => _identities.AddRole(name);

    /// <summary>Issues temporary credentials, with a session token, for the same principal.</summary>
    public SandboxIdentity AddSession(SandboxIdentity identity, TimeSpan lifetime, string sessionName = "session") =>
        _identities.AddSession(identity, lifetime, sessionName);

    /// <summary>Takes an access key away.</summary>
    public void RemoveIdentity(SandboxIdentity identity) => _identities.Remove(identity);

    public SandboxMfaDevice AddMfaDevice(string name) => _trust.AddDevice(name);

    /// <summary>Lets a role be assumed only with a code of this device.</summary>
    public void RequireMfa(SandboxIdentity role, SandboxMfaDevice device) => _trust.RequireMfa(role, device);

    /// <summary>Lets a role be assumed only by who knows its external ID.</summary>
    public void RequireExternalId(SandboxIdentity role, string externalId) => _trust.RequireExternalId(role, externalId);

    /// <summary>Issues a token of an identity provider, with which anyone assumes the role.</summary>
    public string AddWebIdentityToken(SandboxIdentity role) => _trust.AddWebIdentity(role);

    /// <summary>Denies an operation, such as <c>PutObject</c> or <c>Decrypt</c>, or <c>*</c> for all, as a policy of the role would.</summary>
    public void Deny(SandboxIdentity identity, string operation) => _access.Deny(identity, operation);

    /// <summary>Takes back what <see cref="Deny"/> denied.</summary>
    public void Allow(SandboxIdentity identity, string operation) => _access.Allow(identity, operation);

    /// <summary>Creates a KMS key and returns its ARN.</summary>
    /// <param name="alias">With or without <c>alias/</c>.</param>
    /// <param name="isMultiRegion">Whether it can have replicas.</param>
    public string CreateKey(string region = "us-east-1", string? alias = null, bool isMultiRegion = false)
    {
        var key = _keys.Create(region, "", KeyPolicy.Default, isMultiRegion);
        if (alias is not null)
        {
            _keys.AddAlias(region, alias.StartsWith("alias/", StringComparison.Ordinal) ? alias : "alias/" + alias, key);
        }
        return key.Arn;
    }

    /// <summary>Makes a replica of a multi-Region key and returns its ARN.</summary>
    public string ReplicateKey(string keyArn, string region) => _keys.Replicate(KeyOf(keyArn), region).Arn;

    /// <summary>A data key of 32 bytes, and what the key wraps it as, without a request.</summary>
    public (byte[] Plaintext, byte[] Ciphertext) GenerateDataKey(string keyArn, IReadOnlyDictionary<string, string> encryptionContext)
    {
        var dataKey = RandomNumberGenerator.GetBytes(32);
        return (dataKey, CiphertextBlob.Seal(KeyOf(keyArn), dataKey, encryptionContext));
    }

    /// <summary>Lets whoever gives the token use a key, whatever its policy says.</summary>
    public void Grant(string keyArn, string token) => _access.Grant(keyArn, token);

    /// <summary>Replaces a key's policy, without the check against locking oneself out.</summary>
    public void PutKeyPolicy(string keyArn, string json) => KeyOf(keyArn).Policy = KeyPolicy.Parse(json);

    public void EnableKey(string keyArn) => KeyOf(keyArn).State = KeyState.Enabled;

    public void DisableKey(string keyArn) => KeyOf(keyArn).State = KeyState.Disabled;

    /// <param name="encryption">
    /// The default: under <c>aws:kms</c> ETags are no hashes, under <c>AES256</c> they are MD5s, which the SDK for .NET
    /// then checks and which slow the sandbox down.
    /// </param>
    /// <param name="objectLock">Whether its objects can be locked, for which it must be versioned.</param>
    /// <param name="requesterPays">Refuses whoever does not say that he pays: here the owner too.</param>
    /// <param name="acls">What it takes of ACLs.</param>
    public void CreateBucket(
        string name, string region = "us-east-1", bool versioned = false, string encryption = "aws:kms", bool objectLock = false,
        bool requesterPays = false, BucketAcls acls = BucketAcls.Disabled) => _store.AddBucket(new Bucket(name, region, _store.Now, encryption)
        {
            Versioning = versioned || objectLock ? Versioning.Enabled : Versioning.Unversioned,
            HasObjectLock = objectLock,
            RequesterPays = requesterPays,
            Acls = acls,
        });

    /// <summary>Closes all connections and refuses new ones, until <see cref="AcceptConnectionsAsync"/>.</summary>
    public async Task RefuseConnectionsAsync()
    {
        if (Interlocked.Exchange(ref _app, null) is not { } app)
        {
            return;
        }
        // Open connections are of no use to anyone any more: a cancelled token closes them at once.
        await app.StopAsync(new CancellationToken(canceled: true));
        // Kestrel waits a second for them and no longer, and one that still stores a body is in the way of the folder's end.
        await Requests.WaitForIdleAsync();
        await app.DisposeAsync();
    }

    /// <summary>Listens at the same addresses again.</summary>
    public Task AcceptConnectionsAsync(CancellationToken cancellationToken = default) =>
        ListenAsync(new Uri(HttpUrl).Port, new Uri(HttpsUrl).Port, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }
        Faults.Clear();
        await RefuseConnectionsAsync();
        _upstream?.Dispose();
        Certificate.Dispose();
        try
        {
            Directory.Delete(_folder, recursive: true);
        }
        catch (DirectoryNotFoundException)
        {
            // Somebody cleared the temporary folder meanwhile.
        }
    }

    private async Task ListenAsync(int httpPort, int httpsPort, CancellationToken cancellationToken)
    {
        // An empty builder reads neither configuration nor environment, which belong to whatever hosts the sandbox.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration();
        builder.Services.AddSingleton<IMemoryPoolFactory<byte>>(new LargeBlocks());
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Limits.MinRequestBodyDataRate = null;
            kestrel.Limits.MinResponseDataRate = null;
            kestrel.Limits.MaxRequestLineSize = 64 * 1024;
            // Byte for byte, since signatures cover the bytes and S3 takes metadata for Latin-1.
            kestrel.RequestHeaderEncodingSelector = _ => Encoding.Latin1;
            kestrel.ResponseHeaderEncodingSelector = _ => Encoding.Latin1;
            kestrel.Listen(IPAddress.Loopback, httpPort, listen => listen.Protocols = HttpProtocols.Http1);
            kestrel.Listen(IPAddress.Loopback, httpsPort, listen =>
            {
                listen.Protocols = HttpProtocols.Http1;
                listen.UseHttps(Certificate);
            });
        });
        var app = _app = builder.Build();
        app.Run(_dispatcher.HandleAsync);
        await app.StartAsync(cancellationToken);
        var addresses = ((IApplicationBuilder)app).ServerFeatures.Get<IServerAddressesFeature>()!.Addresses;
        HttpUrl = addresses.Single(a => a.StartsWith("http:", StringComparison.Ordinal));
        HttpsUrl = addresses.Single(a => a.StartsWith("https:", StringComparison.Ordinal));
    }

    private KmsKey KeyOf(string arn) => _keys.FindByArn(arn) ?? throw new KeyNotFoundException($"There is no key {arn}.");
}
