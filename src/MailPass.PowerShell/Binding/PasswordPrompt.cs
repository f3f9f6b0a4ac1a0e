using System.Collections.ObjectModel;
using System.Management.Automation;
using System.Management.Automation.Host;
using System.Security;
using MailPass.PowerShell.Errors;
using MailPass.PowerShell.Pipeline;

namespace MailPass.PowerShell.Binding;

/// <summary>Asks the person at the host for a new password.</summary>
internal static class PasswordPrompt
{
    /// <summary>Asks twice, masked.</summary>
    /// <param name="host">The host.</param>
    /// <param name="mailbox">Whose password.</param>
    /// <exception cref="MailPassException">The two differ, or nobody can be asked.</exception>
    public static SecureString AskTwice(PSHost host, string mailbox)
    {
        SecureString first;
        SecureString second;
        try
        {
            HostMessages.RequireTerminal(host);

            // Both in one prompt, which each host shows in its own way: masked in a console, or as a dialog.
            var answers = host.UI.Prompt($"New password for {mailbox}", string.Empty, new Collection<FieldDescription> { Field("Password"), Field("Again") });
            first = (SecureString)answers["Password"].BaseObject;
            second = (SecureString)answers["Again"].BaseObject;
        }
        catch (Exception fault) when (HostMessages.CannotAsk(fault))
        {
            throw new MailPassException(FaultIds.PromptImpossible, $"No password was given for {mailbox}, and nobody can be asked for one.", innerException: fault);
        }

        using (second)
        using (var one = SecretText.ToSecret(first))
        using (var other = SecretText.ToSecret(second))
        {
            if (!one.FixedTimeEquals(other))
            {
                first.Dispose();
                throw new MailPassException(FaultIds.PasswordsDiffer, "The two passwords differ.");
            }
        }

        return first;
    }

    private static FieldDescription Field(string name)
    {
        var field = new FieldDescription(name);
        field.SetParameterType(typeof(SecureString));
        return field;
    }
}
