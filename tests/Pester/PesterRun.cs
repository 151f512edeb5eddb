using System.Text.Json;

namespace CseKms.Pester;

/// <summary>A test of the suite, and what came of it.</summary>
/// <param name="File">The name of its file.</param>
/// <param name="Path">The names of its blocks and its own.</param>
/// <param name="Result">Passed, Failed, Skipped or NotRun, as Pester says.</param>
/// <param name="Milliseconds">What it took.</param>
/// <param name="Reason">Why it failed.</param>
public sealed record PesterTest(string File, string Path, string Result, double Milliseconds, string Reason)
{
    public override string ToString() => Path;
}

/// <summary>A run of the whole suite in a PowerShell of its own.</summary>
/// <param name="Tests">Its tests.</param>
/// <param name="Broken">What broke outside of a test: a block's or a file's own code.</param>
internal sealed record PesterRun(IReadOnlyList<PesterTest> Tests, IReadOnlyList<string> Broken)
{
    private const string DefaultVersion = "6.2.0";
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(15);
    private static readonly Lazy<PesterRun> Only = new(Start);

    /// <summary>The run, by the version of Pester that CSEKMS_PESTER names.</summary>
    public static PesterRun Current => Only.Value;

    private static string Version => Environment.GetEnvironmentVariable("CSEKMS_PESTER") is { Length: > 0 } version ? version : DefaultVersion;

    private static PesterRun Start()
    {
        using var home = new TemporaryFolder();
        var results = home.File("results.json");
        // By text, since a hashtable is among the arguments.
        var command = Pwsh.Command("-Command", $$"""
            & '{{Path.Combine(AppContext.BaseDirectory, "Run.ps1")}}' -Pester '{{Pwsh.Pester(Version)}}' -Results '{{results}}' -Data @{
                ModulePath = '{{BuiltModule.Import}}'
                SandboxPath = '{{SandboxProcess.Program}}'
                OtherSdkFolder = '{{AppContext.BaseDirectory}}'
            }
            """);
        UserEnvironment.Clear(command.Environment);
        command.Environment["HOME"] = command.Environment["USERPROFILE"] = home.Path;
        command.Environment["NO_PROXY"] = "127.0.0.1";
        command.RedirectStandardOutput = true;
        command.RedirectStandardError = true;
        using var process = Pwsh.Start(command);
        var shown = Task.WhenAll(process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        if (!process.WaitForExit(Limit))
        {
            process.Kill(entireProcessTree: true);
        }

        return File.Exists(results)
            ? JsonSerializer.Deserialize<PesterRun>(File.ReadAllText(results))!
            : throw new InvalidOperationException($"Pester {Version} gave no results:\n{string.Concat(shown.Result)}");
    }
}
