using System.Diagnostics;
using System.Reflection;
using System.Text.Json;

namespace CseKms.Benchmarks;

/// <summary>The sandboxes that figures are taken against.</summary>
internal static class Sandboxes
{
    /// <summary>What the listed keys begin with.</summary>
    public const string ManyPrefix = "many/";

    private const string Variable = "CSEKMS_BENCHMARK_SANDBOXES";

    /// <summary>Whether this process was begun by <see cref="RunWithAsync"/>.</summary>
    public static bool AreAtHand => Environment.GetEnvironmentVariable(Variable) is not null;

    /// <summary>The sandboxes of the process that began this one.</summary>
    public static Endpoint[] AtHand => JsonSerializer.Deserialize<Endpoint[]>(Environment.GetEnvironmentVariable(Variable)!)!;

    /// <summary>A folder in memory where the platform has one, so that a figure does not hang on how fast a disk writes.</summary>
    public static string MemoryFolder { get; } = Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath();

    /// <summary>Begins this program once more, with trust in the sandboxes, and gives its exit code.</summary>
    public static async Task<int> RunWithAsync(SandboxProcess[] sandboxes, string[] args)
    {
        var bundle = sandboxes[0].CertificateFile + "+";
        await File.WriteAllLinesAsync(bundle, sandboxes.Select(sandbox => File.ReadAllText(sandbox.CertificateFile)));
        var start = Dotnet.Command(Assembly.GetExecutingAssembly().Location, args);
        UserEnvironment.Clear(start.Environment);
        start.Environment[Variable] = JsonSerializer.Serialize(sandboxes.Select(sandbox => sandbox.Endpoint));
        start.Environment["SSL_CERT_FILE"] = bundle;
        start.Environment["NO_PROXY"] = "127.0.0.1";
        using var process = Process.Start(start)!;
        await process.WaitForExitAsync();
        return process.ExitCode;
    }
}
