namespace CseKms.Core.Tests.Interop;

/// <summary>A class whose tests run where an interpreter, with what they import, is installed.</summary>
/// <param name="command">What starts the interpreter.</param>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class NeedsAttribute(string command) : Attribute
{
    public Interpreter Interpreter => Interpreter.All.Single(interpreter => interpreter.Command == command);
}
