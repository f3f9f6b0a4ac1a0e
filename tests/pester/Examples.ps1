# The examples in the documentation, as data. Dot-sourced.

$Repository = (Resolve-Path "$PSScriptRoot/../..").Path

# Every block of PowerShell in a page, in order. Where lines begin with "PS> ", only they are code, and the rest is what it
# shows; otherwise a bare block right below is, provided that it holds a table.
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

# Whether a piece of code needs more than the embedded store: a server, the sources.
function Test-NeedsServer([string] $Code) {
    if ($Code -match 'ldaps?://') { return $true }
    foreach ($call in Get-Call $Code) {
        if ($call.GetCommandName() -in 'Get-MailboxSession', 'Revoke-MailboxSession', 'Test-MailboxLogin' -or $call.GetCommandName() -like './*') { return $true }
        $named = $call.CommandElements | Where-Object { $_ -is [Management.Automation.Language.CommandParameterAst] } | ForEach-Object ParameterName
        if ($call.Extent.Text -match 'ldaps?://|/etc/(virtual|dovecot)/|/home/user-data/|/mailu/') { return $true }
        if ($named -match '^(Server|Doveadm|Webmail|RevokeSession)') { return $true }
    }

    $false
}

# What is wrong with a piece of code, going by what each command that it calls really is. What is only spoken of ("`Connect-MailStore
# -Doveadm`") may leave an argument out.
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
