using System.Management.Automation;
using MailPass.Hashing;

namespace MailPass.PowerShell.Binding;

/// <summary>Accepts an amount of memory as text too, as in a settings file: <c>512M</c>, <c>2G</c>. A number is in bytes, like PowerShell's own <c>512MB</c>.</summary>
internal sealed class MemorySizeTransformationAttribute : TextTransformationAttribute
{
    // PowerShell refuses text that is not an amount.
    private protected override object Read(string text, EngineIntrinsics engine) => MemorySize.TryParse(text, 1, out var bytes) ? bytes : text;
}
