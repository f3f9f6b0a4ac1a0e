using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Management.Automation;
using System.Management.Automation.Host;
using MailPass.Diagnostics;
using MailPass.Mailboxes;
using MailPass.PowerShell.Binding;
using MailPass.PowerShell.Errors;
using MailPass.PowerShell.Pipeline;
using MailPass.Rows;

namespace MailPass.PowerShell.Commands;

/// <summary>
/// The common base of all cmdlets: Ctrl+C reaches every call, Core's faults become error records, Core's events become
/// Verbose, Debug and Warning.
/// </summary>
public abstract class MailPassCommand : PSCmdlet, IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private EventRelay? _relay;
    private bool _disposed;

    /// <summary>Cancelled by Ctrl+C.</summary>
    private protected CancellationToken StopToken => _stop.Token;

    /// <summary>The sink of Core's log.</summary>
    private protected EventSink Log => (_relay ??= new EventRelay(WantsDebug)).Sink;

    /// <summary>Whether this call only reports what it would do.</summary>
    private protected bool IsWhatIf => _isWhatIf ??= IsSwitchedOn("WhatIf", "WhatIfPreference");

    private bool? _isWhatIf;

    private bool WantsVerbose => _wantsVerbose ??= IsSwitchedOn("Verbose", "VerbosePreference");

    private bool? _wantsVerbose;

    private bool WantsDebug => IsSwitchedOn("Debug", "DebugPreference");

    /// <inheritdoc/>
    protected sealed override void BeginProcessing() => Guard(() =>
    {
        Begin();
    });

    /// <inheritdoc/>
    protected sealed override void ProcessRecord() => Guard(Process);

    /// <inheritdoc/>
    protected sealed override void EndProcessing() => Guard(End);

    /// <inheritdoc/>
    protected sealed override void StopProcessing()
    {
        // On a thread of PowerShell's, which must not wait here for whatever listens to the token.
        _ = _stop.CancelAsync();
    }

    /// <summary>Before the first input.</summary>
    private protected virtual void Begin()
    {
    }

    /// <summary>For each input.</summary>
    private protected virtual void Process()
    {
    }

    /// <summary>After the last input.</summary>
    private protected virtual void End()
    {
    }

    /// <summary>Waits on the pipeline thread for Core's work.</summary>
    /// <param name="work">Begins the work; is given the token that Ctrl+C cancels.</param>
    private protected T Await<T>(Func<CancellationToken, Task<T>> work)
    {
        // On the pool: no part of Core's work may depend on the pipeline thread, which waits.
        var result = Task.Run(() => work(StopToken)).GetAwaiter().GetResult();
        WriteEvents();
        return result;
    }

    /// <summary>Reads a sequence of Core's on the pipeline thread, one item at a time.</summary>
    private protected IEnumerable<T> Read<T>(Func<CancellationToken, IAsyncEnumerable<T>> open)
    {
        var items = open(StopToken).GetAsyncEnumerator(StopToken);
        try
        {
            while (true)
            {
                var next = items.MoveNextAsync();
                if (!(next.IsCompleted ? next.Result : next.AsTask().GetAwaiter().GetResult()))
                {
                    break;
                }

                WriteEvents();
                yield return items.Current;
            }
        }
        finally
        {
            items.DisposeAsync().AsTask().GetAwaiter().GetResult();
        }
    }

    /// <summary>Writes Core's events so far to their streams.</summary>
    private protected void WriteEvents() => _relay?.WriteTo(this);

    /// <summary>Warns; the text may quote an input.</summary>
    private protected new void WriteWarning(string? text) => base.WriteWarning(Printable.Of(text));

    /// <summary>Tells the person at the host, as Write-Host does; the text may quote an input.</summary>
    private protected void Say(string text) => WriteInformation(new HostInformationMessage { Message = Printable.Of(text) }, ["PSHOST"]);

    /// <summary>Reports a fault of one input; the rest continues.</summary>
    private protected void WriteFault(Exception fault, object? target) => WriteError(Fault.ToRecord(fault, target));

    /// <summary>Ends the cmdlet with a fault.</summary>
    [DoesNotReturn]
    private protected void Fail(string errorId, string message, object? target = null)
    {
        ThrowTerminatingError(Fault.ToRecord(errorId, message, target));
        throw new UnreachableException();
    }

    /// <summary>Whether <see cref="Confirms"/> would neither ask nor say anything, so that its text need not be made.</summary>
    /// <param name="force">Whether to skip the question.</param>
    private protected bool IsSettled(bool force) => !MayAsk(force) && !WantsVerbose;

    /// <summary>Asks for confirmation, on the pipeline thread, before anything is begun.</summary>
    /// <param name="mailbox">The mailbox or mailboxes, and where.</param>
    /// <param name="action">The action.</param>
    /// <param name="force">Whether to skip the question; <c>-WhatIf</c> and an explicit <c>-Confirm</c> still apply.</param>
    private protected bool Confirms(string mailbox, string action, bool force)
    {
        mailbox = Printable.Of(mailbox);
        if (MayAsk(force))
        {
            try
            {
                return ShouldProcess(mailbox, action);
            }
            catch (Exception fault) when (HostMessages.CannotAsk(fault))
            {
                Fail(FaultIds.PromptImpossible, $"Nobody can be asked here to confirm ({action}: {mailbox}). With -Force nothing is asked.", mailbox);
            }
        }

        WriteVerbose($"{action}: {mailbox}");
        return true;
    }

    private bool MayAsk(bool force) => !force || IsWhatIf || MyInvocation.BoundParameters.ContainsKey("Confirm");

    /// <summary>Reads a mailbox as it was bound; if it is not valid, this writes the error and the rest continues.</summary>
    private protected bool TryReadAddress(string identity, [NotNullWhen(true)] out MailboxAddress? address)
    {
        address = null;
        if (RefusedInput.Read(identity, out var known) is { } fault)
        {
            WriteFault(fault, known);
            return false;
        }

        if (!MailboxAddress.TryParse(identity, out address, out var reason))
        {
            WriteError(Fault.ToRecord(ErrorIds.AddressInvalid, $"'{identity}' is not a valid mailbox address. {reason}", identity));
            return false;
        }

        return true;
    }

    /// <summary>A file system path as the user wrote it, relative to where the shell is, not to where the process is.</summary>
    /// <exception cref="MailPassException"><see cref="ErrorIds.InputInvalid"/>: it is not a path of the file system.</exception>
    private protected string FullPath(string path)
    {
        var full = SessionState.Path.GetUnresolvedProviderPathFromPSPath(path, out var provider, out _);
        return provider.Name == "FileSystem"
            ? full
            : throw new MailPassException(ErrorIds.InputInvalid, $"'{path}' is a path of PowerShell's {provider.Name}, not of the file system.", "Give the path of a file, or Set-Location to a folder first.");
    }

    /// <summary>Disposes of everything; PowerShell calls it however the pipeline ended.</summary>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Disposes of everything. A second call does nothing.</summary>
    /// <param name="disposing">Always <see langword="true"/>: there is nothing unmanaged.</param>
    protected virtual void Dispose(bool disposing)
    {
        if (!_disposed)
        {
            _disposed = true;
            _stop.Dispose();
        }
    }

    /// <summary>Whether Ctrl+C was pressed or the pipeline ended early.</summary>
    private protected bool IsStopped => Stopping || (!_disposed && _stop.IsCancellationRequested);

    /// <summary>Tells Core to stop, as Ctrl+C does.</summary>
    private protected void StopCore() => _stop.Cancel();

    private void Guard(Action step)
    {
        try
        {
            try
            {
                step();
            }
            catch (Exception thrown)
            {
                OnInterrupted(thrown);
                throw;
            }
        }
        catch (OperationCanceledException) when (IsStopped)
        {
            throw new PipelineStoppedException();
        }
        catch (MailPassException fault)
        {
            WriteEvents();
            ThrowTerminatingError(Fault.ToRecord(fault, FaultTarget));
        }
    }

    /// <summary>Called when the cmdlet ends early, while its streams may still be open.</summary>
    /// <param name="thrown">Why.</param>
    private protected virtual void OnInterrupted(Exception thrown)
    {
    }

    /// <summary>Whether Ctrl+C was pressed, rather than a command downstream having enough.</summary>
    private protected bool IsCancelled => !_disposed && _stop.IsCancellationRequested;

    /// <summary>The target of a fault that ends the cmdlet.</summary>
    private protected virtual object? FaultTarget => null;

    private bool IsSwitchedOn(string parameter, string preference)
    {
        if (MyInvocation.BoundParameters.TryGetValue(parameter, out var given) && given is SwitchParameter on)
        {
            return on;
        }

        // $WhatIfPreference is a bool, $DebugPreference an ActionPreference; both are text if a script set text.
        return GetVariableValue(preference) switch
        {
            bool value => value,
            ActionPreference value => value is not (ActionPreference.SilentlyContinue or ActionPreference.Ignore),
            null => false,
            var value => LanguagePrimitives.IsTrue(value) && !string.Equals(value.ToString(), nameof(ActionPreference.SilentlyContinue), StringComparison.OrdinalIgnoreCase),
        };
    }
}
