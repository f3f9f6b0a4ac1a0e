using System.Globalization;
using System.Management.Automation;

namespace MailPass.PowerShell.Binding;

/// <summary>How long something may take: a number of seconds between two limits.</summary>
/// <param name="shortest">The least number of seconds.</param>
/// <param name="longest">The greatest.</param>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class ValidateSecondsAttribute(double shortest, double longest) : ValidateArgumentsAttribute
{
    /// <inheritdoc/>
    protected override void Validate(object arguments, EngineIntrinsics engineIntrinsics)
    {
        if (arguments is double seconds && !(seconds >= shortest && seconds <= longest))
        {
            throw new ValidationMetadataException(string.Create(CultureInfo.InvariantCulture, $"{seconds} is no such time: give a number of seconds, from {shortest} to {longest}."));
        }
    }
}
