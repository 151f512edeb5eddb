using System.Collections;
using System.ComponentModel;
using System.Diagnostics;
using System.Management.Automation;
using System.Reflection;
using System.Text;
using CseKms.Demo;
using CseKms.Engine;
using CseKms.Sandbox;

if (args is ["aws", .. var command])
{
    return await AwsCommand.RunAsync(command);
}
if (args is not ([] or ["--engine"]))
{
    Console.Error.WriteLine("""
        dotnet run --project tests/Demo [-- --engine]
          --engine    run in the engine from NuGet even where there is a pwsh
        """);
    return 2;
}

const string mfaCode = "214365";
Console.OutputEncoding = Encoding.UTF8;
var hasColors = !Console.IsOutputRedirected && Environment.GetEnvironmentVariable("NO_COLOR") is null or "";
var script = Path.Combine(AppContext.BaseDirectory, "demo.ps1");
var module = Assembly.GetExecutingAssembly().GetCustomAttributes<AssemblyMetadataAttribute>().Single(data => data.Key == "Module").Value!;
var pwsh = args is ["--engine"] ? null : FindPwsh();
Console.WriteLine($"This runs in {(pwsh is null ? $"the engine {PowerShellEngine.Version} from NuGet" : $"pwsh {pwsh}")}.");

// Ctrl+C ends what runs, pwsh by itself, and then this cleans up.
PowerShellEngine? engine = null;
var stopped = false;
Console.CancelKeyPress += (_, e) =>
{
    e.Cancel = true;
    stopped = true;
    engine?.Stop();
};
var home = Environment.CurrentDirectory;
var folder = Directory.CreateTempSubdirectory("csekms-demo-").FullName;
try
{
    await using var sandbox = await SandboxServer.StartAsync(new SandboxOptions { TemporaryFolder = folder });
    SetEnvironment(sandbox);
    // The committing format is the module's default; the other is the article's.
    return Play("V3") && Play("V2") ? 0 : 1;

    bool Play(string format)
    {
        // A session of its own, in a folder of its own, with a bucket and a key of its own.
        Environment.CurrentDirectory = Directory.CreateDirectory(Path.Combine(folder, format)).FullName;
        var bucket = $"demo-{format.ToLowerInvariant()}";
        sandbox.CreateBucket(bucket);
        var parameters = new Dictionary<string, string>
        {
            ["Module"] = module,
            ["Format"] = format,
            ["Bucket"] = bucket,
            ["Key"] = sandbox.CreateKey(),
            ["AdminRole"] = sandbox.Admin.Arn,
            ["WorkerRole"] = sandbox.Worker.Arn,
            ["MfaCode"] = mfaCode,
            ["AwsCli"] = Path.ChangeExtension(Assembly.GetExecutingAssembly().Location, OperatingSystem.IsWindows() ? "exe" : null)!,
        };
        var exitCode = stopped ? 1 : pwsh is null ? RunInEngine(parameters) : RunInPwsh(parameters);
        return exitCode == 0 && !stopped;
    }
}
finally
{
    Environment.CurrentDirectory = home;
    Directory.Delete(folder, recursive: true);
}

// The user is whom plain clients call as, by environment variables, and may do nothing with keys. The worker is a role that this user
// assumes with an MFA code, as in the article; the admin, who edits the key's policy, has a profile.
void SetEnvironment(SandboxServer sandbox)
{
    foreach (DictionaryEntry variable in Environment.GetEnvironmentVariables())
    {
        // A user's own profiles, session and endpoints have no part in this.
        if (variable.Key is string name && name.StartsWith("AWS_", StringComparison.OrdinalIgnoreCase))
        {
            Environment.SetEnvironmentVariable(name, null);
        }
    }
    var user = sandbox.AddIdentity("user");
    sandbox.Deny(user, "GenerateDataKey");
    sandbox.Deny(user, "Decrypt");
    var device = sandbox.AddMfaDevice("user");
    device.Expect(mfaCode, times: 2);
    sandbox.RequireMfa(sandbox.Worker, device);
    var (credentials, config) = (Path.Combine(folder, "credentials"), Path.Combine(folder, "config"));
    File.WriteAllText(credentials, $"""
        [admin]
        aws_access_key_id = {sandbox.Admin.AccessKeyId}
        aws_secret_access_key = {sandbox.Admin.SecretAccessKey}
        [user]
        aws_access_key_id = {user.AccessKeyId}
        aws_secret_access_key = {user.SecretAccessKey}
        """);
    File.WriteAllText(config, $"""
        [profile worker]
        role_arn = {sandbox.Worker.Arn}
        source_profile = user
        mfa_serial = {device.Serial}
        """);
    Environment.SetEnvironmentVariable("AWS_SHARED_CREDENTIALS_FILE", credentials);
    Environment.SetEnvironmentVariable("AWS_CONFIG_FILE", config);
    Environment.SetEnvironmentVariable("AWS_ACCESS_KEY_ID", user.AccessKeyId);
    Environment.SetEnvironmentVariable("AWS_SECRET_ACCESS_KEY", user.SecretAccessKey);
    Environment.SetEnvironmentVariable("AWS_REGION", "us-east-1");
    Environment.SetEnvironmentVariable("AWS_ENDPOINT_URL", sandbox.HttpUrl);
    // A proxy of the user's cannot reach the sandbox.
    Environment.SetEnvironmentVariable("NO_PROXY", "127.0.0.1");
    if (!hasColors)
    {
        Environment.SetEnvironmentVariable("NO_COLOR", "1");
    }
}

int RunInEngine(Dictionary<string, string> parameters)
{
    var host = new EngineHost(Console.Out, Console.IsOutputRedirected ? 120 : Math.Max(Console.WindowWidth, 80), hasColors);
    using (engine = new PowerShellEngine(host))
    {
        return engine.RunFile(script, parameters);
    }
}

int RunInPwsh(Dictionary<string, string> parameters)
{
    using var process = Process.Start("pwsh", [
        "-NoProfile", "-NonInteractive", "-ExecutionPolicy", "Bypass", "-File", script,
        .. parameters.SelectMany(parameter => new[] { "-" + parameter.Key, parameter.Value })]);
    process.WaitForExit();
    return process.ExitCode;
}

// The version of the pwsh on the PATH, if there is one that can import the module.
static SemanticVersion? FindPwsh()
{
    try
    {
        using var process = Process.Start(new ProcessStartInfo("pwsh", ["-NoProfile", "-NonInteractive", "-Command", "\"$($PSVersionTable.PSVersion)\""])
        {
            RedirectStandardOutput = true,
        })!;
        var text = process.StandardOutput.ReadToEnd().Trim();
        return SemanticVersion.TryParse(text, out var version) && version >= new SemanticVersion(7, 4) ? version : null;
    }
    catch (Win32Exception)
    {
        return null;
    }
}
