using System.Globalization;
using System.Runtime.InteropServices;

namespace CseKms.Sandbox;

/// <summary>Runs the sandbox alone, until Ctrl+C.</summary>
internal static class Program
{
    private const string Usage = """
        dotnet run --project tests/Sandbox -- [options]
          --http-port N     port of HTTP (default: a free one)
          --https-port N    port of HTTPS (default: a free one)
          --bucket NAME     bucket to begin with (default: csekms-sandbox)
          --encryption NAME the bucket's default: AES256, as AWS makes them, or aws:kms, whose ETags are no MD5s (default: AES256)
          --region NAME     region of bucket and key (default: us-east-1)
          --mfa CODE        a code of an MFA device, without which nobody assumes the role worker
          --plain KEY       an object to begin with that is not encrypted
          --many N          empty objects to begin with: many/00000 and so on
          --latency MS      milliseconds to wait before each request
          --fault RULE      a fault to begin with, such as "503 PutObject 40%" or "throttled kms above=50"; again for more
          --upstream URL    another S3 and KMS to pass requests on to, with faults
          --until-eof       end when standard input ends
          --powershell      print $env:… lines instead of export …
        """;

    private static async Task<int> Main(string[] args)
    {
        int httpPort = 0, httpsPort = 0, latency = 0, many = 0;
        string bucket = "csekms-sandbox", region = "us-east-1", encryption = "AES256";
        var powershell = OperatingSystem.IsWindows();
        var untilEndOfInput = false;
        string? mfaCode = null;
        var plain = new List<string>();
        var faults = new List<string>();
        Uri? upstream = null;
        for (var i = 0; i < args.Length; i++)
        {
            var value = i + 1 < args.Length ? args[i + 1] : "";
            switch (args[i])
            {
                case "--http-port" when int.TryParse(value, CultureInfo.InvariantCulture, out httpPort):
                case "--https-port" when int.TryParse(value, CultureInfo.InvariantCulture, out httpsPort):
                case "--latency" when int.TryParse(value, CultureInfo.InvariantCulture, out latency):
                case "--many" when int.TryParse(value, CultureInfo.InvariantCulture, out many):
                    i++;
                    break;
                case "--bucket" when value.Length > 0:
                    bucket = value;
                    i++;
                    break;
                case "--encryption" when value is "AES256" or "aws:kms":
                    encryption = value;
                    i++;
                    break;
                case "--region" when value.Length > 0:
                    region = value;
                    i++;
                    break;
                case "--mfa" when value.Length > 0:
                    mfaCode = value;
                    i++;
                    break;
                case "--plain" when value.Length > 0:
                    plain.Add(value);
                    i++;
                    break;
                case "--fault" when value.Length > 0:
                    faults.Add(value);
                    i++;
                    break;
                case "--upstream" when Uri.TryCreate(value, UriKind.Absolute, out upstream):
                    i++;
                    break;
                case "--until-eof":
                    untilEndOfInput = true;
                    break;
                case "--powershell":
                    powershell = true;
                    break;
                default:
                    Console.Error.WriteLine(Usage);
                    return 2;
            }
        }

        // Registered before the sandbox starts, and so until it is gone: a second Ctrl+C must not leave its folder behind.
        var ended = new TaskCompletionSource();
        void End(PosixSignalContext signal)
        {
            signal.Cancel = true;
            ended.TrySetResult();
        }

        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, End);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, End);

        await using var sandbox = await SandboxServer.StartAsync(new SandboxOptions { HttpPort = httpPort, HttpsPort = httpsPort, Upstream = upstream });
        try
        {
            faults.ForEach(rule => FaultText.Add(sandbox.Faults, rule));
        }
        catch (FormatException e)
        {
            Console.Error.WriteLine(e.Message);
            return 2;
        }
        sandbox.CreateBucket(bucket, region, encryption: encryption);
        var keyArn = sandbox.CreateKey(region, "csekms-sandbox");
        plain.ForEach(key => sandbox.Objects.Put(bucket, key, "plain"u8));
        for (var i = 0; i < many; i++)
        {
            sandbox.Objects.Put(bucket, $"many/{i:D5}", []);
        }
        sandbox.Latency = TimeSpan.FromMilliseconds(latency);
        void Print(string name, string value) =>
            Console.WriteLine(powershell ? $"$env:{name} = '{value}'" : $"export {name}='{value}'");
        Print("AWS_ACCESS_KEY_ID", sandbox.Admin.AccessKeyId);
        Print("AWS_SECRET_ACCESS_KEY", sandbox.Admin.SecretAccessKey);
        // Most SDKs read the first, boto3 and the AWS CLI only the second.
        Print("AWS_REGION", region);
        Print("AWS_DEFAULT_REGION", region);
        Print("AWS_ENDPOINT_URL", sandbox.HttpUrl);
        Console.WriteLine($"""
            # bucket: {bucket}
            # KMS key: {keyArn} (alias/csekms-sandbox)
            # HTTPS: {sandbox.HttpsUrl}, AWS_CA_BUNDLE={sandbox.CertificateFile}
            # {sandbox.Worker.Arn}: {sandbox.Worker.AccessKeyId} {sandbox.Worker.SecretAccessKey}
            # Ctrl+C ends it and removes what it stored.
            """);

        if (mfaCode is not null)
        {
            var device = sandbox.AddMfaDevice("sandbox");
            device.Expect(mfaCode, SandboxFaults.Always);
            sandbox.RequireMfa(sandbox.Worker, device);
            Console.WriteLine($"# MFA device: {device.Serial}");
        }

        if (untilEndOfInput)
        {
            _ = Task.Run(() =>
            {
                Console.In.ReadToEnd();
                ended.TrySetResult();
            });
        }

        await ended.Task;
        return 0;
    }
}
