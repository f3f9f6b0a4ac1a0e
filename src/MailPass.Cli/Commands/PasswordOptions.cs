using System.CommandLine;
using MailPass.Generation;
using MailPass.Policy;
using MailPass.Profiles;

namespace MailPass.Cli.Commands;

/// <summary>Which passwords are good enough, and how generated ones look.</summary>
internal sealed class PasswordOptions
{
    private readonly Option<string?> _policy = new("--policy")
    {
        Description = "The policy as a JSON file. Without it: at least 8 characters, with an upper-case and a lower-case letter, a digit and a special character.",
    };

    private readonly Option<int?> _length = new("--length") { Description = "How many characters generated passwords have; 16 without it." };

    private readonly Option<PasswordStyle> _style = new("--style") { Description = "random, or pronounceable for passwords that can be read out." };

    private readonly Option<bool> _lookAlikes = new("--allow-look-alikes") { Description = "Let generated passwords hold 0 O 1 l I too." };

    public PasswordOptions(Command command, bool generates)
    {
        if (generates)
        {
            command.Options.Add(_length);
            command.Options.Add(_style);
            command.Options.Add(_lookAlikes);
        }

        command.Options.Add(_policy);
    }

    /// <summary>The policies: the call's own for all domains, or the profile's.</summary>
    /// <exception cref="MailPassException">The policy file is wrong.</exception>
    public DomainPolicies Policies(ParseResult call, SiteProfile site) =>
        call.GetValue(_policy) is { } file ? new(PasswordPolicy.Load(file)) : site.Policies ?? DomainPolicies.Default;

    /// <exception cref="MailPassException"><see cref="ErrorIds.PolicyUnsatisfiable"/>.</exception>
    public DomainGenerators Generators(ParseResult call, SiteProfile site) => new(Policies(call, site), new GeneratorOptions
    {
        Length = call.GetValue(_length),
        Style = call.GetValue(_style),
        AllowLookAlikes = call.GetValue(_lookAlikes),
    });
}
