using System.CommandLine;
using MailPass.Generation;
using MailPass.Policy;
using MailPass.Profiles;

namespace MailPass.Cli.Commands;

/// <summary>The policy, and the style of generated passwords.</summary>
internal sealed class PasswordOptions
{
    private readonly Option<string?> _policy = new("--policy")
    {
        Description = "A JSON file. Default: 8 characters, upper and lower case, digit, special character.",
    };

    private readonly Option<int?> _length = new("--length") { Description = "Length of a generated password in characters. 16 by default, except for words." };

    private readonly Option<PasswordStyle> _style = new("--style") { Description = "random; pronounceable for passwords that can be read out; words for passphrases." };

    private readonly Option<int?> _wordCount = new("--word-count") { Hidden = true, Description = "With --style words: the number of words. 5 by default, or as many as --length needs." };

    private readonly Option<string?> _exclude = new("--exclude-characters") { HelpName = "text", Description = "Leave these characters out of generated passwords, such as B8S5Z2." };

    private readonly Option<bool> _lookAlikes = new("--allow-look-alikes") { Description = "Allow 0 O 1 l I in generated passwords." };

    /// <param name="command">The command.</param>
    /// <param name="generates">Whether the command generates passwords.</param>
    /// <param name="onlyWith">The option that it needs for that; <see langword="null"/> if it always generates.</param>
    public PasswordOptions(Command command, bool generates, Option<bool>? onlyWith = null)
    {
        if (generates)
        {
            command.Options.Add(_length);
            command.Options.Add(_style);
            command.Options.Add(_wordCount);
            command.Options.Add(_lookAlikes);
            command.Options.Add(_exclude);
        }

        command.Options.Add(_policy);
        if (onlyWith is null)
        {
            return;
        }

        command.Validators.Add(result =>
        {
            Option[] looks = [_length, _style, _wordCount, _lookAlikes, _exclude];
            if (!result.GetValue(onlyWith) && Array.Find(looks, option => result.GetResult(option) is { Implicit: false }) is { } needless)
            {
                result.AddError($"{needless.Name} says how generated passwords look, and {onlyWith.Name} was not given.");
            }
        });
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
        WordCount = call.GetValue(_wordCount),
        AllowLookAlikes = call.GetValue(_lookAlikes),
        ExcludeCharacters = call.GetValue(_exclude) ?? string.Empty,
    });
}
