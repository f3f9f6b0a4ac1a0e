using System.Management.Automation;
using System.Management.Automation.Runspaces;
using System.Runtime.CompilerServices;

namespace MailPass.PowerShell.Formats;

/// <summary>
/// Tells PowerShell how MailPass's rows look, when the first one may be written. Named in the manifest, the views would
/// be read at every import, which takes longer than everything else that an import does.
/// </summary>
internal static class FormatViews
{
    private static readonly ConditionalWeakTable<Runspace, object> _loaded = [];

    /// <summary>Loads the views into the runspace of this thread, once.</summary>
    public static void Load()
    {
        if (Runspace.DefaultRunspace is not { } runspace || !_loaded.TryAdd(runspace, runspace))
        {
            return;
        }

        var file = Path.Combine(Path.GetDirectoryName(typeof(FormatViews).Assembly.Location)!, "MailPass.Format.ps1xml");
        using var shell = System.Management.Automation.PowerShell.Create(RunspaceMode.CurrentRunspace);
        shell.AddCommand("Microsoft.PowerShell.Utility\\Update-FormatData").AddParameter("AppendPath", file);
        try
        {
            shell.Invoke();
        }
        catch (RuntimeException)
        {
            // A runspace that has no such command (a constrained endpoint) shows rows as lists, which is all it can do.
        }
    }
}
