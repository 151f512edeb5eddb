using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace CseKms.Benchmarks;

/// <summary>S3 and KMS of a sandbox over HTTPS.</summary>
internal sealed record Endpoint(string Url, string AccessKey, string SecretKey, string KmsKeyArn)
{
    public const string Region = "us-east-1";
    public const string Bucket = "csekms-sandbox";
}

/// <summary>A sandbox in a process of its own, which ends with this one.</summary>
internal sealed partial class SandboxProcess : IDisposable
{
    /// <summary>What the listed keys begin with.</summary>
    public const string ManyPrefix = "many/";

    private const string Variable = "CSEKMS_BENCHMARK_SANDBOXES";

    private readonly Process _process;
    private readonly Endpoint _endpoint;
    private readonly string _certificateFile;

    private SandboxProcess(Process process)
    {
        _process = process;
        var values = new Dictionary<string, string>();
        while (process.StandardOutput.ReadLine() is { } line && !line.Contains("Ctrl+C", StringComparison.Ordinal))
        {
            foreach (Match match in Said().Matches(line))
            {
                values[match.Groups["name"].Value] = match.Groups["value"].Value;
            }
        }

        _endpoint = new Endpoint(values["HTTPS: "], values["AWS_ACCESS_KEY_ID="], values["AWS_SECRET_ACCESS_KEY="], values["KMS key: "]);
        _certificateFile = values["AWS_CA_BUNDLE="];
    }

    /// <summary>Whether this process was begun by <see cref="RunWithAsync"/>.</summary>
    public static bool IsAtHand => Environment.GetEnvironmentVariable(Variable) is not null;

    /// <summary>The sandboxes of the process that began this one.</summary>
    public static Endpoint[] AtHand => JsonSerializer.Deserialize<Endpoint[]>(Environment.GetEnvironmentVariable(Variable)!)!;

    /// <summary>A folder in memory where the platform has one, so that a figure does not hang on how fast a disk writes.</summary>
    public static string MemoryFolder { get; } = Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath();

    /// <param name="folder">Where it keeps the bodies.</param>
    /// <param name="hasManyKeys">Whether there are keys to list.</param>
    /// <param name="latency">What it waits before each request.</param>
    public static SandboxProcess Start(string folder, bool hasManyKeys = false, TimeSpan latency = default)
    {
        var start = Dotnet(Metadata("Sandbox"), "--until-eof", "--latency", latency.TotalMilliseconds.ToString(CultureInfo.InvariantCulture));
        if (hasManyKeys)
        {
            start.ArgumentList.Add("--many");
            start.ArgumentList.Add($"{PipelineFigures.KeyCount}");
        }

        start.Environment["TMPDIR"] = folder;
        start.RedirectStandardInput = true;
        start.RedirectStandardOutput = true;
        return new SandboxProcess(Process.Start(start)!);
    }

    /// <summary>Begins this program once more, with trust in the sandboxes, and gives its exit code.</summary>
    public static async Task<int> RunWithAsync(SandboxProcess[] sandboxes, string[] args)
    {
        var bundle = sandboxes[0]._certificateFile + "+";
        await File.WriteAllLinesAsync(bundle, sandboxes.Select(sandbox => File.ReadAllText(sandbox._certificateFile)));
        var start = Dotnet([Assembly.GetExecutingAssembly().Location, .. args]);
        start.Environment[Variable] = JsonSerializer.Serialize(sandboxes.Select(sandbox => sandbox._endpoint));
        start.Environment["SSL_CERT_FILE"] = bundle;
        start.Environment["NO_PROXY"] = "127.0.0.1";
        foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("AWS_", StringComparison.OrdinalIgnoreCase)).ToArray())
        {
            // A user's own profiles, session and endpoints have no part in this.
            start.Environment.Remove(name);
        }

        using var process = Process.Start(start)!;
        await process.WaitForExitAsync();
        return process.ExitCode;
    }

    /// <summary>How to begin a .NET program by the runtime that runs this one.</summary>
    public static ProcessStartInfo Dotnet(params string[] arguments) =>
        new(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", arguments);

    public static string Metadata(string key) =>
        Assembly.GetExecutingAssembly().GetCustomAttributes<AssemblyMetadataAttribute>().Single(data => data.Key == key).Value!;

    public void Dispose()
    {
        _process.StandardInput.Close();
        _process.WaitForExit();
        _process.Dispose();
    }

    [GeneratedRegex("(?<name>AWS_[A-Z_]+=|KMS key: |HTTPS: )'?(?<value>[^' ,]+)")]
    private static partial Regex Said();
}
