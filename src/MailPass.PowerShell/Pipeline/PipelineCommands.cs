using System.Collections;
using System.Management.Automation;
using System.Reflection;

namespace MailPass.PowerShell.Pipeline;

/// <summary>The commands beside a cmdlet in its pipeline, as PowerShell keeps them; none if a version keeps them elsewhere.</summary>
internal static class PipelineCommands
{
    private const BindingFlags Any = BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public;

    /// <summary>Those before the cmdlet, in their order.</summary>
    /// <param name="cmdlet">The cmdlet, on the pipeline thread.</param>
    public static IEnumerable<object> Before(PSCmdlet cmdlet) => All(cmdlet).TakeWhile(command => command != cmdlet);

    /// <summary>Those after the cmdlet, in their order.</summary>
    /// <param name="cmdlet">The cmdlet, on the pipeline thread.</param>
    public static IEnumerable<object> After(PSCmdlet cmdlet) => All(cmdlet).SkipWhile(command => command != cmdlet).Skip(1);

    /// <summary>What a command was given for a parameter.</summary>
    /// <param name="command">The command.</param>
    /// <param name="parameter">The parameter's name.</param>
    public static object? Value(object? command, string parameter) => command?.GetType().GetProperty(parameter, Any)?.GetValue(command);

    private static IEnumerable<object> All(PSCmdlet cmdlet) =>
        Value(Value(cmdlet.CommandRuntime, "PipelineProcessor"), "Commands") is IEnumerable commands
            ? commands.Cast<object>().Select(static processor => Value(processor, "Command")).OfType<object>()
            : [];
}
