using System.Management.Automation;
using CseKms.Isolation;

namespace CseKms;

/// <summary>What happens when the module is imported and removed. Several runspaces of a process may import it at once.</summary>
public sealed class ModuleLifecycle : IModuleAssemblyInitializer, IModuleAssemblyCleanup
{
    private static readonly object Lock = new();
    private static int s_imports;
    private static bool s_isInstalled;

    /// <inheritdoc/>
    public void OnImport()
    {
        lock (Lock)
        {
            if (!s_isInstalled)
            {
                DependencyContext.Install();
                s_isInstalled = true;
            }

            s_imports++;
        }
    }

    /// <inheritdoc/>
    public void OnRemove(PSModuleInfo psModuleInfo)
    {
        lock (Lock)
        {
            if (--s_imports == 0)
            {
                SharedSession.Reset();
            }
        }
    }
}
