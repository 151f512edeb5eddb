using System.Diagnostics;
using CseKms.Core;
using CseKms.Core.Content;
using CseKms.Core.Session;
using CseKms.Core.Settings;
using CseKms.Core.Transfer;
using CseKms.Sandbox;
using CseKms.Tests.Shared;

namespace CseKms.Faults;

/// <summary>
/// Processes that send or receive and are killed (SIGKILL) at a request. Afterwards nothing wrong or partial stands under a user's name,
/// and the same call made again ends right.
/// </summary>
public static class Kills
{
    /// <summary>The first argument of the process to be killed.</summary>
    public const string Child = "--child";

    private const string Prefix = "k/";

    private static readonly IReadOnlyList<int> Sizes = [.. SourceFiles.SmallSizes, SourceFiles.LargeSize];

    /// <summary>Kills so many processes, each at a request that the seed says.</summary>
    /// <returns>What was wrong, one text a kill.</returns>
    public static async IAsyncEnumerable<string> RunAsync(Backend backend, int count, int seed)
    {
        var random = new Random(seed);
        var requests = new Dictionary<bool, int>();
        foreach (var sends in new[] { true, false })
        {
            await using var world = await NewWorldAsync(backend, sends);
            await RunChildAsync(world, sends, killAt: int.MaxValue, TimeSpan.Zero);
            requests[sends] = world.Requests.Count;
        }

        for (var i = 0; i < count; i++)
        {
            var sends = i % 2 == 0;
            var (at, late) = (random.Next(1, requests[sends] + 1), TimeSpan.FromMilliseconds(random.Next(4) == 0 ? random.Next(30) : 0));
            await using var world = await NewWorldAsync(backend, sends);
            await RunChildAsync(world, sends, at, late);
            var wrong = new List<string>();
            await JudgeAsync(world, sends, wrong, isComplete: false);
            await RepeatAsync(world, sends);
            await JudgeAsync(world, sends, wrong, isComplete: true);
            foreach (var text in wrong)
            {
                yield return $"{(sends ? "send" : "receive")} killed at request {at} + {late.TotalMilliseconds} ms: {text}";
            }
        }
    }

    /// <summary>What the process does that is killed.</summary>
    /// <param name="arguments">send or receive, URL, access key, secret key, KMS key, bucket, folder.</param>
    public static async Task RunChildAsync(IReadOnlyList<string> arguments)
    {
        var client = await new EncryptionSession().OpenAsync(
            new ConnectionSettings
            {
                Region = "us-east-1",
                Identity = new CallerIdentity { AccessKey = arguments[2], SecretKey = arguments[3] },
                EndpointUrl = arguments[1],
                KmsEndpointUrl = arguments[1],
                ForcePathStyleAddressing = true,
            },
            new EncryptionSettings { Key = KeySource.Kms(arguments[4]) },
            new TransferSettings(),
            CancellationToken.None);
        await (arguments[0] == "send" ? SendAsync(client, arguments[5], arguments[6]) : ReceiveAsync(client, arguments[5], arguments[6]));
    }

    private static async Task<World> NewWorldAsync(Backend backend, bool sends)
    {
        var world = await World.CreateAsync(backend);
        await world.BeginAsync();
        foreach (var size in Sizes)
        {
            if (sends)
            {
                File.Copy(SourceFiles.File(size), Path.Combine(world.Folder, $"{size}"));
            }
            else
            {
                await world.Clean.UploadAsync(
                    new UploadRequest(world.Address($"{Prefix}{size}"), UploadSource.FromFile(SourceFiles.File(size))), world, CancellationToken.None);
            }
        }

        world.Forget();
        return world;
    }

