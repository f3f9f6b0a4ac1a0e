using System.Collections;
using System.Management.Automation;
using MailPass.Import;
using static MailPass.PowerShell.Pipeline.PipelineCommands;

namespace MailPass.PowerShell.Pipeline;

/// <summary>
/// The files that an Import-Csv earlier in the same pipeline reads. It drops the fields of a row that has more of them
/// than the header, and so delivers half of a password that contains the delimiter; only the file itself still shows it.
/// </summary>
internal sealed class UpstreamCsv
{
    private readonly Dictionary<string, MailPassException> _faults = new(StringComparer.OrdinalIgnoreCase);

    private UpstreamCsv()
    {
    }

    /// <summary>Searches the pipeline of a cmdlet for Import-Csv, and checks the files that it reads.</summary>
    /// <param name="cmdlet">The cmdlet, on the pipeline thread.</param>
    /// <param name="fullPath">Makes a path whole.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    public static UpstreamCsv Read(PSCmdlet cmdlet, Func<string, string> fullPath, CancellationToken cancellationToken)
    {
        var found = new UpstreamCsv();
        foreach (var import in Before(cmdlet).Where(static command => command.GetType().Name == "ImportCsvCommand"))
        {
            // With -Header the first line may be a row; Import-Csv itself reports other faults.
            if (Value(import, "Header") is ICollection { Count: > 0 })
            {
                continue;
            }

            // Only the number of fields matters here, so an encoding in which every byte is a character.
            var options = new CsvOptions { Delimiter = Value(import, "Delimiter") is char and not '\0' and var delimiter ? delimiter : null, Encoding = "iso-8859-1" };
            foreach (var path in (Value(import, "Path") ?? Value(import, "LiteralPath")) as IEnumerable<string> ?? [])
            {
                try
                {
                    found.ReadFile(fullPath(path), options, cancellationToken);
                }
                catch (MailPassException)
                {
                    // If this cannot read the file, that is no reason to refuse what Import-Csv could read.
                }
            }
        }

        return found;
    }

    /// <summary>The fault of a mailbox's row in the file; <see langword="null"/> if there is none.</summary>
    /// <param name="mailbox">The mailbox as the row names it.</param>
    public MailPassException? FaultOf(string mailbox) => _faults.Count > 0 && _faults.TryGetValue(mailbox.Trim(), out var fault) ? fault : null;

    private void ReadFile(string path, CsvOptions options, CancellationToken cancellationToken)
    {
        // On the pool: no part of Core's work may depend on the pipeline thread, which waits.
        Task.Run(
            async () =>
            {
                using var table = await CsvTable.OpenAsync(InputFile.Open(path), path, [Column.Mailbox], [], options, cancellationToken).ConfigureAwait(false);
                while (await table.ReadAsync(cancellationToken).ConfigureAwait(false))
                {
                    if (table.HasSurplus && table.ReadMailbox(out var mailbox) is { } fault)
                    {
                        _faults[mailbox.Trim()] = new MailPassException(fault.ErrorId, $"Line {table.Line} of {path}: {fault.Message}", fault.Remedy);
                    }
                }
            },
            cancellationToken).GetAwaiter().GetResult();
    }
}
