using System.Management.Automation.Host;

namespace CseKms.Binding;

/// <summary>Tells whether somebody sits before a host. Where nobody does, a prompt would hang for ever or fail.</summary>
internal static class Interaction
{
    private const string ConsoleHost = "ConsoleHost";

    public static bool IsPossible(PSHost host) =>
        HasScreen(host)
        && Environment.UserInteractive
        && (host.Name != ConsoleHost || !(Console.IsInputRedirected || IsNonInteractive(Environment.GetCommandLineArgs())));

    // A host that has none still gets a UI from the engine, which drops what is written and refuses all else.
    private static bool HasScreen(PSHost host)
    {
        try
        {
            _ = host.UI?.RawUI?.ForegroundColor ?? throw new HostException();
            return true;
        }
        catch (HostException)
        {
            return false;
        }
    }

    /// <summary>Whether a command line of pwsh has -NonInteractive, which may be cut down to -noni, and whose value pwsh does not tell.</summary>
    private static bool IsNonInteractive(IEnumerable<string> arguments) =>
        arguments.Any(argument =>
            argument.TrimStart('-', '/') is { Length: >= 4 } name
            && name.Length < argument.Length
            && "noninteractive".StartsWith(name, StringComparison.OrdinalIgnoreCase));
}