    private static async Task RunChildAsync(World world, bool sends, int killAt, TimeSpan late)
    {
        using var hold = world.Strike(_ => true, FaultAction.Hold, FaultLimit.Only(killAt));
        var identity = world.Backend.Sandbox.Admin;
        using var process = Process.Start(Dotnet.Command(
            typeof(Kills).Assembly.Location,
            Child, sends ? "send" : "receive", world.Backend.Sandbox.HttpUrl, identity.AccessKeyId, identity.SecretAccessKey,
            world.KmsKeyArn, world.Bucket, world.Folder))!;
        var ended = process.WaitForExitAsync();
        if (await Task.WhenAny(hold.Struck, ended) == ended)
        {
            if (process.ExitCode != 0)
            {
                throw new InvalidOperationException($"The process that was to be killed ended by itself with code {process.ExitCode}.");
            }

            return;
        }

        if (late > TimeSpan.Zero)
        {
            hold.Release();
            await Task.Delay(late);
        }

        process.Kill();
        await ended;
        hold.Dispose();
        await Traces.SettleAsync(world);
    }

    private static async Task RepeatAsync(World world, bool sends) =>
        await (sends ? SendAsync(world.Clean, world.Bucket, world.Folder) : ReceiveAsync(world.Clean, world.Bucket, world.Folder));

    private static Task SendAsync(S3EncryptionClient client, string bucket, string folder) =>
        Task.WhenAll(Directory.GetFiles(folder).Select(file => client.UploadAsync(
            new UploadRequest(new ObjectAddress(bucket, Prefix + Path.GetFileName(file)), UploadSource.FromFile(file)), Silent.Observer, CancellationToken.None)));

    private static async Task ReceiveAsync(S3EncryptionClient client, string bucket, string folder)
    {
        var receiving = new List<Task>();
        await foreach (var item in client.ListAsync(bucket, Prefix, null, CancellationToken.None))
        {
            receiving.Add(client.DownloadAsync(
                new DownloadRequest(new ObjectAddress(bucket, item.Key)),
                FileDestination.Below(folder, [item.Key[Prefix.Length..]], overwrite: true),
                Silent.Observer,
                CancellationToken.None));
        }

        await Task.WhenAll(receiving);
    }

    private static async Task JudgeAsync(World world, bool sends, List<string> wrong, bool isComplete)
    {
        foreach (var size in Sizes)
        {
            var name = $"{size}";
            var content = sends ? await ReadObjectAsync(world, Prefix + name, wrong) : await ReadFileAsync(Path.Combine(world.Folder, name));
            if (content is null ? isComplete : !content.AsSpan().SequenceEqual(SourceFiles.Content(size)))
            {
                wrong.Add(content is null ? $"{name} is missing after it was done again" : $"{name} has another content");
            }
        }

        var strange = Directory.GetFiles(world.Folder).Select(file => Path.GetFileName(file)!)
            .Where(name => !TemporaryFile.IsName(name) && !Sizes.Any(size => name == $"{size}"));
        wrong.AddRange(strange.Select(name => $"there is a file '{name}'"));
    }

    private static async Task<byte[]?> ReadFileAsync(string path) => File.Exists(path) ? await File.ReadAllBytesAsync(path) : null;

    private static async Task<byte[]?> ReadObjectAsync(World world, string key, List<string> wrong)
    {
        try
        {
            return (await world.Clean.DownloadBytesAsync(new DownloadRequest(world.Address(key)), world, CancellationToken.None)).Plaintext;
        }
        catch (CseException error) when (error.ErrorId == ErrorId.NoSuchKey)
        {
            return null;
        }
        catch (CseException error)
        {
            wrong.Add($"{key} cannot be read: {error.Message}");
            return null;
        }
    }

    private sealed class Silent : ITransferObserver
    {
        public static readonly Silent Observer = new();

        public void LengthKnown(long bytes)
        {
        }

        public void Transferred(long bytes)
        {
        }

        public void TemporaryFileLeft(string path)
        {
        }

        public void MayHaveReplaced(string path)
        {
        }

        public void UploadLeft(ObjectAddress address, string? uploadId)
        {
        }
    }
}
