using System.Globalization;
using System.Management.Automation.Host;

namespace CseKms.Engine;

/// <summary>A host without a keyboard, as <c>pwsh -NonInteractive</c> is one, unless it is given an answer.</summary>
/// <param name="writer">Takes all that the host shows.</param>
/// <param name="width">Columns that tables may take.</param>
/// <param name="hasColors">Whether the writer understands escape sequences.</param>
/// <param name="answer">What somebody types when asked for a secret; without it, or when it is null, the question is an error.</param>
internal sealed class EngineHost(TextWriter writer, int width = 120, bool hasColors = false, Func<string?>? answer = null) : PSHost
{
    public override string Name => "CseKms.Engine";

    public override Version Version => PowerShellEngine.Version;

    public override Guid InstanceId { get; } = Guid.NewGuid();

    public override PSHostUserInterface UI { get; } = new EngineHostUI(writer, width, hasColors, answer);

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
