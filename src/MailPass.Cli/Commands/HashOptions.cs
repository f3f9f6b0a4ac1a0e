using System.CommandLine;
using MailPass.Hashing;

namespace MailPass.Cli.Commands;

/// <summary>How new passwords are hashed.</summary>
internal sealed class HashOptions
{
    private readonly Option<string?> _scheme = new("--scheme")
    {
        Description = "SHA512-CRYPT, SHA256-CRYPT, BLF-CRYPT, ARGON2ID, SSHA512, SSHA256, PBKDF2 or SCRAM-SHA-256. Without it each mailbox keeps its own, raised to a sane cost.",
    };

    private readonly Option<int?> _cost = new("--cost") { Description = "The scheme's rounds, log2 rounds, iterations or passes; needs --scheme." };

    public HashOptions(Command command)
    {
        command.Options.Add(_scheme);
        command.Options.Add(_cost);
        command.Validators.Add(result =>
        {
            if (result.GetResult(_cost) is not null && result.GetResult(_scheme) is null)
            {
                result.AddError("--cost needs --scheme: every scheme counts its cost in a way of its own.");
            }
        });
    }

    /// <exception cref="MailPassException"><see cref="ErrorIds.SchemeUnknown"/>, <see cref="ErrorIds.SchemeCostInvalid"/>.</exception>
    public HashSettings? Settings(ParseResult call) =>
        call.GetValue(_scheme) is { } scheme ? PasswordSchemes.Parse(scheme, call.GetValue(_cost)) : null;
}
