using System.Management.Automation;
using System.Management.Automation.Runspaces;
using System.Runtime.Loader;
using MailPass.PowerShell.Connection;

namespace MailPass.PowerShell.Loading;

/// <summary>The code that runs when the module is imported into a runspace and removed from it.</summary>
public sealed class ModuleLifetime : IModuleAssemblyInitializer, IModuleAssemblyCleanup
{
    private static readonly object _gate = new();
    private static int _imports;

    /// <summary>Called by PowerShell before it looks at the cmdlets.</summary>
    public void OnImport()
    {
        lock (_gate)
        {
            // Type names belong to the process, imports to a runspace: the first one in and the last one out count.
            if (_imports++ == 0)
            {
                AssemblyLoadContext.Default.Resolving += CoreLoadContext.Resolve;
                CoreTypeNames.Register();
                AppDomain.CurrentDomain.ProcessExit += OnExit;
            }
        }
    }

    /// <summary>Called by PowerShell when the module is removed, also by <c>Import-Module -Force</c>.</summary>
    /// <param name="psModuleInfo">The module.</param>
    public void OnRemove(PSModuleInfo psModuleInfo)
    {
        RunspaceStores.CloseAll(Runspace.DefaultRunspace);
        lock (_gate)
        {
            if (--_imports == 0)
            {
                AppDomain.CurrentDomain.ProcessExit -= OnExit;
                CoreTypeNames.Unregister();
                AssemblyLoadContext.Default.Resolving -= CoreLoadContext.Resolve;
            }
        }
    }

    private static void OnExit(object? sender, EventArgs arguments) => RunspaceStores.CloseEverywhere();
}
