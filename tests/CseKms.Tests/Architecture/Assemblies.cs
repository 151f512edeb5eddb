using System.Reflection;
using Mono.Cecil;

namespace CseKms.Tests.Architecture;

/// <summary>The assemblies of the module folder and that of the tests, as files.</summary>
internal static class Assemblies
{
    public static ModuleDefinition Core { get; } = Code.Read(BuiltModule.File("deps", "CseKms.Core.dll"));

    public static ModuleDefinition Cmdlets { get; } = Code.Read(BuiltModule.File("bin", "CseKms.dll"));

    public static ModuleDefinition Tests { get; } = Code.Read(Assembly.GetExecutingAssembly().Location);
}
