using System.CommandLine;
using System.CommandLine.Parsing;

namespace MailPass.Cli.Commands;

/// <summary>Options of which exactly one must be given.</summary>
internal static class Choice
{
    public static Action<CommandResult> ExactlyOne(params Option[] options) => result =>
    {
        if (options.Count(option => result.GetResult(option) is not null) != 1)
        {
            result.AddError($"Give exactly one of {string.Join(", ", options.Select(option => option.Name))}.");
        }
    };
}
