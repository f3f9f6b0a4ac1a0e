using System.Globalization;
using System.Management.Automation;

namespace MailPass.PowerShell.Binding;

/// <summary>Refuses text that is no number of seconds in words; PowerShell would name a type.</summary>
internal sealed class SecondsTransformationAttribute : TextTransformationAttribute
{
    private protected override object Read(string text, EngineIntrinsics engine) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds)
            ? seconds
            : throw new MailPassException(ErrorIds.InputInvalid, $"'{text}' is no number of seconds.", "Write 30 for half a minute, for example.");
}
