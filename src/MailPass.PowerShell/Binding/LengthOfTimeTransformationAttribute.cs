using System.Management.Automation;
using MailPass.Changes;

namespace MailPass.PowerShell.Binding;

/// <summary>Lets a length of time come as <c>10m</c>; what PowerShell itself reads as one (<c>00:10:00</c>) is left to it.</summary>
internal sealed class LengthOfTimeTransformationAttribute : TextTransformationAttribute
{
    private protected override object Read(string text, EngineIntrinsics engine) => text.Contains(':', StringComparison.Ordinal) ? text : LengthOfTime.Parse(text);
}
