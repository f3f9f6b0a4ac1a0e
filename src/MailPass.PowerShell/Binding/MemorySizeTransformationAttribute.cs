using System.Management.Automation;
using MailPass.Hashing;

namespace MailPass.PowerShell.Binding;

/// <summary>Lets an amount of memory come as text too, as it stands in a settings file: <c>512M</c>, <c>2G</c>. A number is bytes, as PowerShell's own <c>512MB</c>.</summary>
internal sealed class MemorySizeTransformationAttribute : TextTransformationAttribute
{
    // Text that is no amount is PowerShell's to refuse.
    private protected override object Read(string text, EngineIntrinsics engine) => MemorySize.TryParse(text, 1, out var bytes) ? bytes : text;
}
