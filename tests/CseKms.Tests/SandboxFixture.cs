using CseKms.Sandbox;
using CseKms.Tests;
using Xunit;

[assembly: AssemblyFixture(typeof(SandboxFixture))]
// The session of the module is the process's, so tests that run beside each other would meet in it.
[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace CseKms.Tests;

/// <summary>A sandbox that all tests of the assembly share; each session takes a bucket of its own.</summary>
public sealed class SandboxFixture : IAsyncLifetime
{
    private readonly TemporaryFolder _home = new();
    private int _buckets;

    public SandboxServer Server { get; private set; } = null!;

    public string KmsKeyArn { get; private set; } = null!;

    /// <summary>The SDK of this project, loaded into the default context before the module is imported, as AWS.Tools brings one.</summary>
    public IReadOnlyList<Type> ForeignTypes { get; } =
        [typeof(Amazon.S3.Model.S3Object), typeof(Amazon.SecurityToken.AmazonSecurityTokenServiceClient)];

    public async ValueTask InitializeAsync()
    {
        Server = await SandboxServer.StartAsync();
        KmsKeyArn = Server.CreateKey();
        UserEnvironment.Clear();
        Environment.SetEnvironmentVariable("HOME", _home.Path);
        Environment.SetEnvironmentVariable("USERPROFILE", _home.Path);
        Environment.SetEnvironmentVariable("AWS_ACCESS_KEY_ID", Server.Admin.AccessKeyId);
        Environment.SetEnvironmentVariable("AWS_SECRET_ACCESS_KEY", Server.Admin.SecretAccessKey);
        Environment.SetEnvironmentVariable("AWS_REGION", "us-east-1");
        Environment.SetEnvironmentVariable("AWS_ENDPOINT_URL", Server.HttpUrl);
        Environment.SetEnvironmentVariable("NO_PROXY", "127.0.0.1");
    }

    /// <summary>The files of the user's profiles.</summary>
    public UserProfiles Profiles => new(_home.File(".aws"));

    public ValueTask DisposeAsync()
    {
        _home.Dispose();
        return Server.DisposeAsync();
    }

    public string NewBucket(bool versioned = false)
    {
        var name = $"bucket-{Interlocked.Increment(ref _buckets)}";
        Server.CreateBucket(name, versioned: versioned);
        return name;
    }
}
