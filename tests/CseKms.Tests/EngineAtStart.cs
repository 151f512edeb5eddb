using System.Runtime.CompilerServices;

namespace CseKms.Tests;

/// <summary>Types of the engine stand in signatures here, so it must be found before the runner looks at a test.</summary>
internal static class EngineAtStart
{
    [ModuleInitializer]
    internal static void Serve() => EngineFiles.Serve();
}
