using System.Collections.ObjectModel;
using System.Management.Automation;
using System.Management.Automation.Host;
using System.Net;
using System.Security;

namespace CseKms.Tests.Shared;

/// <summary>Writes what pwsh writes, without colors; every question that has no answer is an error.</summary>
internal sealed class EngineHostUI(TextWriter writer, Func<string?>? answer) : PSHostUserInterface
{
    public override PSHostRawUserInterface RawUI { get; } = new EngineRawUI();

    public override void Write(string value) => writer.Write(GetOutputString(value, supportsVirtualTerminal: false));

    public override void Write(ConsoleColor foregroundColor, ConsoleColor backgroundColor, string value) => Write(value);

    public override void WriteLine(string value) => writer.WriteLine(GetOutputString(value, supportsVirtualTerminal: false));

    public override void WriteErrorLine(string value) => WriteLine(value);

    public override void WriteWarningLine(string message) => WriteLine($"WARNING: {message}");

    public override void WriteVerboseLine(string message) => WriteLine($"VERBOSE: {message}");

    public override void WriteDebugLine(string message) => WriteLine($"DEBUG: {message}");

    public override void WriteProgress(long sourceId, ProgressRecord record)
    {
        // Nothing stays of a progress bar.
    }

    public override string ReadLine() => throw Unanswered();

    public override SecureString ReadLineAsSecureString() =>
        answer?.Invoke() is { } text ? new NetworkCredential("", text).SecurePassword : throw Unanswered();

    public override Dictionary<string, PSObject> Prompt(string caption, string message, Collection<FieldDescription> descriptions) =>
        throw Unanswered();

    public override int PromptForChoice(string caption, string message, Collection<ChoiceDescription> choices, int defaultChoice) =>
        throw Unanswered();

    public override PSCredential PromptForCredential(string caption, string message, string userName, string targetName) =>
        throw Unanswered();

    public override PSCredential PromptForCredential(
        string caption, string message, string userName, string targetName,
        PSCredentialTypes allowedCredentialTypes, PSCredentialUIOptions options) =>
        throw Unanswered();

    private static PSInvalidOperationException Unanswered() => new("Nobody is there to answer.");
}
