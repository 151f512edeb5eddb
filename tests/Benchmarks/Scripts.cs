using System.Globalization;

namespace CseKms.Benchmarks;

/// <summary>Scripts in a pwsh of their own.</summary>
internal static class Scripts
{
    /// <summary>Where scripts run.</summary>
    public static string Host => $"pwsh {Pwsh.Version}";

    /// <summary>Runs a script and gives the number that it puts out last.</summary>
    public static async Task<double> NumberAsync(Bench bench, string script)
    {
        var path = Path.Combine(bench.Folder, "script.ps1");
        await File.WriteAllTextAsync(path, $"$ErrorActionPreference = 'Stop'; $ProgressPreference = 'SilentlyContinue'\n{script}");
        var start = Pwsh.Command("-File", path);
        start.RedirectStandardOutput = true;
        using var process = Pwsh.Start(start);
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return process.ExitCode == 0
            ? double.Parse(output.TrimEnd().Split('\n')[^1], CultureInfo.InvariantCulture)
            : throw new InvalidOperationException($"{script}\n{output}");
    }

    /// <summary>Script text that imports the module and points it at a sandbox.</summary>
    public static string SetSession(Endpoint endpoint) => $"""
        Import-Module '{BuiltModule.File("CseKms.psd1")}'
        Set-CseSession -BucketName {Endpoint.Bucket} -KmsKeyId {endpoint.KmsKeyArn} -Region {Endpoint.Region} -EndpointUrl {endpoint.Url} -KmsEndpointUrl {endpoint.Url} -ForcePathStyleAddressing -AccessKey '{endpoint.AccessKey}' -SecretKey '{endpoint.SecretKey}'

        """;
}
