using System.Diagnostics;
using Amazon.KeyManagementService;
using Amazon.KeyManagementService.Model;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using CseKms.Core.Session;
using CseKms.Core.Settings;
using CseKms.Sandbox;
using CseKms.Tests.Shared;

namespace CseKms.Faults;

/// <summary>An S3 and KMS on whose way faults strike: the sandbox's own, or moto's behind it. Looked at by their public calls alone.</summary>
public sealed class Backend : IAsyncDisposable
{
    private readonly Process? _moto;
    private readonly AmazonKeyManagementServiceClient _kms;
    private int _buckets;

    private Backend(SandboxServer sandbox, Process? moto)
    {
        Sandbox = sandbox;
        _moto = moto;
        var credentials = new BasicAWSCredentials(sandbox.Admin.AccessKeyId, sandbox.Admin.SecretAccessKey);
        S3 = new AmazonS3Client(credentials, Configure(new AmazonS3Config { ForcePathStyle = true }));
        _kms = new AmazonKeyManagementServiceClient(credentials, Configure(new AmazonKeyManagementServiceConfig()));
    }

    public SandboxServer Sandbox { get; }

    /// <summary>A client of the SDK, for what a judge looks at.</summary>
    public AmazonS3Client S3 { get; }

    /// <param name="clock">The services' clock.</param>
    public static async Task<Backend> StartAsync(TimeProvider? clock = null)
    {
        UserEnvironment.Clear();
        return new Backend(await SandboxServer.StartAsync(new SandboxOptions { TimeProvider = clock ?? TimeProvider.System }), null);
    }

    /// <summary>moto behind the sandbox, where Python has it.</summary>
    public static async Task<Backend> StartMotoAsync()
    {
        UserEnvironment.Clear();
        var start = new ProcessStartInfo("python3", [Path.Combine(AppContext.BaseDirectory, "moto_keepalive.py")])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        var process = Process.Start(start)!;
        var url = await process.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException("moto does not start.");
        return new Backend(await SandboxServer.StartAsync(new SandboxOptions { Upstream = new Uri(url) }), process);
    }

    /// <summary>The address of the services and keys for it, for another process.</summary>
    public ConnectionSettings Connection => new()
    {
        Region = "us-east-1",
        Identity = new CallerIdentity { AccessKey = Sandbox.Admin.AccessKeyId, SecretKey = Sandbox.Admin.SecretAccessKey },
        EndpointUrl = Sandbox.HttpUrl,
        KmsEndpointUrl = Sandbox.HttpUrl,
        ForcePathStyleAddressing = true,
    };

    public async Task<string> NewBucketAsync()
    {
        var name = $"bucket-{Interlocked.Increment(ref _buckets)}";
        await S3.PutBucketAsync(new PutBucketRequest { BucketName = name });
        return name;
    }

    /// <summary>Creates a KMS key and gives its ARN.</summary>
    public async Task<string> NewKeyAsync() => (await _kms.CreateKeyAsync(new CreateKeyRequest())).KeyMetadata.Arn;

    /// <summary>A client of the engine that nobody else shares a connection, a pace or a cache with.</summary>
    public Task<S3EncryptionClient> OpenAsync(string kmsKeyArn, TransferSettings settings, ConnectionSettings? connection = null) => new EncryptionSession().OpenAsync(
        connection ?? Connection, new EncryptionSettings { Key = KeySource.Kms(kmsKeyArn) }, settings, CancellationToken.None);

    public async ValueTask DisposeAsync()
    {
        S3.Dispose();
        _kms.Dispose();
        await Sandbox.DisposeAsync();
        if (_moto is not null)
        {
            // It ends with its standard input.
            _moto.StandardInput.Close();
            await _moto.WaitForExitAsync();
            _moto.Dispose();
        }
    }

    private T Configure<T>(T config)
        where T : ClientConfig
    {
        config.ServiceURL = Sandbox.HttpUrl;
        config.AuthenticationRegion = "us-east-1";
        return config;
    }
}
