using Amazon.Runtime;
using CseKms.Core.Aws;
using CseKms.Core.Aws.Identity;
using CseKms.Core.Materials;
using CseKms.Core.Session;
using CseKms.Core.Settings;
using CseKms.Core.Tests;
using CseKms.Sandbox;
using Xunit;

[assembly: AssemblyFixture(typeof(SandboxFixture))]

namespace CseKms.Core.Tests;

/// <summary>A sandbox that all tests of the assembly share; each test takes a bucket of its own.</summary>
public sealed class SandboxFixture : IAsyncLifetime
{
    private int _buckets;

    public SandboxServer Server { get; private set; } = null!;

    public string KmsKeyArn { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Server = await SandboxServer.StartAsync();
        KmsKeyArn = Server.CreateKey();
    }

    public ValueTask DisposeAsync() => Server.DisposeAsync();

    public string NewBucket(bool versioned = false)
    {
        var name = $"bucket-{Interlocked.Increment(ref _buckets)}";
        Server.CreateBucket(name, versioned: versioned);
        return name;
    }

    public ConnectionSettings Connection(SandboxIdentity? identity = null) => new()
    {
        Region = "us-east-1",
        Identity = new CallerIdentity
        {
            AccessKey = (identity ?? Server.Admin).AccessKeyId,
            SecretKey = (identity ?? Server.Admin).SecretAccessKey,
            SessionToken = identity?.SessionToken,
        },
        EndpointUrl = Server.HttpUrl,
        KmsEndpointUrl = Server.HttpUrl,
        ForcePathStyleAddressing = true,
    };

    /// <summary>A client of the sandbox's S3 and KMS.</summary>
    public Task<S3EncryptionClient> OpenAsync(
        CommitmentPolicy policy = default,
        IReadOnlyDictionary<string, string>? context = null,
        string? kmsKeyId = null,
        TransferSettings? settings = null,
        EncryptionSession? session = null,
        SandboxIdentity? identity = null) =>
        (session ?? new EncryptionSession()).OpenAsync(
            Connection(identity),
            new EncryptionSettings
            {
                Key = KeySource.Kms(kmsKeyId ?? KmsKeyArn),
                CommitmentPolicy = policy,
                EncryptionContext = context ?? new Dictionary<string, string>(),
            },
            settings ?? new TransferSettings(),
            TestContext.Current.CancellationToken);

    /// <summary>A client of the sandbox's S3 with another keyring.</summary>
    internal S3EncryptionClient Open(IKeyring keyring, EncryptionSettings settings)
    {
        var credentials = new BasicAWSCredentials(Server.Admin.AccessKeyId, Server.Admin.SecretAccessKey);
        var endpoint = new ServiceEndpoint("us-east-1", Server.HttpUrl, UseFips: false, UseDualstack: false);
        return new S3EncryptionClient(
            new S3Gateway(endpoint, at => ClientFactory.S3(new ResolvedIdentity("", "", null, credentials), at, forcePathStyle: true)),
            new TransferCounters(),
            new CryptographicMaterialsManager(keyring, settings),
            new TransferSettings());
    }
}
