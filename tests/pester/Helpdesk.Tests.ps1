# The session of samples/jea, created from its own files as PowerShell's remoting does; only paths and the group are the test's own.
BeforeAll {
    . "$PSScriptRoot/Support.ps1"
    $sample = (Resolve-Path "$PSScriptRoot/../../samples/jea").Path

    function New-HelpdeskSession([string] $Folder, [string] $StorePath) {
        $transcripts = (New-Item (Join-Path $Folder 'transcripts') -ItemType Directory).FullName
        $modules = (New-Item (Join-Path $Folder 'modules') -ItemType Directory).FullName
        Copy-Item (Join-Path $sample 'MailPassHelpdesk') $modules -Recurse

        $profiles = (New-Item (Join-Path $Folder 'config/mailpass') -ItemType Directory -Force).FullName
        $profile = Join-Path $profiles 'helpdesk.json'
        (Get-Content (Join-Path $sample 'helpdesk.json') -Raw) -replace '\{ "location": "mysql://[^"]+", "password": \{[^}]*\} \}', (ConvertTo-Json $StorePath) -replace '(?m)^\s*"dovecot".*$', '' | Set-Content $profile
        if (-not $IsWindows) { (Get-Item $profile).UnixFileMode = [IO.UnixFileMode] 'UserRead, UserWrite' }

        # The script finds the module and the profile of this test.
        $start = Join-Path $Folder 'start.ps1'
        "`$env:XDG_CONFIG_HOME = '$(Split-Path $profiles)'; `$env:PSModulePath = '$(Split-Path (Split-Path $ModulePath))' + [IO.Path]::PathSeparator + `$env:PSModulePath" | Set-Content $start
        (Get-Content (Join-Path $sample 'Connect-Helpdesk.ps1') -Raw) -replace 'Connect-MailStore -Profile helpdesk', "Connect-MailStore -Profile '$profile'" | Add-Content $start

        $configuration = Join-Path $Folder 'helpdesk.pssc'
        (Get-Content (Join-Path $sample 'MailPassHelpdesk.pssc') -Raw) -replace "(?m)^\s*GroupManagedServiceAccount.*$", '' `
            -replace [regex]::Escape('C:\ProgramData\MailPass\transcripts'), $transcripts `
            -replace [regex]::Escape('C:\ProgramData\MailPass\Connect-Helpdesk.ps1'), $start | Set-Content $configuration

        $before = $env:PSModulePath
        $env:PSModulePath = $modules, (Split-Path (Split-Path $ModulePath)), $before -join [IO.Path]::PathSeparator
        try {
            $state = [Management.Automation.Runspaces.InitialSessionState]::CreateFromSessionConfigurationFile($configuration, [Func[string, bool]] { param($role) $role -eq 'EXAMPLE\mail-helpdesk' })
            $runspace = [runspacefactory]::CreateRunspace($state)
            $runspace.Open()
        }
        finally { $env:PSModulePath = $before }
        $runspace
    }

    # Sends a command as remoting does: a name and parameters, no script.
    function Invoke-InSession([string] $Command, [hashtable] $Parameter = @{}) {
        $shell = [powershell]::Create()
        $shell.Runspace = $helpdesk
        $null = $shell.AddCommand($Command)
        foreach ($name in $Parameter.Keys) { $null = $shell.AddParameter($name, $Parameter[$name]) }
        try { $rows = @($shell.Invoke()); $thrown = $null } catch { $rows = @(); $thrown = $_.Exception.InnerException.ErrorRecord }
        [pscustomobject]@{ Rows = $rows; Faults = @($shell.Streams.Error) + @($thrown | Where-Object { $_ }) }
    }

    function Read-Password($Row) { ConvertFrom-SecureString $Row.Password -AsPlainText }
}

