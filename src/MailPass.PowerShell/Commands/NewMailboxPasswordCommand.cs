using System.Globalization;
using System.Management.Automation;
using MailPass.Changes;
using MailPass.Generation;
using MailPass.Policy;
using MailPass.PowerShell.Binding;
using MailPass.PowerShell.Connection;
using MailPass.Secrets;

namespace MailPass.PowerShell.Commands;

/// <summary>Makes passwords that conform to a policy; changes nothing.</summary>
[Cmdlet(VerbsCommon.New, "MailboxPassword")]
[OutputType(typeof(GeneratedPassword), typeof(string))]
public sealed class NewMailboxPasswordCommand : MailPassCommand
{
    // Kept as a number: a field of one of Core's enums would need Core before PowerShell has called ModuleLifetime.
    private int _style;

    /// <summary>How many, 1 or more.</summary>
    [Parameter(Position = 0)]
    [ValidateRange(1, int.MaxValue)]
    public int Count { get; set; } = 1;

    /// <summary>The length in characters; 16, or as near to it as the policy allows.</summary>
    [Parameter]
    [ValidateRange(1, 1000)]
    public int? Length { get; set; }

    /// <summary>Their style.</summary>
    [Parameter]
    public PasswordStyle Style
    {
        get => (PasswordStyle)_style;
        set => _style = (int)value;
    }

    /// <summary>With -Style Words: how many words; five, or as many as the length asks for.</summary>
    [Parameter]
    [ValidateRange(1, 100)]
    public int? WordCount { get; set; }

    /// <summary>Allows characters that look alike.</summary>
    [Parameter]
    public SwitchParameter AllowLookAlikes { get; set; }

    /// <summary>Characters that never occur.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? ExcludeCharacters { get; set; }

    /// <summary>The policy: a hashtable or a file; left out, that of the connected store, or the default.</summary>
    [Parameter]
    [PolicyTransformation]
    public PasswordPolicy? Policy { get; set; }

    /// <summary>Copies the password to the clipboard: the desktop's, or over SSH the terminal's.</summary>
    [Parameter]
    public SwitchParameter Clipboard { get; set; }

    /// <summary>Writes text.</summary>
    [Parameter]
    public SwitchParameter AsPlainText { get; set; }

    private protected override void End()
    {
        if (Clipboard && Count != 1)
        {
            throw new MailPassException(ErrorIds.InputInvalid, "-Clipboard takes one password.", "Leave -Count out.");
        }

        var clipboard = Clipboard ? MailPass.Platform.Clipboard.Find() : null;
        var policy = Policy ?? RunspaceStores.Current.Default?.Policies.Site ?? PasswordPolicy.Default;
        var generator = new PasswordGenerator(policy, new GeneratorOptions { Length = Length, Style = Style, WordCount = WordCount, AllowLookAlikes = AllowLookAlikes, ExcludeCharacters = ExcludeCharacters ?? string.Empty });
        WriteVerbose(string.Create(CultureInfo.CurrentCulture, $"{(generator.LeastLength == generator.Length ? string.Empty : $"{generator.LeastLength} to ")}{generator.Length} characters, {generator.EntropyBits:0.0} bits of entropy each."));
        for (var i = 0; i < Count; i++)
        {
            StopToken.ThrowIfCancellationRequested();
            using var password = generator.Next();
            if (clipboard is not null)
            {
                Copy(clipboard, password);
            }

            if (AsPlainText)
            {
                WriteObject(password.Reveal());
            }
            else
            {
                WriteObject(new GeneratedPassword(SecretText.ToSecureString(password), generator.EntropyBits));
            }
        }
    }

    private void Copy(MailPass.Platform.Clipboard clipboard, Secret password)
    {
        if (ClipboardHandover.Copy(clipboard, password, "The password", out var said) is true)
        {
            Say(said);
        }
        else
        {
            WriteWarning(said);
        }
    }
}
