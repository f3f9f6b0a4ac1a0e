using System.Management.Automation.Runspaces;
using System.Runtime.CompilerServices;
using MailPass.Journals;

namespace MailPass.PowerShell.Connection;

/// <summary>
/// The stores that a runspace has opened, and which of them its cmdlets work with when no <c>-MailStore</c> is given.
/// Each runspace has its own, so the runspaces of <c>ForEach-Object -Parallel</c> never change each other's.
/// </summary>
internal sealed class RunspaceStores
{
    private static readonly ConditionalWeakTable<Runspace, RunspaceStores> _byRunspace = [];

    // Of all runspaces, those that are gone included.
    private static readonly ConditionalWeakTable<MailStoreConnection, object> _everywhere = [];

    // A server that does not answer must not keep the process from ending.
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(2);

    private readonly List<MailStoreConnection> _open = [];
    private MailStoreConnection? _default;

    /// <summary>The stores of the runspace that this thread runs in.</summary>
    public static RunspaceStores Current => _byRunspace.GetValue(Runspace.DefaultRunspace, OpenFor);

    /// <summary>The store that cmdlets work with when none is given; the one connected last that is still open.</summary>
    public MailStoreConnection? Default => _default is { IsConnected: true } ? _default : null;

    /// <summary>The folder of runs: that of this store's profile, of the default store's, or the account's own.</summary>
    /// <param name="connection">The store that the call names.</param>
    public static RunFolder Runs(MailStoreConnection? connection = null) => (connection ?? Current.Default)?.Site.Runs() ?? RunFolder.Default();

    /// <summary>Every open store, the default first.</summary>
    public IReadOnlyList<MailStoreConnection> Open
    {
        get
        {
            _open.RemoveAll(connection => !connection.IsConnected);
            return [.. _open.OrderByDescending(connection => connection == _default)];
        }
    }

    // A job's runspace ends long before its process: until then Windows would keep the store's file locked.
    private static RunspaceStores OpenFor(Runspace runspace)
    {
        runspace.StateChanged += static (sender, change) =>
        {
            if (change.RunspaceStateInfo.State is RunspaceState.Closed or RunspaceState.Broken)
            {
                CloseAll((Runspace)sender!);
            }
        };
        return new RunspaceStores();
    }

    /// <summary>Adds a new connection and makes it the default.</summary>
    public void Add(MailStoreConnection connection)
    {
        _open.Add(connection);
        _everywhere.Add(connection, connection);
        _default = connection;
    }

    /// <summary>Closes a store; the one connected before it becomes the default again.</summary>
    public void Close(MailStoreConnection connection)
    {
        connection.Close();
        _open.Remove(connection);
        if (connection == _default)
        {
            _default = _open.LastOrDefault(other => other.IsConnected);
        }
    }

    /// <summary>Closes every store of a runspace.</summary>
    public static void CloseAll(Runspace? runspace)
    {
        if (runspace is not null && _byRunspace.TryGetValue(runspace, out var stores))
        {
            foreach (var connection in stores.Open)
            {
                stores.Close(connection);
            }
        }
    }

    /// <summary>
    /// Closes every store of the process, which ends. Unclosed, a SQLite file would have its last changes beside it, and
    /// a copy of the file alone would have the old passwords.
    /// </summary>
    public static void CloseEverywhere()
    {
        try
        {
            Task.WaitAll([.. _everywhere.Select(open => Task.Run(open.Key.Close))], _patience);
        }
        catch (AggregateException)
        {
            // Nobody is left to read a message, and no committed change is lost.
        }
    }
}
