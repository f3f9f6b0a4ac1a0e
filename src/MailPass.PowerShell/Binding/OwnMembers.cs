using System.Management.Automation;
using System.Reflection;

namespace MailPass.PowerShell.Binding;

/// <summary>The members of a custom object that are its own, such as the columns of a row of Import-Csv.</summary>
/// <remarks>
/// <see cref="PSObject.Properties"/> looks for more in the definitions of types, and makes four hidden members for each object: 4 KB
/// and more time for a row than all else that a run does with it. PowerShell has no public way to the own members alone, so this asks
/// for what PowerShell itself uses; where that does not exist, there is the slow way.
/// </remarks>
internal static class OwnMembers
{
    private static readonly Func<PSObject, object>? s_read = typeof(PSObject)
        .GetProperty("InstanceMembers", BindingFlags.Instance | BindingFlags.NonPublic)?.GetMethod?.CreateDelegate<Func<PSObject, object>>();

    /// <summary>The members of an object.</summary>
    /// <param name="row">The object.</param>
    /// <returns><see langword="null"/> if the definition of a type may add others, or if this PowerShell does not give them.</returns>
    public static IEnumerable<PSMemberInfo>? Of(PSObject row) =>
        row.BaseObject is PSCustomObject && row.TypeNames is [var type, ..] && type.EndsWith("System.Management.Automation.PSCustomObject", StringComparison.Ordinal)
            ? s_read?.Invoke(row) as IEnumerable<PSMemberInfo>
            : null;
}
