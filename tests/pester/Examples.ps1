# The examples in the documentation, as data. Dot-sourced.

$Repository = (Resolve-Path "$PSScriptRoot/../..").Path

# Every block of PowerShell in a page, in order. If lines begin with "PS> ", only they are code, and the rest is their output;
# otherwise the output is a bare block right below, if it has a table.
function Get-Example([string] $File) {
    $lines = Get-Content $File
    $name = [IO.Path]::GetRelativePath($Repository, $File).Replace('\', '/')
    for ($i = 0; $i -lt $lines.Count; $i++) {
        if ($lines[$i] -ne '```powershell') { continue }
        $start = $i + 2
        $block = @(while ($lines[++$i] -ne '```') { $lines[$i] })
        $shown = @()
        $code = @($block -like 'PS> *' -replace '^PS> ')
        if ($code) { $shown = @($block -notlike 'PS> *') }
        else {
            $code = $block
            $below = $i + 1
            while ($below -lt $lines.Count -and -not $lines[$below]) { $below++ }
            if ($below -lt $lines.Count -and $lines[$below] -eq '```') {
                $table = @(while ($lines[++$below] -ne '```') { $lines[$below] })
                if ($table -match '^-+( +-+)+ *$') { $shown = $table }
            }
        }

        @{ Name = $name; Line = $start; Code = $code -join "`n"; Shown = $shown }
    }
}

# The calls of a piece of code.
function Get-Call([string] $Code) {
    $ast = [Management.Automation.Language.Parser]::ParseInput($Code, [ref] $null, [ref] $null)
    $ast.FindAll({ $args[0] -is [Management.Automation.Language.CommandAst] }, $true)
}

# Whether a piece of code needs more than the embedded store: a server, a file of a mail system, the sources.
function Test-NeedsServer([string] $Code) {
    if ($Code -match 'ldaps?://|/etc/(virtual|dovecot)/|/home/user-data/|/mailu/') { return $true }
    foreach ($call in Get-Call $Code) {
        if ($call.GetCommandName() -in 'Get-MailboxSession', 'Revoke-MailboxSession', 'Test-MailboxLogin', 'Invoke-Command', 'New-PSSession', 'Register-ScheduledTask' -or $call.GetCommandName() -like './*') { return $true }
        $named = $call.CommandElements | Where-Object { $_ -is [Management.Automation.Language.CommandParameterAst] } | ForEach-Object ParameterName
        if ($named -match '^(Server|Doveadm|Webmail|RevokeSession|Clipboard)') { return $true }
    }

    $false
}

# The faults of a piece of code, judged by the real commands that it calls. Code within a sentence ("`Connect-MailStore -Doveadm`")
# may leave an argument out.
function Get-ExampleFault([string] $Code, [switch] $Spoken) {
    $faults = $null
    $null = [Management.Automation.Language.Parser]::ParseInput($Code, [ref] $null, [ref] $faults)
    $faults | ForEach-Object Message
    foreach ($call in Get-Call $Code) {
        $name = $call.GetCommandName()
        $command = Get-Command $name -ErrorAction Ignore
        if (-not $command) {
            if ($name -like '*-Mail*' -or $name -like './*') { "There is no $name." }
            continue
        }

        $bound = [Management.Automation.Language.StaticParameterBinder]::BindCommand($call, $true)
        foreach ($fault in $bound.BindingExceptions.GetEnumerator()) {
            $thrown = $fault.Value.BindingException
            if (-not $Spoken -or $thrown.ErrorId -ne 'MissingArgument') { "${name} $($fault.Key): $($thrown.Message)" }
        }

        foreach ($parameter in $bound.BoundParameters.GetEnumerator()) {
            $value = $parameter.Value.ConstantValue
            $type = $parameter.Value.Parameter ? $parameter.Value.Parameter.ParameterType : $null
            if ($null -eq $value -or $null -eq $type) { continue }
            $set = $parameter.Value.Parameter.Attributes | Where-Object { $_ -is [ValidateSet] } | ForEach-Object ValidValues
            if ($set -and $value -notin $set) { "$name -$($parameter.Key): '$value' is none of $set." }
            if (($type.IsArray ? $type.GetElementType() : $type).IsEnum -and $null -eq ($value -as $type)) { "$name -$($parameter.Key): '$value' is no $type." }
            if ($parameter.Key -eq 'Scheme' -and $value -notin (TabExpansion2 "$name -Scheme " "$name -Scheme ".Length).CompletionMatches.ListItemText) { "${name}: '$value' is no scheme." }
            if ($parameter.Key -eq 'Schema' -and $value -notin (TabExpansion2 "$name -Schema " "$name -Schema ".Length).CompletionMatches.ListItemText) { "${name}: '$value' is no schema." }
        }
    }
}

# A folder with the files that the examples use. The profile "site" in the folder of profiles names its store.
function New-ExampleFolder([string] $Under, [string] $Config, [switch] $WithStore) {
    $folder = New-Item (Join-Path $Under ([guid]::NewGuid())) -ItemType Directory
    'Mailbox,Name', 'anna@example.com,Anna', 'ben@example.com,Ben', 'cleo@example.org,Cleo' | Set-Content (Join-Path $folder boxes.csv)
    'Email,Password', 'anna@example.com,Given-1pw', 'ben@example.com,weak' | Set-Content (Join-Path $folder given.csv)
    'UserName', 'anna@example.com', 'cleo@example.org' | Set-Content (Join-Path $folder breached.csv)
    'Adresse1;Neu', 'anna@example.com;Given-2pw' | Set-Content (Join-Path $folder export.csv)
    'email,password', 'anna@example.com,Answer-1pw', 'ben@example.com,Summer2024!', 'cleo@example.org,Answer-1pw' | Set-Content (Join-Path $folder leak.csv)
    if ($WithStore) {
        # The answer to every prompt for a current password.
        $hash = '{SSHA256}' + [Convert]::ToBase64String([Security.Cryptography.SHA256]::HashData([Text.Encoding]::UTF8.GetBytes('Answer-1pwsalt')) + [Text.Encoding]::UTF8.GetBytes('salt'))
        $null = @(Import-Csv (Join-Path $folder boxes.csv)) + @([pscustomobject]@{ Mailbox = 'alice@example.com'; Name = 'Alice' }, [pscustomobject]@{ Mailbox = 'info@example.com'; Name = '' }) |
            Select-Object *, @{ Name = 'PasswordHash'; Expression = { $hash } } | New-MailStore (Join-Path $folder mail.db)
        Disconnect-MailStore
    }

    $site = @{ store = Join-Path $folder mail.db }
    $null = New-TestProfile $site (Join-Path $folder site.json)
    if ($Config) { $null = New-TestProfile $site (Join-Path $Config site.json) }
    $folder.FullName
}

# The blocks of a page of the manual that are run, in order: PowerShell, and shell commands ("$ " begins their lines).
function Get-PageBlock([string] $File) {
    $lines = Get-Content $File
    for ($i = 0; $i -lt $lines.Count; $i++) {
        if ($lines[$i] -notin '```powershell', '```console') { continue }
        $start = $i + 1
        $block = @(while ($lines[++$i] -ne '```') { $lines[$i] })
        @{ Kind = $lines[$start - 1].Substring(3); Line = $start + 1; Lines = $block; End = $i }
    }
}

# Runs a shell command of a page in the folder, with the mailpass of this build; gives its output.
function Invoke-Console([string] $Folder, [string] $Command) {
    $script = "cd '$Folder'; mailpass() { dotnet '$env:MAILPASS_PROGRAM' `"`$@`"; }`n$Command"
    $script | & bash -s 2>&1 | ForEach-Object { "$_" -replace [regex]::Escape("$Folder/"), '/home/you/' }
}
