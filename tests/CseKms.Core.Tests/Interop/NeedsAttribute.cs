using CseKms.Core.Tests.Wycheproof;

namespace CseKms.Core.Tests.Interop;

/// <summary>A class whose tests run where something of other makers is: an interpreter with what they import, or test vectors.</summary>
/// <param name="name">The command that starts the interpreter, or the name of the vectors.</param>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class NeedsAttribute(string name) : Attribute
{
    public Task<bool> IsThereAsync() => name == WycheproofFiles.Name
        ? Task.FromResult(WycheproofFiles.AreThere)
        : Interpreter.All.Single(interpreter => interpreter.Command == name).IsInstalledAsync();
}
