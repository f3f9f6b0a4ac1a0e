BeforeAll {
    . "$PSScriptRoot/Support.ps1"
    $manifest = Import-PowerShellDataFile $ModulePath
}

Describe 'The module' {
    AfterEach { Get-MailStore | Disconnect-MailStore }

    It 'exports what the manifest names, and nothing by wildcard' {
        $manifest.CmdletsToExport | Should -Not -Contain '*'
        (Get-Command -Module MailPass).Name | Sort-Object | Should -Be ($manifest.CmdletsToExport | Sort-Object)
        foreach ($other in 'FunctionsToExport', 'AliasesToExport', 'VariablesToExport') { $manifest[$other].Count | Should -Be 0 }
    }

    It 'passes Test-ModuleManifest' { (Test-ModuleManifest $ModulePath).Name | Should -Be 'MailPass' }

    It 'refuses an older PowerShell with a sentence that names the version it needs' {
        $manifest.PowerShellVersion | Should -Be '7.6'
        $manifest.CompatiblePSEditions | Should -Be 'Core'

        # What 5.1 would do with 7.6, this PowerShell does with 99.0.
        Copy-Item (Split-Path $ModulePath) (Join-Path $TestDrive MailPass) -Recurse
        $copy = Join-Path $TestDrive 'MailPass/MailPass.psd1'
        (Get-Content $copy -Raw).Replace("'7.6'", "'99.0'") | Set-Content $copy
        $said = Invoke-Fresh "try { Import-Module '$copy' -ErrorAction Stop } catch { `$_.Exception.Message }"
        "$said" | Should -Match "requires a minimum PowerShell version of '99.0' to run"
    }

    It 'is loaded by the first of its cmdlets that is called, from wherever it was copied' {
        $folder = Join-Path $TestDrive "m`u{fc}dules of 'mine'"
        Copy-Item (Split-Path $ModulePath) (Join-Path $folder MailPass) -Recurse
        $said = Invoke-Fresh @"
`$env:PSModulePath = (Get-ChildItem env:PSModulePath).Value + [IO.Path]::PathSeparator + "$folder"
`$null = 'anna@example.com' | New-MailStore '$(Join-Path $TestDrive 'copied.db')'
`$row = Reset-MailboxPassword anna@example.com -Force
(`$row | Test-MailboxPassword).IsCurrent
(Get-Module MailPass).ModuleBase
(Get-Help Reset-MailboxPassword).Synopsis
"@
        $said | Should -Be 'True', (Join-Path $folder MailPass), 'Gives each mailbox a new generated password and writes one row for each.'
    }

    It 'can be removed and imported again and again' {
        $said = Invoke-Fresh @'
1..3 | ForEach-Object {
    Import-Module $ModulePath -Force
    $null = New-MailboxPassword
    (Get-Command -Module MailPass).Count
    Remove-Module MailPass
    ($null -eq ('MailPass.ErrorIds' -as [type]))
}
Import-Module $ModulePath
(Get-Command -Module MailPass).Count
[MailPass.ErrorIds]::MailboxNotFound
'@
        $count = $manifest.CmdletsToExport.Count
        $said | Should -Be @($count, 'True', $count, 'True', $count, 'True', $count, 'MailboxNotFound')
    }

    It 'closes its stores when it is removed' {
        $path = Join-Path $TestDrive 'removed.db'
        Invoke-Fresh @"
Import-Module `$ModulePath
`$store = 'anna@example.com' | New-MailStore '$path'
Remove-Module MailPass
`$store.IsConnected
"@ | Should -Be 'False'
    }

    It 'closes its stores when the shell ends <Way>, so that the file alone has every change' -ForEach @(
        @{ Way = 'by itself'; End = '' }
        @{ Way = 'by exit'; End = 'exit 3' }
        @{ Way = 'by an error'; End = 'throw "over"' }
        @{ Way = 'in a runspace that is gone'; End = "1 | ForEach-Object -Parallel { Import-Module `$using:ModulePath; `$null = Connect-MailStore `$using:path; (Reset-MailboxPassword anna@example.com -Force).Status }" }
    ) {
        $path = Join-Path $TestDrive "$([guid]::NewGuid()).db"
        $said = Invoke-Fresh @"
Import-Module `$ModulePath
`$path = '$path'
`$null = 'anna@example.com' | New-MailStore `$path
(Reset-MailboxPassword anna@example.com -Force).Status
$End
"@
        $said | Should -Contain 'Changed'
        Get-ChildItem "$path*" | ForEach-Object Name | Should -Be (Split-Path -Leaf $path)
    }

    It 'makes <_> known to scripts' -ForEach 'MailPass.MailPassException', 'MailPass.ErrorIds', 'MailPass.PasswordChange', 'MailPass.MailboxInfo', 'MailPass.MailStoreConnection', 'MailPass.Changes.ChangeStatus', 'MailPass.Policy.PasswordPolicy' {
        $_ -as [type] | Should -Not -BeNullOrEmpty
    }

    It 'answers [MailPass.ErrorIds] in every runspace' {
        $module = $ModulePath
        1..3 | ForEach-Object -Parallel { Import-Module $using:module; [MailPass.ErrorIds]::Stopped } | Should -Be 'Stopped', 'Stopped', 'Stopped'
        [MailPass.ErrorIds]::Stopped | Should -Be 'Stopped'
    }

    It '<Call> writes what its help says' -ForEach @(
        @{ Call = 'New-MailStore'; Run = { 'anna@example.com' | New-MailStore (Join-Path $TestDrive 'types.db') } }
        @{ Call = 'Connect-MailStore'; Run = { Connect-MailStore $store.Location } }
        @{ Call = 'Get-MailStore'; Run = { Get-MailStore } }
        @{ Call = 'Disconnect-MailStore'; Run = { Disconnect-MailStore } }
        @{ Call = 'Get-MailboxAccount'; Run = { Get-MailboxAccount; Get-MailboxAccount -ListDomain } }
        @{ Call = 'New-MailboxPassword'; Run = { New-MailboxPassword; New-MailboxPassword -AsPlainText } }
        @{ Call = 'Test-MailboxPassword'; Run = { Test-MailboxPassword x -AsPlainText } }
        @{ Call = 'Set-MailboxPassword'; Run = { Set-MailboxPassword anna@example.com Given-1pw -AsPlainText -PassThru } }
        @{ Call = 'Reset-MailboxPassword'; Run = { Reset-MailboxPassword anna@example.com -Force } }
        @{ Call = 'Test-MailboxLogin'; Run = { Test-MailboxLogin anna@example.com x -AsPlainText -Server 127.0.0.1 -Port 1 } }
    ) {
        $store = New-TestStore
        $said = @(& $Run | ForEach-Object { $_.GetType().FullName } | Sort-Object -Unique)
        $declared = @((Get-Command $Call).OutputType.Name | Where-Object { $_ -ne 'System.Void' } | Sort-Object -Unique)
        $said | Should -Be $declared
        $documented = @((Get-Help $Call).returnValues.returnValue.type.name | Where-Object { $_ -ne 'None' } | Sort-Object -Unique)
        $documented | Should -Be $declared
    }

    It 'helps with <_>: what it is for, an example, every parameter' -ForEach @((Import-PowerShellDataFile ($env:MAILPASS_MODULE ? $env:MAILPASS_MODULE : (Join-Path $PSScriptRoot '../../out/MailPass/MailPass.psd1'))).CmdletsToExport) {
        $help = Get-Help $_ -Full
        $help.Synopsis | Should -Match '\.$'
        $help | Out-String -Width 200 | Should -Match 'Example 1'
        $own = (Get-Command $_).Parameters.Keys | Where-Object { $_ -notin [Management.Automation.Cmdlet]::CommonParameters }
        foreach ($name in $own) { (Get-Help $_ -Parameter $name).description.Text | Should -Not -BeNullOrEmpty -Because "of -$name" }
    }

    It 'shares one store between the runspaces of ForEach-Object -Parallel' {
        $store = New-TestStore (1..40 | ForEach-Object { "user$_@example.com" })
        $module = $ModulePath
        $rows = 1..40 | ForEach-Object -ThrottleLimit 8 -Parallel {
            Import-Module $using:module
            Reset-MailboxPassword "user$_@example.com" -MailStore $using:store -Scheme SSHA512 -Force -AsPlainText
        }
        $rows.Status | Should -Be (@('Changed') * 40)
        foreach ($row in $rows) { Test-Current $row.Mailbox $row.Password | Should -BeTrue }
    }

    It 'never cuts or folds a mailbox or a password, whatever the width, in <_>' -ForEach FullLanguage, ConstrainedLanguage {
        $long = "$('long.' * 12)name@$('sub.' * 12)example.com"
        $said = Invoke-Fresh @"
Import-Module `$ModulePath
`$null = 'anna@example.com', '$long' | New-MailStore '$(Join-Path $TestDrive "view-$_.db")'
`$ExecutionContext.SessionState.LanguageMode = '$_'
`$rows = @(Reset-MailboxPassword anna@example.com, $long, nobody@example.com -Force -AsPlainText -ErrorAction SilentlyContinue)
`$rows += Reset-MailboxPassword anna@example.com, $long -Length 150 -Force -AsPlainText
`$rows | Where-Object Password | ForEach-Object { "password `$(`$_.Password)" }
`$set = Set-MailboxPassword anna@example.com, $long 'Given-Pass-1' -AsPlainText -PassThru -Force
foreach (`$width in 40, 80, 120) {
    "width `$width"
    `$rows | Out-String -Width `$width -Stream
    `$set | Out-String -Width `$width -Stream
    Get-MailboxAccount | Out-String -Width `$width -Stream
    Test-MailboxPassword -Identity $long -Password x -AsPlainText | Out-String -Width `$width -Stream
}
"@
        $at = [array]::IndexOf($said, 'width 40')
        $shown = $said[$at..($said.Count - 1)]
        foreach ($password in $said[0..($at - 1)] -replace '^password ') { @($shown.Trim() -eq $password).Count | Should -Be 3 }
        @($shown | Where-Object { $_.Contains($long) }).Count | Should -Be 15
        @($shown | Where-Object { $_.Contains('anna@example.com') }).Count | Should -Be 12
        @($shown -match '^nobody@example\.com +Failed$').Count | Should -Be 3
    }

    It 'breaks lines between words, with no empty line between rows' {
        # A short path, so that no word is longer than a line.
        $null = 'anna@example.com' | New-MailStore (Join-Path $TestDrive 'words.db')
        $rows = Reset-MailboxPassword nobody@example.com, 'not an address', anna@example.com -Force -AsPlainText -ErrorAction SilentlyContinue
        $shown = @(($rows | Out-String -Width 80).Trim() -split '\r?\n')
        $shown | Should -Not -Contain ''
        foreach ($row in $rows | Where-Object Message) { ($shown.Trim() -join ' ') -replace ' +', ' ' | Should -Match ([regex]::Escape("$($row.ErrorId): $($row.Message)")) }
        ($shown | Measure-Object Length -Maximum).Maximum | Should -BeLessThan 80
    }

    It 'shows no control character, in views, lists, errors and warnings' {
        $null = New-TestStore
        $bad = "x`e[31m`u{9b}`u{202e}@example.com"
        $said = & {
            Reset-MailboxPassword $bad -Force | Out-String
            Reset-MailboxPassword $bad -Force | Format-List | Out-String
            Get-MailboxAccount $bad
            "$bad" | Revoke-MailboxSession -Force
        } 2>&1 | Out-String
        $said += ($Error | Select-Object -First 4 | ForEach-Object { $_ | Format-List * -Force | Out-String; $_.CategoryInfo })
        $said | Should -Match "x`u{fffd}\[31m"
        $said -replace '[\r\n\t]' | Should -Not -Match '[\p{Cc}\u202e]'
    }

    It 'writes times as text with an offset, which sorts and survives' {
        $null = New-TestStore
        $iso = '^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00$'
        $row = Reset-MailboxPassword anna@example.com -Force
        $row.Time | Should -MatchExactly $iso
        ($row | ConvertTo-Csv | ConvertFrom-Csv).Time | Should -Be $row.Time
        $account = Get-MailboxAccount anna@example.com
        $account.PasswordChanged | Should -MatchExactly $iso
        $account | Where-Object PasswordChanged -lt (Get-Date).AddDays(-2).ToString('s') | Should -BeNullOrEmpty
    }

    It 'writes rows whose status survives CLIXML, JSON and CSV' {
        $null = New-TestStore
        $row = Reset-MailboxPassword anna@example.com -Force
        $row.Status | Should -BeOfType string
        (Get-MailboxAccount anna@example.com).State | Should -BeOfType string
        ([Management.Automation.PSSerializer]::Deserialize([Management.Automation.PSSerializer]::Serialize($row)) | Where-Object Status -eq Changed).Mailbox | Should -Be 'anna@example.com'
        ($row | Select-Object Mailbox, Status | ConvertTo-Json | ConvertFrom-Json).Status | Should -Be 'Changed'
        ($row | ConvertTo-Csv | ConvertFrom-Csv).Status | Should -Be 'Changed'
    }

    It 'shows a secret and a store' {
        $null = New-TestStore
        Reset-MailboxPassword anna@example.com -Force | Out-String | Should -Match '\(secret\)'
        Get-MailStore | Out-String -Width 200 | Should -Match 'Kind\s+Location\s+Schema\s+Scheme\s+Default'
    }
}

