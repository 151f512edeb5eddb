using System.Collections.Concurrent;
using System.ComponentModel;
using System.Diagnostics;
using Xunit;

namespace CseKms.Core.Tests.Interop;

/// <summary>Runs the scripts of this folder, on machines that have the interpreter and what they import.</summary>
/// <param name="command">What starts it.</param>
/// <param name="import">The arguments that import modules and do nothing else.</param>
internal sealed class Interpreter(string command, Func<string, string[]> import)
{
    public static readonly Interpreter Python = new("python3", modules => ["-c", $"import {modules}"]);

    public static readonly Interpreter Ruby = new("ruby", modules => [.. modules.Split(", ").Select(module => $"-r{module}"), "-e", ""]);

    private readonly ConcurrentDictionary<string, Lazy<Task<string?>>> _missing = new();

    /// <summary>Skips the test, and says why, where the modules cannot be imported.</summary>
    /// <param name="modules">Names, separated by a comma.</param>
    public async Task RequireAsync(string modules)
    {
        var missing = await _missing.GetOrAdd(modules, names => new(() => WhyMissingAsync(names))).Value;
        Assert.SkipWhen(missing is not null, $"{command} cannot import {modules}: {missing}");
    }

    public Process Start(string script, IEnumerable<string> arguments, IReadOnlyDictionary<string, string?> environment) =>
        Start([Path.Combine(AppContext.BaseDirectory, "Interop", script), .. arguments], environment);

    /// <summary>Runs a script to its end.</summary>
    public Task<(int ExitCode, byte[] Output, string Error)> RunAsync(
        string script, IEnumerable<string> arguments, IReadOnlyDictionary<string, string?> environment, ReadOnlyMemory<byte> input = default) =>
        FinishAsync(Start(script, arguments, environment), input);

    private async Task<string?> WhyMissingAsync(string modules)
    {
        try
        {
            var (exitCode, _, error) = await FinishAsync(Start(import(modules), new Dictionary<string, string?>()), default);
            return exitCode == 0 ? null : error.TrimEnd().Split('\n')[^1];
        }
        catch (Win32Exception)
        {
            return "there is none";
        }
    }

    private Process Start(IEnumerable<string> arguments, IReadOnlyDictionary<string, string?> environment)
    {
        var start = new ProcessStartInfo(command, arguments)
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
