using System.Globalization;
using CseKms.Benchmarks;
const string Usage = """
    dotnet run -c Release --project tests/Benchmarks [-- options]
      --only TEXT    only figures whose name holds the text
      --runs N       alternating runs of each side (default: 5)
      --list         print the names of the figures
    """;

var only = "";
var runs = 5;
for (var i = 0; i < args.Length; i++)
{
    var value = i + 1 < args.Length ? args[i + 1] : "";
    switch (args[i])
    {
        case "--only" when value.Length > 0:
            only = value;
            i++;
            break;
        case "--runs" when int.TryParse(value, CultureInfo.InvariantCulture, out runs) && runs > 0:
            i++;
            break;
        case "--list":
            Array.ForEach(Figures.All, figure => Console.WriteLine($"{figure.Name} | {figure.Against} | {figure.ToReach}"));
            return 0;
        default:
            Console.Error.WriteLine(Usage);
            return 2;
    }
}

var figures = Figures.All.Where(figure => figure.Name.Contains(only, StringComparison.OrdinalIgnoreCase)).ToArray();
if (Sandboxes.AreAtHand)
{
    EngineFiles.Serve();
    return await Runner.RunAsync(figures, runs);
}

// Trust in the sandbox's certificate comes by the environment, which the platform reads when a process begins. So the figures are
// taken by a process that begins when the sandboxes are there.
using var plain = SandboxProcess.Start(Sandboxes.MemoryFolder, keys: figures.Any(PipelineFigures.Listings.Contains) ? PipelineFigures.KeyCount : 0);
using var slow = SandboxProcess.Start(Sandboxes.MemoryFolder, latency: LatencyFigures.Latency);
using var roomy = SandboxProcess.Start(Path.GetTempPath());
return await Sandboxes.RunWithAsync([plain, slow, roomy], args);