Describe 'Load contexts' {
    It 'keeps everything below MailPass.PowerShell.dll out of the default context' {
        $said = Invoke-Fresh @"
Import-Module `$ModulePath
`$null = 'anna@example.com' | New-MailStore '$(Join-Path $TestDrive 'contexts.db')'
`$null = Reset-MailboxPassword anna@example.com -Force
`$default = [Runtime.Loader.AssemblyLoadContext]::Default
`$default.Assemblies | ForEach-Object { `$_.GetName().Name } | Where-Object { `$_ -match 'MailPass|Sqlite|SQLite|Microsoft.Extensions|zxcvbn|MySql|Npgsql' }
'--'
`$own = [Runtime.Loader.AssemblyLoadContext]::All | Where-Object Name -eq MailPass
`$own.Assemblies | ForEach-Object { `$_.GetName().Name } | Sort-Object
"@
        $split = [array]::IndexOf($said, '--')
        $said[0..($split - 1)] | Should -Be 'MailPass.PowerShell'
        $said[($split + 1)..($said.Count - 1)] | Should -Contain 'MailPass.Core'
        $said | Should -Contain 'Microsoft.Data.Sqlite'
        $said | Should -Contain 'Microsoft.Extensions.Logging.Abstractions'
    }

    It 'works beside a module that has loaded another Microsoft.Extensions.Logging.Abstractions' {
        # Another module's library: the same name, another version, in the default context before MailPass comes.
        $said = Invoke-Fresh @"
`$other = Join-Path '$TestDrive' 'Microsoft.Extensions.Logging.Abstractions.dll'
# The compiler that PowerShell itself brings: Add-Type would give the library a name of its own.
`$null = [Reflection.Assembly]::Load('Microsoft.CodeAnalysis.CSharp')
[Microsoft.CodeAnalysis.SyntaxTree[]] `$source = [Microsoft.CodeAnalysis.CSharp.CSharpSyntaxTree]::ParseText('[assembly: System.Reflection.AssemblyVersion("99.0.0.0")] namespace Microsoft.Extensions.Logging { public interface ILogger { } }')
[Microsoft.CodeAnalysis.MetadataReference[]] `$core = [Microsoft.CodeAnalysis.MetadataReference]::CreateFromFile([object].Assembly.Location)
`$options = [Microsoft.CodeAnalysis.CSharp.CSharpCompilationOptions]::new('DynamicallyLinkedLibrary')
`$made = [Microsoft.CodeAnalysis.CSharp.CSharpCompilation]::Create('Microsoft.Extensions.Logging.Abstractions', `$source, `$core, `$options)
`$file = [IO.File]::Create(`$other)
`$made.Emit(`$file).Diagnostics
`$file.Dispose()
Add-Type -Path `$other
Import-Module `$ModulePath
`$null = 'anna@example.com' | New-MailStore '$(Join-Path $TestDrive 'beside.db')'
(Reset-MailboxPassword anna@example.com -Force -Verbose 4>`$null).Status
[AppDomain]::CurrentDomain.GetAssemblies() | Where-Object { `$_.GetName().Name -eq 'Microsoft.Extensions.Logging.Abstractions' } |
    ForEach-Object { '{0} {1}' -f [Runtime.Loader.AssemblyLoadContext]::GetLoadContext(`$_).Name, `$_.GetName().Version.Major } | Sort-Object
"@
        $said | Should -Be 'Changed', 'Default 99', 'MailPass 10'
    }

    It 'does not disturb a module that loads its own version later' {
        $said = Invoke-Fresh @"
Import-Module `$ModulePath
`$null = 'anna@example.com' | New-MailStore '$(Join-Path $TestDrive 'before.db')'
`$theirs = Join-Path (Split-Path `$ModulePath) 'lib/Microsoft.Extensions.Logging.Abstractions.dll'
`$copy = Join-Path '$TestDrive' 'theirs.dll'
Copy-Item `$theirs `$copy
Add-Type -Path `$copy
(Reset-MailboxPassword anna@example.com -Force).Status
[Microsoft.Extensions.Logging.LogLevel]::Warning
"@
        $said | Should -Be 'Changed', 'Warning'
    }
}
