using MailPass.Changes;

namespace MailPass.Cli.Output;

/// <summary>The columns of a change's row: the same ones, in the same order, as the PowerShell module's results.</summary>
internal static class ResultColumns
{
    public static IReadOnlyList<RowColumn<ChangeResult>> All { get; } =
    [
        new("Mailbox", static (row, to) => to.Text(row.Mailbox)),
        new("Domain", static (row, to) => to.Text(row.Domain), InTable: false),
        new("Status", static (row, to) => to.Text(NameOf(row.Status))),
        new("Password", static (row, to) => to.Secret(row.Password)),
        new("Scheme", static (row, to) => to.Text(row.Scheme)),
        new("Sessions", static (row, to) => to.Text(row.Sessions)),
        new("ErrorId", static (row, to) => to.Text(row.ErrorId)),
        new("Message", static (row, to) => to.Text(row.Message)),
        new("Line", static (row, to) => to.Number(row.Line), InTable: false),
        new("Time", static (row, to) => to.Time(row.Time), InTable: false),
        new("DisplayName", static (row, to) => to.Text(row.DisplayName), InTable: false),
    ];

    private static string NameOf(ChangeStatus status) => status switch
    {
        ChangeStatus.Changed => nameof(ChangeStatus.Changed),
        ChangeStatus.Unchanged => nameof(ChangeStatus.Unchanged),
        ChangeStatus.Skipped => nameof(ChangeStatus.Skipped),
        _ => nameof(ChangeStatus.Failed),
    };
}
