using System.Globalization;
using System.Management.Automation;
using MailPass.Changes;

namespace MailPass.PowerShell.Binding;

/// <summary>Accepts a length of time such as <c>10m</c>; PowerShell itself converts its own forms (<c>00:10:00</c>).</summary>
internal sealed class LengthOfTimeTransformationAttribute : TextTransformationAttribute
{
    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object inputData)
    {
        // Without quotes, 10s is a short number to PowerShell and 90d a decimal one, and a number becomes a time of so many
        // ten-millionths of a second. An argument still knows how it was written; of a variable's decimal nobody knows what it meant.
        var value = inputData is PSObject wrapped ? wrapped.BaseObject : inputData;
        if (value is not (short or int or long or decimal or double))
        {
            return base.Transform(engineIntrinsics, inputData);
        }

        var text = (string)LanguagePrimitives.ConvertTo(inputData, typeof(string), CultureInfo.InvariantCulture);
        return base.Transform(engineIntrinsics, value is decimal && char.IsAsciiDigit(text[^1]) ? $"{text} (a decimal number)" : text);
    }

    private protected override object Read(string text, EngineIntrinsics engine) => text.Contains(':', StringComparison.Ordinal) ? text : LengthOfTime.Parse(text);
}
