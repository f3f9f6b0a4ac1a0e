using System.Collections.Concurrent;
using System.Collections.ObjectModel;
using System.Management.Automation;
using System.Management.Automation.Host;
using System.Security;
using MailPass.PowerShell.Binding;
using MailPass.PowerShell.Errors;
using MailPass.PowerShell.Pipeline;
using MailPass.Profiles;
using MailPass.Secrets;

namespace MailPass.PowerShell.Commands;

/// <summary>The common base of cmdlets that open what a profile names: vaults and users are asked on the pipeline thread, while Core waits.</summary>
public abstract class SiteCommand : MailPassCommand
{
    private readonly BlockingCollection<Action> _questions = [];

    /// <summary>How secrets of profiles are found.</summary>
    private protected SiteSecrets Secrets => new() { Ask = AskAsync, Vault = VaultAsync };

    /// <summary>Waits on the pipeline thread for Core's work, and meanwhile asks vaults and the user for the secrets that the work needs.</summary>
    /// <param name="work">Begins the work; is given the token that Ctrl+C cancels.</param>
    private protected T AwaitAsking<T>(Func<CancellationToken, Task<T>> work)
    {
        var running = Task.Run(() => work(StopToken));
        _ = running.ContinueWith(_ => _questions.Add(static () => { }), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        while (!running.IsCompleted)
        {
            _questions.Take()();
        }

        WriteEvents();
        return running.GetAwaiter().GetResult();
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        _questions.Dispose();
        base.Dispose(disposing);
    }

    /// <summary>The path of a profile's file, or its name.</summary>
    private protected string ProfilePath(string nameOrPath) =>
        nameOrPath.Contains('/', StringComparison.Ordinal) || nameOrPath.Contains('\\', StringComparison.Ordinal) ? FullPath(nameOrPath) : nameOrPath;

    private Task<Secret?> AskAsync(string what, CancellationToken cancellationToken) => OnPipelineThread(() =>
    {
        try
        {
            HostMessages.RequireTerminal(Host);
            var field = new FieldDescription($"{char.ToUpperInvariant(what[0])}{what[1..]}");
            field.SetParameterType(typeof(SecureString));
            var answers = Host.UI.Prompt(string.Empty, string.Empty, new Collection<FieldDescription> { field });
            return answers?[field.Name]?.BaseObject is SecureString typed ? SecretText.ToSecret(typed) : null;
        }
        catch (Exception fault) when (HostMessages.CannotAsk(fault))
        {
            throw new MailPassException(FaultIds.PromptImpossible, $"The profile asks for the {what}, but nobody can be asked here.", "Name a file, a variable or a vault's secret in the profile.", fault);
        }
    });

    private Task<Secret?> VaultAsync(string? vault, string name, CancellationToken cancellationToken) => OnPipelineThread(() =>
    {
        if (InvokeCommand.GetCommand("Get-Secret", CommandTypes.Cmdlet | CommandTypes.Function) is null)
        {
            throw new MailPassException(ErrorIds.SecretUnavailable, $"The secret '{name}' is in a vault, and PowerShell's SecretManagement is not installed here.", "Install-PSResource Microsoft.PowerShell.SecretManagement, and register the vault.");
        }

        try
        {
            var found = InvokeCommand.InvokeScript("param($name, $vault) $more = if ($vault) { @{ Vault = $vault } } else { @{} }; Get-Secret -Name $name -ErrorAction Stop @more", name, vault);
            return found.FirstOrDefault()?.BaseObject switch
            {
                SecureString text => SecretText.ToSecret(text),
                PSCredential login => SecretText.ToSecret(login.Password),
                _ => null,
            };
        }
        catch (RuntimeException fault) when (fault is not PipelineStoppedException)
        {
            throw new MailPassException(ErrorIds.SecretUnavailable, $"The secret '{name}' cannot be read from {(vault is null ? "the default vault" : $"the vault '{vault}'")}: {fault.Message}", "See Get-SecretInfo for what the vaults have.", fault);
        }
    });

    private Task<Secret?> OnPipelineThread(Func<Secret?> ask)
    {
        var answer = new TaskCompletionSource<Secret?>(TaskCreationOptions.RunContinuationsAsynchronously);
        _questions.Add(() =>
        {
            try
            {
                answer.SetResult(ask());
            }
            catch (Exception fault) when (fault is MailPassException)
            {
                answer.SetException(fault);
            }
            catch (PipelineStoppedException)
            {
                answer.SetCanceled();
                throw;
            }
        });
        return answer.Task;
    }
}
