using System.Reflection;
using System.Runtime.Loader;

namespace CseKms.Isolation;

/// <summary>
/// The private load context of the engine and the AWS SDK, so that another AWSSDK in the process, such as that of AWS.Tools, and
/// this module's own do not meet.
/// </summary>
internal sealed class DependencyContext : AssemblyLoadContext
{
    private const string EngineAssembly = "CseKms.Core";

    private readonly string _folder;

    private DependencyContext(string folder)
        : base("CseKms")
    {
        _folder = folder;
    }

    /// <summary>Answers from now on for the engine, and for the engine alone, when the default context looks for it. Called once.</summary>
    public static void Install()
    {
        var bin = Path.GetDirectoryName(typeof(DependencyContext).Assembly.Location)!;
        var context = new DependencyContext(Path.Combine(Path.GetDirectoryName(bin)!, "deps"));
        Default.Resolving += (_, name) => name.Name == EngineAssembly ? context.LoadFromAssemblyName(name) : null;
    }

    /// <summary>Looks into the module's own folder first: else the default context's assemblies of the same name would win silently.</summary>
    protected override Assembly? Load(AssemblyName assemblyName)
    {
        var path = Path.Combine(_folder, $"{assemblyName.Name}.dll");
        return File.Exists(path) ? LoadFromAssemblyPath(path) : null;
    }
}
