using System.Globalization;
using System.Management.Automation.Host;

namespace CseKms.Tests.Shared;

/// <summary>A host without a keyboard, as <c>pwsh -NonInteractive</c> is one, unless it is given an answer.</summary>
/// <param name="writer">Takes all that the host shows.</param>
/// <param name="answer">What somebody types when asked for a secret; without it, or when it is null, the question is an error.</param>
public sealed class EngineHost(TextWriter writer, Func<string?>? answer = null) : PSHost
{
    public override string Name => "CseKms.Tests";

    public override Version Version => Pwsh.Version;

    public override Guid InstanceId { get; } = Guid.NewGuid();

    public override PSHostUserInterface UI { get; } = new EngineHostUI(writer, answer);

    public override CultureInfo CurrentCulture => CultureInfo.CurrentCulture;

    public override CultureInfo CurrentUICulture => CultureInfo.CurrentUICulture;

    public override void SetShouldExit(int exitCode)
    {
        // A script's exit code is its $LASTEXITCODE; the process belongs to whoever hosts the engine.
    }

    public override void NotifyBeginApplication()
    {
    }

    public override void NotifyEndApplication()
    {
    }

    public override void EnterNestedPrompt() => throw new NotSupportedException();

    public override void ExitNestedPrompt() => throw new NotSupportedException();
}
