<#
.SYNOPSIS
    Runs the pages of the manual and writes the real output into them.
.EXAMPLE
    $env:MAILPASS_PROGRAM = './src/MailPass.Cli/bin/Debug/net10.0/mailpass.dll'; ./tests/pester/Update-Manual.ps1 undo.md
#>
param([string] $Page = '*.md')

# Pester's folder of a test.
$TestDrive = New-Item (Join-Path ([IO.Path]::GetTempPath()) ([guid]::NewGuid())) -ItemType Directory
. "$PSScriptRoot/Support.ps1"
. "$PSScriptRoot/Examples.ps1"
. "$PSScriptRoot/AnsweringHost.ps1"
$env:MAILPASS_PROGRAM = (Resolve-Path $env:MAILPASS_PROGRAM).Path
foreach ($file in Get-ChildItem "$Repository/docs/manual/$Page") {
    $folder = New-ExampleFolder $TestDrive -WithStore
    Copy-Item "$PSScriptRoot/helpdesk.pem" $folder
    $env:XDG_STATE_HOME = Join-Path $folder state
    $answering = New-AnsweringShell
    $null = $answering.Shell.AddScript("Set-Location '$folder'; `$PSStyle.OutputRendering = 'PlainText'; `$null = Connect-MailStore mail.db").Invoke()
    $lines = [Collections.Generic.List[string]]@(Get-Content $file)
    $moved = 0
    foreach ($block in Get-PageBlock $file) {
        $prompt = $block.Kind -eq 'console' ? '$ ' : 'PS> '
        $typed = @($block.Lines | Where-Object { $_.StartsWith($prompt) })
        if (-not $typed) { continue }
        $new = foreach ($line in $typed) {
            $line
            $code = $line.Substring($prompt.Length)
            if ($block.Kind -eq 'console') { Invoke-Console $folder $code; continue }
            $shell = $answering.Shell
            $shell.Commands.Clear()
            $shell.Streams.ClearStreams()
            $said = @($shell.AddScript(". {`n$code`n} | Out-String -Width 100 -Stream").Invoke() | ForEach-Object { "$_".TrimEnd() -replace [regex]::Escape("$folder/"), '/home/you/' })
            $shell.Streams.Error | ForEach-Object { Write-Warning "$($file.Name): $code`: $_" }
            while ($said -and -not $said[-1]) { $said = @($said | Select-Object -SkipLast 1) }
            $said
        }

        $lines.RemoveRange($block.Line - 1 + $moved, $block.Lines.Count)
        $lines.InsertRange($block.Line - 1 + $moved, [string[]]@($new))
        $moved += @($new).Count - $block.Lines.Count
    }

    $lines | Set-Content $file
    Close-AnsweringShell $answering
}

Remove-Item $TestDrive -Recurse -Force
