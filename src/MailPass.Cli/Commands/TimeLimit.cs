using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace MailPass.Cli.Commands;

/// <summary>How long something may take, as an option takes it: a number of seconds.</summary>
internal static class TimeLimit
{
    /// <summary>An option for such a limit.</summary>
    /// <param name="name">The option's name.</param>
    /// <param name="description">What may take how long.</param>
    /// <param name="shortest">The least number of seconds.</param>
    /// <param name="longest">The greatest.</param>
    public static Option<TimeSpan?> Option(string name, string description, double shortest, double longest) => new(name)
    {
        Description = description,
        CustomParser = given => Read(given, shortest, longest),
    };

    private static TimeSpan? Read(ArgumentResult given, double shortest, double longest)
    {
        if (double.TryParse(given.Tokens[0].Value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds) && seconds >= shortest && seconds <= longest)
        {
            return TimeSpan.FromSeconds(seconds);
        }

        given.AddError(string.Create(CultureInfo.InvariantCulture, $"{(given.Parent as OptionResult)?.IdentifierToken?.Value} is a number of seconds, from {shortest} to {longest}."));
        return null;
    }
}
