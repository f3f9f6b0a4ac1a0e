using System.Management.Automation;
using System.Management.Automation.Runspaces;
using Microsoft.PowerShell;

namespace MailPass.WindowsShell;

/// <summary>Runs <c>-File script arguments…</c> or <c>-Command text</c> as pwsh does; other switches are passed over.</summary>
internal static class Program
{
    private static int Main(string[] arguments)
    {
        var at = Array.FindIndex(arguments, argument => argument is "-File" or "-Command");
        if (at < 0 || at + 1 == arguments.Length)
        {
            Console.Error.WriteLine("usage: shell [-NoProfile] [-NonInteractive] -File script [arguments] | -Command text");
            return 64;
        }

        var state = InitialSessionState.CreateDefault2();
        state.ExecutionPolicy = ExecutionPolicy.Bypass;
        var host = new PlainHost();
        using var runspace = RunspaceFactory.CreateRunspace(host, state);
        runspace.Open();
        using var shell = PowerShell.Create(runspace);
        shell.AddScript(arguments[at] == "-Command" ? arguments[at + 1] : Call(arguments[at + 1], arguments[(at + 2)..]));

        // What is left over goes to the host as at a prompt, errors among it.
        shell.AddCommand("Out-Default");
        shell.Commands.Commands[0].MergeMyResults(PipelineResultTypes.Error, PipelineResultTypes.Output);
        try
        {
            shell.Invoke();
        }
        catch (RuntimeException e)
        {
            Console.Error.WriteLine(e.ErrorRecord);
            return host.ExitCode ?? 1;
        }

        return host.ExitCode ?? 0;
    }

    private static string Call(string script, string[] arguments) =>
        string.Join(' ', [$"& {Quoted(Path.GetFullPath(script))}", .. arguments.Select(argument => argument.StartsWith('-') ? argument : Quoted(argument)), "; exit $LASTEXITCODE"]);

    private static string Quoted(string text) => $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";
}
