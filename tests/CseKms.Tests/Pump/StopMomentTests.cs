using CseKms.Sandbox;
using Xunit;

namespace CseKms.Tests.Pump;

/// <summary>Whenever and however a transfer is ended, it ends soon and leaves no worker, temporary file or open upload.</summary>
public sealed class StopMomentTests(SandboxFixture sandbox) : IDisposable
{
    private const int Files = 40;

    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private readonly UserSession _session = new(sandbox);

    // The n-th request of the transfer is the moment: a data key, an object, a part, a listing.
    public static TheoryData<string, string, int> Moments
    {
        get
        {
            var moments = new TheoryData<string, string, int>();
            foreach (var (shape, numbers) in new[]
            {
                ("small", (int[])[1, 2]),
                ("many", [1, 2, 3, 8, 16, 24, 40, 60, 75, 80]),
                ("large", [1, 2, 3, 4, 5, 6, 7, 8, 9]),
            })
            {
                foreach (var number in numbers)
                {
                    moments.Add(shape, "send", number);
                    moments.Add(shape, "receive", number);
                }
            }

            return moments;
        }
    }

    public static TheoryData<string, int> Results => new MatrixTheoryData<string, int>(["send", "receive"], [1, 2, 3, 5, 8, 13, 20, 30, 39, 40]);

    [Theory]
    [MemberData(nameof(Moments))]
    public async Task Stop_at_any_moment_leaves_nothing(string shape, string direction, int number)
    {
        var script = Prepare(shape, direction);
        var count = 0;
        using var hold = sandbox.Server.Faults.Hold(_ => ++count == number);
        var running = _session.Begin(script);
        await Task.WhenAny(hold.Struck, running).WaitAsync(Limit, TestContext.Current.CancellationToken);

        _session.Stop();
        await running.WaitAsync(Soon, TestContext.Current.CancellationToken);

        NothingIsLeft();
    }

    [Theory]
    [MemberData(nameof(Results))]
    public async Task Throw_downstream(string direction, int number)
    {
        var script = Prepare("many", direction);
        var count = 0;
        _session.Set("count", (Func<int>)(() => ++count));

        var result = await _session
            .Begin($"{script} | ForEach-Object {{ if ($count.Invoke() -eq {number}) {{ throw 'enough' }} }}")
            .WaitAsync(Limit, TestContext.Current.CancellationToken);

        Assert.Equal("enough", result.Terminating?.ToString());
        NothingIsLeft();
    }

    [Theory]
    [MemberData(nameof(Results))]
    public async Task An_error_that_stops(string direction, int number)
    {
        var script = Prepare("many", direction);
        var count = 0;
        using var fail = sandbox.Server.Faults.Fail(
            request => request.Operation is "PutObject" or "GetObject" && ++count == number, 403, "AccessDenied");

        var result = await _session.Begin($"{script} -ErrorAction Stop").WaitAsync(Limit, TestContext.Current.CancellationToken);

        Assert.Equal("S3AccessDenied", result.Terminating?.Id());
        NothingIsLeft();
    }

    public void Dispose() => _session.Dispose();

    private string Prepare(string shape, string direction)
    {
        switch (shape)
        {
            case "many":
                _session.Write(Enumerable.Range(0, Files).Select(i => $"source/{i:D2}"));
                break;
            default:
                _session.Write("source/only");
                if (shape == "large")
                {
                    using var file = File.OpenWrite(_session.Folder.File("source/only"));
                    file.SetLength(100 << 20);
                }

                break;
        }

        const string Send = "Send-CseS3Object source -Recurse -KeyPrefix p @s3";
        if (direction == "send")
        {
            return Send;
        }

        _session.Run(Send).Good();
        return "Receive-CseS3Object -KeyPrefix p -Destination target @s3";
    }

    private void NothingIsLeft()
    {
        Assert.DoesNotContain(_session.Folder.Entries, entry => Path.GetFileName(entry).StartsWith(".cse-", StringComparison.Ordinal));
        Assert.Equal(0, sandbox.Server.Objects.OpenUploads(_session.Bucket));

        // What was on its way arrives before a later call of ours has been answered; a worker that still ran would ask for more.
        _session.Run("Get-CseS3Object $bucket -Prefix none/").Good();
        var before = sandbox.Server.Requests.Count(IsOwn);
        _session.Run("Get-CseS3Object $bucket -Prefix none/").Good();
        Assert.Equal(before + 1, sandbox.Server.Requests.Count(IsOwn));
    }

    private bool IsOwn(SandboxRequest request) => request.Service == "kms" || request.Bucket == _session.Bucket;
}
