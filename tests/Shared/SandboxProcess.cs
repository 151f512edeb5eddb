using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace CseKms.Tests.Shared;

/// <summary>S3 and KMS of a sandbox over HTTPS.</summary>
public sealed record Endpoint(string Url, string AccessKey, string SecretKey, string KmsKeyArn)
{
    public const string Region = "us-east-1";
    public const string Bucket = "csekms-sandbox";
}

/// <summary>A sandbox in a process of its own, which ends with this one.</summary>
public sealed partial class SandboxProcess : IDisposable
{
    private readonly Process _process;

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

        Endpoint = new Endpoint(values["HTTPS: "], values["AWS_ACCESS_KEY_ID="], values["AWS_SECRET_ACCESS_KEY="], values["KMS key: "]);
        CertificateFile = values["AWS_CA_BUNDLE="];
    }

    /// <summary>The dll of the sandbox's program.</summary>
    public static string Program { get; } = BuildFact.Of("Sandbox");

    public Endpoint Endpoint { get; }

    /// <summary>The certificate of its HTTPS, in PEM.</summary>
    public string CertificateFile { get; }

    /// <param name="folder">Where it keeps the bodies.</param>
    /// <param name="keys">How many keys there are to list.</param>
    /// <param name="latency">What it waits before each request.</param>
    public static SandboxProcess Start(string folder, int keys = 0, TimeSpan latency = default)
    {
        var start = Dotnet.Command(
            Program,
            "--until-eof",
            // Computing MD5s would take most of the sandbox's time.
            "--encryption", "aws:kms",
            "--many", keys.ToString(CultureInfo.InvariantCulture),
            "--latency", latency.TotalMilliseconds.ToString(CultureInfo.InvariantCulture));
        start.Environment["TMPDIR"] = folder;
        start.RedirectStandardInput = true;
        start.RedirectStandardOutput = true;
        return new SandboxProcess(Process.Start(start)!);
    }

    public void Dispose()
    {
        _process.StandardInput.Close();
        _process.WaitForExit();
        _process.Dispose();
    }

    [GeneratedRegex("(?<name>AWS_[A-Z_]+=|KMS key: |HTTPS: )'?(?<value>[^' ,]+)")]
    private static partial Regex Said();
}
