using System.Reflection;
using System.Reflection.Emit;

namespace CseKms.Benchmarks;

/// <summary>What it takes to import the module.</summary>
internal static class ImportFigures
{
    public static Figure[] All { get; } =
    [
        new($"Import-Module CseKms in {Scripts.Host}", "an empty binary module", Goal.AtMostMilliseconds(100), async bench =>
        {
            var empty = Path.Combine(bench.Folder, "Empty.dll");
            var assembly = new PersistedAssemblyBuilder(new AssemblyName("Empty"), typeof(object).Assembly);
            assembly.DefineDynamicModule("Empty");
            assembly.Save(empty);
            var (ours, theirs) = await bench.AlternateAsync(
                () => ImportAsync(bench, BuiltModule.File("CseKms.psd1")), () => ImportAsync(bench, empty));
            return Measured.Difference(ours, theirs, "ms");
        }),
    ];

    private static Task<double> ImportAsync(Bench bench, string module) => Scripts.NumberAsync(bench, $"""
        $watch = [Diagnostics.Stopwatch]::StartNew()
        Import-Module '{module}'
        $watch.Elapsed.TotalMilliseconds
        """);
}
