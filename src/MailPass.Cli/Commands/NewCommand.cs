using System.CommandLine;
using System.Globalization;
using MailPass.Changes;
using MailPass.Cli.Output;
using MailPass.Secrets;

namespace MailPass.Cli.Commands;

/// <summary><c>mailpass new</c>: generated passwords, one per line.</summary>
internal sealed class NewCommand : CliCommand
{
    private readonly Option<int> _count = new("--count", "-n") { Description = "How many.", DefaultValueFactory = static _ => 1 };
    private readonly Option<bool> _json = new("--json") { Description = "The same as --format json." };
    private readonly Option<OutputFormat?> _format = new("--format", "-f") { Description = "table, csv or json, with the entropy of each. Without it, bare passwords." };
    private readonly ProfileOption _profile;
    private readonly PasswordOptions _passwords;
    private readonly ClipboardOption _clipboard;

    public NewCommand(CliConsole console)
        : base(console, "new", "Generates passwords that conform to the policy; states their entropy on standard error.")
    {
        _count.Validators.Add(static result =>
        {
            // Read here: the parser reports a value that is not a number, and reading the value would throw.
            if (result.Tokens.Count > 0 && int.TryParse(result.Tokens[0].Value, NumberStyles.Integer, CultureInfo.InvariantCulture, out var count) && count < 1)
            {
                result.AddError("--count must be 1 or more.");
            }
        });
        Options.Add(_count);
        _profile = new ProfileOption(this);
        _passwords = new PasswordOptions(this, generates: true);
        Options.Add(_json);
        Options.Add(_format);
        _clipboard = new ClipboardOption(this, result =>
            result.GetResult(_count) is { Implicit: false } && result.GetValue(_count) != 1 ? "--clipboard takes one password: leave --count out."
            : result.GetResult(_json) is { Implicit: false } || result.GetResult(_format) is { Implicit: false } ? "--clipboard writes nothing out: leave --format and --json out."
            : null);
        AddCommonOptions();
    }

    protected override Task<int> RunAsync(ParseResult call, CancellationToken cancellationToken)
    {
        var generator = _passwords.Generators(call, _profile.Load(call)).Site;
        var bits = Math.Floor(generator.EntropyBits * 10) / 10;
        if (_clipboard.Find(call, Terminal) is { } clipboard)
        {
            using var password = generator.Next();
            var arrived = ClipboardHandover.Copy(clipboard, password, "The password", out var said);
            Terminal.Say(arrived is false ? $"{said} ({ErrorIds.ClipboardUnavailable})" : string.Create(CultureInfo.InvariantCulture, $"{said} It has {bits:0.0} bits of entropy."));
            return Task.FromResult(arrived is false ? ExitCodes.SomeFailed : ExitCodes.Done);
        }

        IReadOnlyList<RowColumn<Secret>> columns =
        [
            new("Password", static (password, to) => to.Secret(password)),
            new("EntropyBits", (_, to) => to.Number(bits)),
        ];
        RowFormat<Secret> format = call.GetValue(_json)
            ? new JsonFormat<Secret>(columns)
            : call.GetValue(_format) is { } chosen ? RowFormat<Secret>.Create(chosen, columns, Terminal) : new BareFormat();
        using var output = new RowOutput<Secret>(format, Terminal.OpenOutput(), static password => password.Dispose());
        for (var i = call.GetValue(_count); i > 0 && output.Fault is null; i--)
        {
            cancellationToken.ThrowIfCancellationRequested();
            output.Add(generator.Next());
            if (output.Pending.Count >= 1000)
            {
                output.Deliver();
            }
        }

        if (!output.Complete())
        {
            return Task.FromResult(output.Conclude(Terminal));
        }

        Terminal.Say(string.Create(CultureInfo.InvariantCulture, $"{bits:0.0} bits of entropy each."));
        return Task.FromResult(ExitCodes.Done);
    }

    /// <summary>One password per line and nothing else, for the clipboard and for other programs.</summary>
    private sealed class BareFormat : RowFormat<Secret>
    {
        public override void Begin(RowBuffer buffer)
        {
        }

        public override void Write(RowBuffer buffer, Secret row)
        {
            buffer.Append(row.Utf8);
            buffer.Append((byte)'\n');
        }
    }
}
