using System.Diagnostics;

namespace CseKms.Tests.Shared;

/// <summary>
/// PowerShell in a process of its own, from its package. It is begun as a .NET program: the command of a tool installation is a
/// second process, which passes no signals on.
/// </summary>
public static class Pwsh
{
    /// <summary>The folder that PowerShell calls <c>$PSHOME</c>.</summary>
    public static string Home { get; } = BuildFact.Of("PowerShellFolder");

    public static Version Version { get; } = new(BuildFact.Of("PowerShellVersion"));

    public static string Assembly => Path.Combine(Home, "pwsh.dll");

    /// <summary>The manifest of Pester.</summary>
    public static string Pester(string version) => Path.Combine(BuildFact.Of("PesterFolder"), version, "tools", "Pester.psd1");

    /// <summary>How to begin it, without the user's profile and without somebody to ask.</summary>
    public static ProcessStartInfo Command(params IEnumerable<string> arguments)
    {
        var start = Dotnet.Command(Assembly, ["-NoProfile", "-NonInteractive", "-ExecutionPolicy", "Bypass", .. arguments]);
        start.Environment["POWERSHELL_TELEMETRY_OPTOUT"] = "1";
        return start;
    }

    /// <summary>Begins it with a standard input that has ended.</summary>
    public static Process Start(ProcessStartInfo command)
    {
        command.RedirectStandardInput = true;
        var process = Process.Start(command)!;
        process.StandardInput.Close();
        return process;
    }
}
