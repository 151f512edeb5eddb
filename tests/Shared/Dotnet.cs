using System.Diagnostics;

namespace CseKms.Tests.Shared;

/// <summary>.NET programs in processes of their own.</summary>
public static class Dotnet
{
    private static readonly string[] BuildVariables = ["MSBUILD", "VSTEST_"];

    /// <summary>How to begin a program by the runtime that runs this one. What a build or test run sets for itself is not handed on.</summary>
    /// <param name="assembly">The program's dll.</param>
    /// <param name="arguments">The program's arguments.</param>
    public static ProcessStartInfo Command(string assembly, params IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", ["exec", assembly, .. arguments]);
        foreach (var name in start.Environment.Keys.Where(IsOfBuild).ToArray())
        {
            start.Environment.Remove(name);
        }

        return start;
    }

    private static bool IsOfBuild(string name) => BuildVariables.Any(prefix => name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase));
}
