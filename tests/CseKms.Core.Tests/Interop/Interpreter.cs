using System.ComponentModel;
using System.Diagnostics;
using Xunit;

namespace CseKms.Core.Tests.Interop;

/// <summary>Runs the scripts of this folder, on machines that have the interpreter and what they import.</summary>
internal sealed class Interpreter
{
    /// <summary>The command of <see cref="Python"/>.</summary>
    public const string PythonCommand = "python3";

    /// <summary>The command of <see cref="Ruby"/>.</summary>
    public const string RubyCommand = "ruby";

    public static readonly Interpreter Python = new(PythonCommand, "-c", "import moto, flask, flask_cors, boto3, cryptography");

    public static readonly Interpreter Ruby = new(RubyCommand, "-raws-sdk-s3", "-raws-sdk-kms", "-e", "");

    private readonly Lazy<Task<bool>> _isInstalled;

    private Interpreter(string command, params string[] import)
    {
        Command = command;
        _isInstalled = new(() => ImportAsync(import));
    }

    public static IReadOnlyList<Interpreter> All => [Python, Ruby];

    /// <summary>What starts it.</summary>
    public string Command { get; }

    /// <summary>Whether it is there, with what the scripts import.</summary>
    public Task<bool> IsInstalledAsync() => _isInstalled.Value;

    public Process Start(string script, IEnumerable<string> arguments, IReadOnlyDictionary<string, string?> environment) =>
        Start([Path.Combine(AppContext.BaseDirectory, "Interop", script), .. arguments], environment);

    /// <summary>Runs a script to its end.</summary>
    public Task<(int ExitCode, byte[] Output, string Error)> RunAsync(
        string script, IEnumerable<string> arguments, IReadOnlyDictionary<string, string?> environment, ReadOnlyMemory<byte> input = default) =>
        FinishAsync(Start(script, arguments, environment), input);

    private async Task<bool> ImportAsync(string[] import)
    {
        try
        {
            return (await FinishAsync(Start(import, new Dictionary<string, string?>()), default)).ExitCode == 0;
        }
        catch (Win32Exception)
        {
            return false;
        }
    }

    private Process Start(IEnumerable<string> arguments, IReadOnlyDictionary<string, string?> environment)
    {
        var start = new ProcessStartInfo(Command, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };

        // What the machine's user has set for AWS must not reach a test, nor must a proxy stand before loopback.
        UserEnvironment.Clear(start.Environment);
        start.Environment["NO_PROXY"] = "*";
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        return Process.Start(start)!;
    }

    private static async Task<(int ExitCode, byte[] Output, string Error)> FinishAsync(Process process, ReadOnlyMemory<byte> input)
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        using (process)
        {
            using var output = new MemoryStream();
            var reading = Task.WhenAll(
                process.StandardOutput.BaseStream.CopyToAsync(output, cancellationToken),
                FeedAsync());
            var error = await process.StandardError.ReadToEndAsync(cancellationToken);
            await reading;
            await process.WaitForExitAsync(cancellationToken);
            return (process.ExitCode, output.ToArray(), error);
        }

        async Task FeedAsync()
        {
            try
            {
                await process.StandardInput.BaseStream.WriteAsync(input, cancellationToken);
                process.StandardInput.Close();
            }
            catch (IOException)
            {
                // It ended without reading all: its exit code and its error tell.
            }
        }
    }
}
