using System.Management.Automation.Host;

namespace CseKms.Binding;

/// <summary>Tells whether somebody sits before a host. Where nobody does, a prompt would hang for ever or fail.</summary>
internal static class Interaction
{
    private const string ConsoleHost = "ConsoleHost";

    public static bool IsPossible(PSHost host) =>
        host.UI is not null
        && Environment.UserInteractive
        && (host.Name != ConsoleHost || !(Console.IsInputRedirected || IsNonInteractive(Environment.GetCommandLineArgs())));

    /// <summary>Whether a command line of pwsh has -NonInteractive, which may be cut down to -noni, and whose value pwsh does not tell.</summary>
    internal static bool IsNonInteractive(IEnumerable<string> arguments) =>
        arguments.Any(argument =>
            argument.TrimStart('-', '/') is { Length: >= 4 } name
            && name.Length < argument.Length
            && "noninteractive".StartsWith(name, StringComparison.OrdinalIgnoreCase));
}
