# A host for a test's runspace that records and answers every question, as a person would. Dot-sourced.
if (-not ('MailPassTests.AnsweringHost' -as [type])) {
    Add-Type -IgnoreWarnings -WarningAction Ignore @'
using System;
using System.Collections.Generic;
using System.Collections.ObjectModel;
using System.Globalization;
using System.Management.Automation;
using System.Management.Automation.Host;
using System.Security;

namespace MailPassTests
{
    public sealed class AnsweringHost : PSHost
    {
        private readonly Guid _id = Guid.NewGuid();
        public AnsweringHost(params string[] secrets) { Answers = new AnsweringUI(secrets); }
        public AnsweringUI Answers { get; }
        public override PSHostUserInterface UI => Answers;
        public override string Name => "AnsweringHost";
        public override Version Version => new Version(1, 0);
        public override Guid InstanceId => _id;
        public override CultureInfo CurrentCulture => CultureInfo.InvariantCulture;
        public override CultureInfo CurrentUICulture => CultureInfo.InvariantCulture;
        public override void EnterNestedPrompt() { }
        public override void ExitNestedPrompt() { }
        public override void NotifyBeginApplication() { }
        public override void NotifyEndApplication() { }
        public override void SetShouldExit(int exitCode) { }
    }

    public sealed class AnsweringUI : PSHostUserInterface
    {
        private readonly string[] _secrets;
        private int _next;

        public AnsweringUI(string[] secrets) { _secrets = secrets; }

        // The questions, in order.
        public List<string> Asked { get; } = new List<string>();

        // Text that was written to the host directly.
        public List<string> Written { get; } = new List<string>();

        // The answer to every yes-or-no question: the number of the choice.
        public int Choice { get; set; }

        public override PSHostRawUserInterface RawUI => null;

        public override Dictionary<string, PSObject> Prompt(string caption, string message, Collection<FieldDescription> descriptions)
        {
            Asked.Add(caption);
            var answers = new Dictionary<string, PSObject>();
            foreach (var field in descriptions)
            {
                answers.Add(field.Name, new PSObject(field.ParameterTypeName == "SecureString" ? (object)Secret() : string.Empty));
            }

            return answers;
        }

        public override int PromptForChoice(string caption, string message, Collection<ChoiceDescription> choices, int defaultChoice)
        {
            Asked.Add(message);
            return Choice;
        }

        public override SecureString ReadLineAsSecureString() { Asked.Add("(masked)"); return Secret(); }
        public override string ReadLine() { Asked.Add("(plain)"); return string.Empty; }
        public override PSCredential PromptForCredential(string caption, string message, string userName, string targetName) => new PSCredential(userName ?? "mailpass", Secret());
        public override PSCredential PromptForCredential(string caption, string message, string userName, string targetName, PSCredentialTypes types, PSCredentialUIOptions options) => new PSCredential(userName ?? "mailpass", Secret());
        public override void Write(string value) { Written.Add(value); }
        public override void Write(ConsoleColor foreground, ConsoleColor background, string value) { Written.Add(value); }
        public override void WriteLine(string value) { Written.Add(value); }
        public override void WriteErrorLine(string value) { Written.Add(value); }
        public override void WriteDebugLine(string value) { Written.Add(value); }
        public override void WriteVerboseLine(string value) { Written.Add(value); }
        public override void WriteWarningLine(string value) { Written.Add(value); }
        public override void WriteProgress(long sourceId, ProgressRecord record) { }

        private SecureString Secret()
        {
            var secret = new SecureString();
            foreach (var character in _secrets[_next++ % _secrets.Length]) { secret.AppendChar(character); }
            return secret;
        }
    }
}
'@
}

# A PowerShell in a runspace of its own with such a host and the module imported. Close-AnsweringShell ends it.
function New-AnsweringShell([string[]] $Secret = 'Answer-1pw') {
    $answering = [MailPassTests.AnsweringHost]::new($Secret)
    $runspace = [runspacefactory]::CreateRunspace($answering, [initialsessionstate]::CreateDefault2())
    $runspace.Open()
    $shell = [powershell]::Create($runspace)
    $null = $shell.AddScript("Import-Module '$ModulePath'").Invoke()
    [pscustomobject]@{ Shell = $shell; Host = $answering.Answers }
}

function Close-AnsweringShell($Answering) {
    $runspace = $Answering.Shell.Runspace
    $Answering.Shell.Dispose()
    $runspace.Dispose()
}

# Runs an example's code as typed and checks it against what the page shows.
function Assert-Example($Answering, [string] $Code, [string[]] $Shown) {
    $shell = $Answering.Shell
    $shell.Commands.Clear()
    $shell.Streams.ClearStreams()
    $null = $shell.AddScript(". {`n$Code`n} | Out-String -Width 300 -Stream")
    $said = @($shell.Invoke() | ForEach-Object { $_ -replace '\s+', ' ' })

    # The pages work in /home/you.
    $said += @($Answering.Host.Written) -replace [regex]::Escape($shell.Runspace.SessionStateProxy.Path.CurrentFileSystemLocation.Path + [IO.Path]::DirectorySeparatorChar), '/home/you/'
    $Answering.Host.Written.Clear()

    # Only errors that the page shows may occur.
    foreach ($fault in $shell.Streams.Error) {
        $id = ($fault.FullyQualifiedErrorId -split ',')[0]
        $Shown -match $id -or $Code -match 'given\.csv' -and $id -eq 'PolicyViolation' | Should -BeTrue -Because "of $fault"
    }

    for ($i = 1; $i -lt $Shown.Count; $i++) {
        if ($Shown[$i] -match '^-+( +-+)+ *$') { $said | Should -Contain (($Shown[$i - 1].TrimEnd() -replace '\s+', ' ') + '') }
    }

    foreach ($line in $Shown -like 'What if:*') { $said | Should -Contain $line }
    foreach ($line in $Shown -match '^\w+@\S+ ') {
        $mailbox = ($line -split ' ')[0]
        @($said -like "$mailbox *").Count | Should -BeGreaterThan 0 -Because "the page shows $mailbox"
    }
}
