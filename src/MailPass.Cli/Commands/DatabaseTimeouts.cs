using System.CommandLine;
using MailPass.Stores;

namespace MailPass.Cli.Commands;

/// <summary>How long a database is waited for, the store's and a webmail's.</summary>
internal sealed class DatabaseTimeouts
{
    private readonly Option<TimeSpan?> _connect = TimeLimit.Option(
        "--connect-timeout", "How long connecting to a database server may take, in seconds; 15 without it.", StoreOpenOptions.ShortestTimeout, StoreOpenOptions.LongestConnectTimeout);

    private readonly Option<TimeSpan?> _command = TimeLimit.Option(
        "--command-timeout", "How long a database may take over one statement, and how long a locked row or file is waited for, in seconds; 60 without it.", StoreOpenOptions.ShortestTimeout, StoreOpenOptions.LongestCommandTimeout);

    public DatabaseTimeouts(Command command)
    {
        command.Options.Add(_connect);
        command.Options.Add(_command);
    }

    /// <summary>The options with the limits that were given.</summary>
    public StoreOpenOptions Limit(StoreOpenOptions options, ParseResult call) => options with
    {
        ConnectTimeout = call.GetValue(_connect) ?? options.ConnectTimeout,
        CommandTimeout = call.GetValue(_command) ?? options.CommandTimeout,
    };
}
