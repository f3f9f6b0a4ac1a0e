using System.Collections;
using System.Management.Automation;
using System.Reflection;
using System.Runtime.ExceptionServices;

namespace MailPass.PowerShell.Pipeline;

/// <summary>
/// Whether a row that a cmdlet was writing when the pipeline ended has arrived. PowerShell throws the same
/// <see cref="PipelineStoppedException"/> for two opposite things: <c>Select-Object -First</c>, which has taken the row and wants no
/// more, and a command downstream that failed over this very row (a full disk). In the first case the change must stay, in
/// the second it must be taken back.
/// </summary>
internal sealed class Downstream
{
    private readonly PSCmdlet _cmdlet;
    private readonly IList? _errors;
    private object? _lastError;

    public Downstream(PSCmdlet cmdlet)
    {
        _cmdlet = cmdlet;
        _errors = cmdlet.SessionState.PSVariable.GetValue("global:Error") as IList;
    }

    /// <summary>Notes the state before a row is written.</summary>
    public void BeforeRow() => _lastError = LastError;

    /// <summary>Whether the row that was being written has arrived.</summary>
    /// <param name="thrown">The exception of writing it.</param>
    public bool HasTakenRow(Exception thrown) => HasHadEnough = thrown switch
    {
        // break, continue and the like: the script block had the row in hand.
        FlowControlException => true,
        PipelineStoppedException => !_cmdlet.Stopping && IsSatisfied(),
        _ => false,
    };

    /// <summary>Whether a command downstream took its last row and ended the pipeline on purpose.</summary>
    public bool HasHadEnough { get; private set; }

    /// <summary>Whether whole rows reach a command that writes the name of a type, or less, in place of a SecureString.</summary>
    /// <param name="cmdlet">The cmdlet, on the pipeline thread.</param>
    public static bool LosesSecureStrings(PSCmdlet cmdlet) =>
        PipelineCommands.After(cmdlet).SkipWhile(HandsOnWholeRows).FirstOrDefault()?.GetType().Name is "ExportCsvCommand" or "ConvertToCsvCommand" or "ConvertToJsonCommand";

    // With columns, Select-Object keeps what the user chose.
    private static bool HandsOnWholeRows(object command) => command.GetType().Name switch
    {
        "WhereObjectCommand" or "SortObjectCommand" or "TeeObjectCommand" => true,
        "SelectObjectCommand" => PipelineCommands.Value(command, "Property") is null && PipelineCommands.Value(command, "ExpandProperty") is null,
        _ => false,
    };

    /// <summary>Whether no command of the pipeline has failed, as far as PowerShell has noted.</summary>
    public bool EndedWhole => TheReason() is null or FlowControlException;

    private bool IsSatisfied() =>
        TheReason() is { } reason
            ? reason is FlowControlException

            // A failure downstream is in $Error by now; Select-Object leaves nothing there.
            : ReferenceEquals(LastError, _lastError);

    private object? LastError => _errors is { Count: > 0 } ? _errors[0] : null;

    /// <summary>PowerShell's own record; <see langword="null"/> if this version keeps it in an unknown place.</summary>
    private Exception? TheReason()
    {
        const BindingFlags Hidden = BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public;
        var runtime = _cmdlet.CommandRuntime;
        var pipeline = runtime?.GetType().GetProperty("PipelineProcessor", Hidden)?.GetValue(runtime);
        return (pipeline?.GetType().GetField("_firstTerminatingError", Hidden)?.GetValue(pipeline) as ExceptionDispatchInfo)?.SourceException;
    }
}
