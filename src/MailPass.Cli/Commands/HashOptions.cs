using System.CommandLine;
using MailPass.Hashing;
using MailPass.Profiles;

namespace MailPass.Cli.Commands;

/// <summary>How new passwords are hashed.</summary>
internal sealed class HashOptions
{
    private readonly Option<string?> _scheme = new("--scheme")
    {
        Description = "SHA512-CRYPT, BLF-CRYPT, ARGON2ID … Each mailbox keeps its own by default.",
    };

    private readonly Option<int?> _cost = new("--cost") { Hidden = true, Description = "The scheme's rounds, log2 rounds, iterations or passes; needs --scheme." };

    private readonly Option<bool> _allowAnyScheme = new("--allow-any-scheme")
    {
        Hidden = true, Description = "Allow a scheme that some readers of the store, such as the mail system's own pages, cannot verify.",
    };

    private readonly Option<string?> _maxMemory = new("--max-memory")
    {
        Hidden = true, Description = "The most memory for hashing: 512M, 2G; a number without a unit is MiB. A quarter of the machine's by default. ARGON2ID takes 64 MiB per hash.",
    };

    public HashOptions(Command command, ProfileOption profile)
    {
        command.Options.Add(_scheme);
        command.Options.Add(_cost);
        command.Options.Add(_allowAnyScheme);
        command.Options.Add(_maxMemory);
        command.Validators.Add(result =>
        {
            if (result.GetResult(_cost) is not null && result.GetResult(_scheme) is null && !profile.IsNamed(result))
            {
                result.AddError("--cost needs --scheme, because each scheme has its own unit of cost.");
            }

            if (result.GetResult(_maxMemory) is { } given && !MemorySize.TryParse(given.GetValueOrDefault<string?>(), MemorySize.Mebibyte, out _))
            {
                result.AddError("--max-memory is an amount of memory: 512M, 2G, or a number of MiB, 1 or more.");
            }
        });
    }

    /// <summary>Whether a scheme may be named that not every reader verifies.</summary>
    public bool AllowAnyScheme(ParseResult call) => call.GetValue(_allowAnyScheme);

    /// <summary>The limit in bytes; <see langword="null"/> if none was given.</summary>
    public long? MaxMemory(ParseResult call) => MemorySize.TryParse(call.GetValue(_maxMemory), MemorySize.Mebibyte, out var bytes) ? bytes : null;

    /// <exception cref="MailPassException"><see cref="ErrorIds.SchemeUnknown"/>, <see cref="ErrorIds.SchemeCostInvalid"/>.</exception>
    public HashSettings? Settings(ParseResult call, SiteProfile site) => (call.GetValue(_scheme), call.GetValue(_cost)) switch
    {
        (null, null) => site.Hash,
        (var scheme, var cost) => PasswordSchemes.Parse(
            scheme ?? site.Hash?.Scheme ?? throw new MailPassException(ErrorIds.SchemeCostInvalid, "--cost needs --scheme, because each scheme has its own unit of cost.", "Add --scheme, or 'scheme' to the profile."),
            cost),
    };
}
