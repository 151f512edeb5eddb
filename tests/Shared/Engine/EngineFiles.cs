using System.Runtime.InteropServices;
using System.Runtime.Loader;

namespace CseKms.Tests.Shared;

/// <summary>Where this process finds the engine.</summary>
public static class EngineFiles
{
    /// <summary>
    /// Lets this process load the engine, and what the engine loads, from PowerShell's own folder; so it finds the modules there that
    /// come with PowerShell. To be called before a method that names a type of the engine runs.
    /// </summary>
    public static void Serve()
    {
        var files = new AssemblyDependencyResolver(Pwsh.Assembly);
        AssemblyLoadContext.Default.Resolving += (context, name) =>
            files.ResolveAssemblyToPath(name) is { } path ? context.LoadFromAssemblyPath(path) : null;
        AssemblyLoadContext.Default.ResolvingUnmanagedDll += (_, name) =>
            files.ResolveUnmanagedDllToPath(name) is { } path ? NativeLibrary.Load(path) : 0;
    }
}
