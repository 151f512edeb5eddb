using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Reflection;

namespace CseKms.Benchmarks;

/// <summary>Scripts in a process of their own: in pwsh where there is one, else in the engine from NuGet.</summary>
internal static class Scripts
{
    private static readonly string? Pwsh = FindPwsh();

    /// <summary>Where scripts run.</summary>
    public static string Host => Pwsh is null ? "the engine from NuGet" : $"pwsh {Pwsh}";

    /// <summary>Runs a script and gives the number that it puts out last.</summary>
    public static async Task<double> NumberAsync(Bench bench, string script)
    {
        var path = Path.Combine(bench.Folder, "script.ps1");
        await File.WriteAllTextAsync(path, $"$ErrorActionPreference = 'Stop'; $ProgressPreference = 'SilentlyContinue'\n{script}");
        var start = Pwsh is null
            ? SandboxProcess.Dotnet(Assembly.GetExecutingAssembly().Location, "--script", path)
            : new ProcessStartInfo("pwsh", ["-NoProfile", "-NonInteractive", "-File", path]);
        start.RedirectStandardOutput = true;
        using var process = Process.Start(start)!;
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return process.ExitCode == 0
            ? double.Parse(output.TrimEnd().Split('\n')[^1], CultureInfo.InvariantCulture)
            : throw new InvalidOperationException($"{script}\n{output}");
    }

    /// <summary>Script text that imports the module and points it at a sandbox.</summary>
    public static string SetSession(Endpoint endpoint) => $"""
        Import-Module '{SandboxProcess.Metadata("Module")}'
        Set-CseSession -BucketName {Endpoint.Bucket} -KmsKeyId {endpoint.KmsKeyArn} -Region {Endpoint.Region} -EndpointUrl {endpoint.Url} -KmsEndpointUrl {endpoint.Url} -ForcePathStyleAddressing -AccessKey '{endpoint.AccessKey}' -SecretKey '{endpoint.SecretKey}'

        """;

    private static string? FindPwsh()
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo("pwsh", ["-NoProfile", "-Command", "\"$($PSVersionTable.PSVersion)\""]) { RedirectStandardOutput = true })!;
            return process.StandardOutput.ReadToEnd().Trim();
        }
        catch (Win32Exception)
        {
            return null;
        }
    }
}
