using CseKms.OfficialClient;
using CseKms.Sandbox;
using Xunit;

[assembly: AssemblyFixture(typeof(SandboxFixture))]

namespace CseKms.OfficialClient;

/// <summary>A sandbox that all tests share; each takes a bucket of its own.</summary>
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

    public string NewBucket()
    {
        var name = $"bucket-{Interlocked.Increment(ref _buckets)}";
        Server.CreateBucket(name);
        return name;
    }
}
