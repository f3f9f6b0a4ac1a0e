using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using MailPass.Changes;
using MailPass.Cli.Input;
using MailPass.Cli.Output;
using MailPass.Generation;
using MailPass.Hashing;
using MailPass.Import;
using MailPass.Mailboxes;
using MailPass.Policy;
using MailPass.Secrets;
using MailPass.Stores;

namespace MailPass.Cli.Commands;

/// <summary><c>mailpass demo</c>: the main job from beginning to end on its own store, with a check of the result.</summary>
internal sealed class DemoCommand : CliCommand
{
    private const string Domain = "example.com";
    private const int VerifiedAtOnce = 64;

    private readonly Option<string?> _folder = new("--folder") { Description = "The working folder. A new temporary folder by default." };

    public DemoCommand(CliConsole console)
        : base(console, "demo", "Makes a store of 1,000 mailboxes in a temporary folder, resets a domain and proves every new password.")
    {
        Options.Add(_folder);
        AddCommonOptions();
    }

    protected override async Task<int> RunAsync(ParseResult call, CancellationToken cancellationToken)
    {
        using var text = new TargetWriter(Terminal.OpenOutput);
        var folder = call.GetValue(_folder) is { } wished ? Directory.CreateDirectory(wished) : Directory.CreateTempSubdirectory("mailpass-demo-");
        var boxes = Path.Combine(folder.FullName, "boxes.csv");
        var storePath = Path.Combine(folder.FullName, "mail.db");
        var rows = Path.Combine(folder.FullName, "new-passwords.csv");

        CopySample(boxes);
        using (var table = await CsvTable.OpenAsync(
            InputSource.Open(boxes, Terminal), boxes, [Column.Mailbox], [Column.DisplayName, Column.Active], CsvOptions.Default, cancellationToken).ConfigureAwait(false))
        {
            var creation = await InitCommand.CreateAsync(storePath, table, cancellationToken).ConfigureAwait(false);
            Tell(text, $"1. Made a store of {creation.Created:N0} mailboxes:  {storePath}");
        }

        var (exitCode, tally) = await ResetAsync(storePath, rows, cancellationToken).ConfigureAwait(false);
        if (exitCode != ExitCodes.Done)
        {
            return exitCode;
        }

        Tell(text, $"2. Reset every active mailbox of {Domain}: {tally}");
        Tell(text, $"   Addresses and new passwords, for your eyes only:  {rows}");

        var started = Stopwatch.GetTimestamp();
        var (proven, all) = await ProveAsync(storePath, rows, cancellationToken).ConfigureAwait(false);
        Tell(text, $"3. Opened the store afresh and tried every password in that file: {proven:N0} of {all:N0} are right ({Stopwatch.GetElapsedTime(started).TotalSeconds:0.0} s).");
        if (proven != all || all != tally.Changed)
        {
            Tell(text, $"The demo failed: {all - proven:N0} passwords do not fit their mailboxes.");
            return ExitCodes.SomeFailed;
        }

        Tell(text, $"Next, by hand:  mailpass list --store {storePath} --domain example.net");
        Tell(text, $"All is well: {proven:N0} mailboxes of {Domain} have new passwords, and each was proven.");
        return ExitCodes.Done;
    }

    private async Task<(int ExitCode, RunTally Tally)> ResetAsync(string storePath, string rows, CancellationToken cancellationToken)
    {
        var store = await MailStore.OpenAsync(StoreLocation.Parse(storePath), new StoreOpenOptions(), Logger, cancellationToken).ConfigureAwait(false);
        await using var closing = store.ConfigureAwait(false);
        var options = new ChangeRunOptions { Generator = new PasswordGenerator(PasswordPolicy.Default), RefuseDuplicates = false };
        var selection = new DomainSelection(Domain, MailboxActions.Reset, IncludeInactive: false);
        using var output = new RowOutput<ChangeResult>(
            new CsvFormat<ChangeResult>(ResultColumns.All), FileTarget.Create(rows, overwrite: false), static row => row.Password?.Dispose());
        var job = new ChangeJob(Terminal, store, options, Logger) { Quiet = true };
        var exitCode = await job.RunAsync(Requests.FromStore(store, selection, shard: null, Exclusions.None, cancellationToken), output, cancellationToken).ConfigureAwait(false);
        return (exitCode, job.Tally);
    }

    // Uses only the run's CSV and the store, like somebody who receives both.
    private async Task<(int Proven, int All)> ProveAsync(string storePath, string rows, CancellationToken cancellationToken)
    {
        var store = await MailStore.OpenAsync(StoreLocation.Parse(storePath), new StoreOpenOptions(), Logger, cancellationToken).ConfigureAwait(false);
        await using var closing = store.ConfigureAwait(false);
        using var table = await CsvTable.OpenAsync(InputSource.Open(rows, Terminal), rows, [Column.Mailbox, Column.Password], [], CsvOptions.Default, cancellationToken)
            .ConfigureAwait(false);
        var passwords = new List<(MailboxAddress Address, Secret Password)>();
        try
        {
            while (await table.ReadAsync(cancellationToken).ConfigureAwait(false))
            {
                passwords.Add((MailboxAddress.Parse(new string(table[Column.Mailbox])), Secret.FromChars(table[Column.Password])));
            }

            var accounts = await store.FindAsync([.. passwords.Select(entry => entry.Address)], cancellationToken).ConfigureAwait(false);
            var proven = 0;
            var chunks = Enumerable.Range(0, passwords.Count).Where(i => accounts[i]?.PasswordHash is not null).Chunk(VerifiedAtOnce);
            Parallel.ForEach(chunks, new ParallelOptions { CancellationToken = cancellationToken }, chunk =>
            {
                var jobs = Array.ConvertAll(
                    chunk, i => new VerifyJob(StoredHash.Parse(accounts[i]!.PasswordHash!, store.Info.UnprefixedScheme), passwords[i].Password));
                Interlocked.Add(ref proven, BatchVerifier.Verify(jobs).Count(fits => fits));
            });
            return (proven, passwords.Count);
        }
        finally
        {
            passwords.ForEach(entry => entry.Password.Dispose());
        }
    }

    private static void CopySample(string path)
    {
        using var sample = typeof(DemoCommand).Assembly.GetManifestResourceStream("boxes.csv")!;
        using var file = new FileStream(path, FileMode.CreateNew);
        sample.CopyTo(file);
    }

    private static void Tell(TargetWriter text, FormattableString line) => text.Write(line.ToString(CultureInfo.InvariantCulture) + Environment.NewLine);
}
