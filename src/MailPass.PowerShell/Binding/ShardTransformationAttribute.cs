using System.Management.Automation;
using MailPass.Changes;

namespace MailPass.PowerShell.Binding;

/// <summary>Accepts a part of a shared run as text: <c>3/8</c>.</summary>
internal sealed class ShardTransformationAttribute : TextTransformationAttribute
{
    private protected override object Read(string text, EngineIntrinsics engine) => Shard.Parse(text);
}
