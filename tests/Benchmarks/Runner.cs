using System.Reflection;
using System.Runtime.InteropServices;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace CseKms.Benchmarks;

/// <summary>Takes the figures and shows them.</summary>
internal static class Runner
{
    private static readonly JsonSerializerOptions Json = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(IReadOnlyList<Figure> figures, int runs)
    {
        var folder = Directory.CreateDirectory(Path.Combine(Sandboxes.MemoryFolder, Path.GetRandomFileName())).FullName;
        var roomyFolder = Directory.CreateTempSubdirectory("csekms-benchmarks-").FullName;
        try
        {
            var bench = new Bench(runs, Sandboxes.AtHand, folder, roomyFolder);
            var rows = new List<object>();
            Console.WriteLine($"{Machine}; {runs} runs a side");
            Console.WriteLine();
            Console.WriteLine("| figure | against | result | to reach | medians |");
            Console.WriteLine("|---|---|---|---|---|");
            foreach (var figure in figures)
            {
                var measured = await figure.MeasureAsync(bench);
                var isReached = figure.Goal.IsReachedBy(measured.Result) && measured.Shortfall is null;
                var medians = (Ours: Measured.Median(measured.Ours), Theirs: Measured.Median(measured.Theirs));
                var note = isReached ? "" : $" (missed{(measured.Shortfall is null ? "" : $": {measured.Shortfall}")})";
                Console.WriteLine(
                    $"| {figure.Name} | {figure.Against} | {figure.Goal.Format(measured.Result)}{note} | {figure.ToReach} "
                    + $"| {Amount(medians.Ours, measured.Unit)} against {Amount(medians.Theirs, measured.Unit)} |");
                rows.Add(new
                {
                    figure = figure.Name,
                    against = figure.Against,
                    toReach = figure.ToReach,
                    result = measured.Result,
                    isReached,
                    unit = measured.Unit,
                    medianOurs = medians.Ours,
                    medianTheirs = medians.Theirs,
                    runsOurs = measured.Ours,
                    runsTheirs = measured.Theirs,
                });
            }

            var path = Results;
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            await File.WriteAllTextAsync(path, JsonSerializer.Serialize(new { machine = Machine, taken = DateTime.UtcNow, runs, figures = rows }, Json));
            return 0;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
            Directory.Delete(roomyFolder, recursive: true);
        }
    }

    private static string Results =>
        Assembly.GetExecutingAssembly().GetCustomAttributes<AssemblyMetadataAttribute>().Single(data => data.Key == "Results").Value!;

    private static string Machine
    {
        get
        {
            const string CpuInfo = "/proc/cpuinfo";
            var model = File.Exists(CpuInfo)
                ? File.ReadLines(CpuInfo).FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':')[1].Trim()
                : Environment.GetEnvironmentVariable("PROCESSOR_IDENTIFIER");
            return $"{model ?? $"{RuntimeInformation.ProcessArchitecture}"}, {Environment.ProcessorCount} cores, "
                + $"{GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / (1L << 30)} GiB, {RuntimeInformation.OSDescription}, {RuntimeInformation.FrameworkDescription}";
        }
    }

    private static string Amount(double value, string unit) => value switch
    {
        >= 100 => $"{value:0} {unit}",
        >= 1 => $"{value:0.00} {unit}",
        _ => unit == "s" ? $"{value * 1000:0.0} ms" : $"{value:0.0} {unit}",
    };
}