Describe 'samples/jea' {
    BeforeAll {
        $mailboxes = 'anna@example.com', 'ben@example.com', 'ceo@example.com', 'svc-1@example.com', 'postmaster@example.com', 'cleo@example.org'
        $store = New-TestStore $mailboxes
        Disconnect-MailStore

        # Not in Pester's own folder, which Pester must be able to remove: Windows' PowerShell keeps the transcript open until its process ends.
        $folder = (New-Item (Join-Path ([IO.Path]::GetTempPath()) "mailpass-jea-$([guid]::NewGuid())") -ItemType Directory).FullName
        $helpdesk = New-HelpdeskSession $folder $store.Location
    }
    AfterAll {
        if ($helpdesk) { $helpdesk.Dispose() }
        Remove-Item $folder -Recurse -Force -ErrorAction SilentlyContinue
    }

    It 'resets a mailbox of the domain, whose password leaves as a SecureString' {
        $run = Invoke-InSession Reset-MailboxPassword @{ Identity = 'anna@example.com'; Reason = 'ticket 4711'; Force = $true }
        $run.Faults | Should -BeNullOrEmpty
        $run.Rows.Status | Should -Be 'Changed'
        $run.Rows[0].Password | Should -BeOfType securestring
        $null = Connect-MailStore $store.Location
        Test-Current anna@example.com (Read-Password $run.Rows[0]) | Should -BeTrue
        Disconnect-MailStore
    }

    It 'refuses <_>, which is outside the scope' -ForEach 'cleo@example.org', 'CEO@example.com', 'svc-1@example.com', 'postmaster@example.com', 'nobody@example.net' {
        $before = Get-Digest $store.Location
        $run = Invoke-InSession Reset-MailboxPassword @{ Identity = $_; Force = $true }
        $run.Rows.Status | Should -Be 'Failed'
        $run.Rows.ErrorId | Should -Be 'OutOfScope'
        $run.Faults[0].FullyQualifiedErrorId | Should -BeLike 'OutOfScope,*'
        (Invoke-InSession Revoke-MailboxSession @{ Identity = $_; Force = $true }).Faults[0].FullyQualifiedErrorId | Should -BeLike 'OutOfScope,*'
        Get-Digest $store.Location | Should -Be $before
    }

    It 'changes the mailboxes in scope, and refuses the rest' {
        $run = Invoke-InSession Reset-MailboxPassword @{ Identity = 'cleo@example.org', 'ben@example.com', 'ceo@example.com'; Force = $true }
        $run.Rows.Status | Should -Be 'Failed', 'Changed', 'Failed'
    }

    It 'has no command <_>' -ForEach 'Get-MailboxAccount', 'Get-MailboxSession', 'Connect-MailStore', 'Get-MailStore', 'Disconnect-MailStore', 'Set-MailboxPassword', 'Test-MailboxPassword', 'Restore-MailboxPassword', 'Get-MailboxPasswordChange', 'Get-MailboxPasswordRun', 'Import-MailboxCsv', 'New-MailStore', 'Get-Content', 'Get-ChildItem', 'Invoke-Expression', 'Import-Module', 'Set-Variable', 'Start-Process', 'MailPass\Get-MailboxAccount' {
        (Invoke-InSession $_).Faults[0].FullyQualifiedErrorId | Should -BeLike 'CommandNotFoundException*'
    }

    It 'has no parameter -<Name> on <Command>' -ForEach @(
        foreach ($name in 'Domain', 'MailStore', 'Journal', 'NoJournal', 'Recipient', 'LoginServer', 'Canary', 'AsPlainText', 'Scheme', 'Run', 'Resume', 'KeyFile', 'Exclude', 'ForceChange', 'AllowConcurrent') { @{ Command = 'Reset-MailboxPassword'; Name = $name } }
        foreach ($name in 'Domain', 'MailStore', 'Service', 'IncludeAppPassword', 'Exclude') { @{ Command = 'Revoke-MailboxSession'; Name = $name } }
    ) {
        $run = Invoke-InSession $Command @{ Identity = 'anna@example.com'; Force = $true; $Name = 'example.com' }
        $run.Faults[0].FullyQualifiedErrorId | Should -BeLike 'NamedParameterNotFound*'
        $run.Rows | Should -BeNullOrEmpty
    }

    It 'runs no script' {
        $shell = [powershell]::Create()
        $shell.Runspace = $helpdesk
        { $shell.AddScript('$env:PATH').Invoke() } | Should -Throw -ExpectedMessage '*no-language*'
        # A script block instead of a value is not run either: it is not a mailbox, and nothing is changed.
        $before = Get-Digest $store.Location
        $null = Invoke-InSession Reset-MailboxPassword @{ Identity = [scriptblock]::Create('"anna@example.com"'); Force = $true }
        Get-Digest $store.Location | Should -Be $before
    }

    It 'shows its commands, and no others of MailPass' {
        $commands = (Invoke-InSession Get-Command).Rows
        ($commands | Where-Object Name -like '*Mail*').Name | Sort-Object | Should -Be 'Reset-MailboxPassword', 'Revoke-MailboxSession'
        (($commands | Where-Object Name -eq 'Reset-MailboxPassword').Parameters.Keys | Where-Object { $_ -notin [Management.Automation.PSCmdlet]::CommonParameters }) | Sort-Object | Should -Be 'Confirm', 'Force', 'Identity', 'Reason', 'RevokeSession', 'WhatIf'
    }

    # The last one: it ends the session, which closes the transcript.
    It 'leaves a transcript without the password' {
        $row = (Invoke-InSession Reset-MailboxPassword @{ Identity = 'ben@example.com'; Force = $true }).Rows[0]
        $helpdesk.Dispose()
        $transcript = Get-Content (Get-ChildItem (Join-Path $folder transcripts) -Recurse -File).FullName -Raw
        $transcript | Should -Match 'Reset-MailboxPassword'
        $transcript | Should -Not -Match ([regex]::Escape((Read-Password $row)))
    }
}
