using System.Diagnostics;
using System.Text;
using CseKms.Core.Settings;
using CseKms.Core.Tests.Interop;
using Xunit;

[assembly: AssemblyFixture(typeof(MotoFixture))]

namespace CseKms.Core.Tests.Interop;

/// <summary>
/// moto, an S3 and KMS that is not ours, started when the first test asks for it. Where it is installed, it must start.
/// </summary>
public sealed class MotoFixture : IAsyncDisposable
{
    private readonly Lazy<Task<TestEndpoint>> _endpoint;
    private readonly StringBuilder _errors = new();
    private Process? _process;

    public MotoFixture() => _endpoint = new(StartAsync);

    public Task<TestEndpoint> GetAsync() => _endpoint.Value;

    public async ValueTask DisposeAsync()
    {
        if (_process is null)
        {
            return;
        }

        if (_endpoint.Value.IsCompletedSuccessfully)
        {
            (await _endpoint.Value).Dispose();
        }

        // It ends with its standard input.
        _process.StandardInput.Close();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private async Task<TestEndpoint> StartAsync()
    {
        _process = Interpreter.Python.Start("moto_keepalive.py", [], new Dictionary<string, string?>());
        _process.ErrorDataReceived += (_, line) =>
        {
            lock (_errors)
            {
                _errors.AppendLine(line.Data);
            }
        };
        _process.BeginErrorReadLine();
        if (await _process.StandardOutput.ReadLineAsync() is not { } url)
        {
            await _process.WaitForExitAsync();
            throw new InvalidOperationException($"moto is installed and does not start:{Environment.NewLine}{_errors}");
        }

        // moto takes any credentials and checks no signature: the sandbox is there for that.
        return new TestEndpoint(new ConnectionSettings
        {
            Region = "us-east-1",
            Identity = new() { AccessKey = "access-key", SecretKey = "secret-key" },
            EndpointUrl = url,
            KmsEndpointUrl = url,
            ForcePathStyleAddressing = true,
        });
    }
}
