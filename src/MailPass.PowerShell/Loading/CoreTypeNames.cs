using System.Management.Automation;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace MailPass.PowerShell.Loading;

/// <summary>
/// Makes the types of Core that a script may write, as in <c>catch [MailPass.MailPassException]</c>, known to PowerShell.
/// It looks for types in the default load context only, so they are registered as type accelerators, the way that
/// <c>[xml]</c> is known, under their own full names.
/// </summary>
internal static class CoreTypeNames
{
    private static readonly List<string> _registered = [];

    public static void Register()
    {
        foreach (var type in Types())
        {
            // A name that is there already is somebody else's; it is neither overwritten nor removed later.
            if (!Get().ContainsKey(type.FullName!))
            {
                Invoke("Add", type.FullName!, type);
                _registered.Add(type.FullName!);
            }
        }
    }

    public static void Unregister()
    {
        foreach (var name in _registered)
        {
            Invoke("Remove", name);
        }

        _registered.Clear();
    }

    // Not inlined: the types may be touched only once the handler that finds their assembly is in place.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Type[] Types() =>
    [
        typeof(ErrorIds),
        typeof(MailPassException),
        typeof(Changes.ChangeStatus),
        typeof(Generation.PasswordStyle),
        typeof(Mailboxes.MailboxAddress),
        typeof(Mailboxes.MailboxState),
        typeof(Policy.PasswordPolicy),
        typeof(Sessions.ReceiptStatus),
    ];

    // The class is internal to PowerShell, but all modules do it this way, including Microsoft's own.
    private static readonly Type _accelerators =
        typeof(PSObject).Assembly.GetType("System.Management.Automation.TypeAccelerators", throwOnError: true)!;

    private static Dictionary<string, Type> Get() =>
        (Dictionary<string, Type>)_accelerators.GetProperty("Get", BindingFlags.Public | BindingFlags.Static)!.GetValue(null)!;

    private static void Invoke(string method, params object[] arguments) =>
        _accelerators.GetMethod(method, BindingFlags.Public | BindingFlags.Static)!.Invoke(null, arguments);
}
