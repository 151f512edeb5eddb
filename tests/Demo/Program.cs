using System.Diagnostics;
using System.Reflection;
using System.Text;
using CseKms.Demo;
using CseKms.Sandbox;
using CseKms.Tests.Shared;

if (args is ["aws", .. var command])
{
    return await AwsCommand.RunAsync(command);
}
if (args.Length > 0)
{
    Console.Error.WriteLine("dotnet run --project tests/Demo");
    return 2;
}

const string mfaCode = "214365";
Console.OutputEncoding = Encoding.UTF8;
var hasColors = !Console.IsOutputRedirected && Environment.GetEnvironmentVariable("NO_COLOR") is null or "";
Console.WriteLine($"This plays in PowerShell {Pwsh.Version}, against a local S3 and KMS.");

// Ctrl+C ends pwsh by itself, and then this cleans up.
var stopped = false;
Console.CancelKeyPress += (_, e) => e.Cancel = stopped = true;
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
        var command = Pwsh.Command(
            "-File", Path.Combine(AppContext.BaseDirectory, "demo.ps1"),
            "-Module", BuiltModule.File("CseKms.psd1"),
            "-Format", format,
            "-Bucket", bucket,
            "-Key", sandbox.CreateKey(),
            "-AdminRole", sandbox.Admin.Arn,
            "-WorkerRole", sandbox.Worker.Arn,
            "-MfaCode", mfaCode,
            "-AwsCli", Path.ChangeExtension(Assembly.GetExecutingAssembly().Location, OperatingSystem.IsWindows() ? "exe" : null)!);
        if (stopped)
        {
            return false;
        }

        // With this program's own input, without which a terminal does not tell where its cursor is.
        using var pwsh = Process.Start(command)!;
        pwsh.WaitForExit();
        return pwsh.ExitCode == 0 && !stopped;
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
    UserEnvironment.Clear();
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
    // What PowerShell keeps between sessions is none of the user's business here.
    Environment.SetEnvironmentVariable("XDG_CACHE_HOME", Path.Combine(folder, "cache"));
    Environment.SetEnvironmentVariable("XDG_DATA_HOME", Path.Combine(folder, "data"));
    // A proxy of the user's cannot reach the sandbox.
    Environment.SetEnvironmentVariable("NO_PROXY", "127.0.0.1");
    if (!hasColors)
    {
        Environment.SetEnvironmentVariable("NO_COLOR", "1");
    }
}
