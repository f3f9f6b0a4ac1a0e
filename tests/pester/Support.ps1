# Shared by all tests. Dot-sourced by each file in BeforeAll.
Set-StrictMode -Version Latest

# The tests' journals are not the user's, and are removed with the tests' folder.
$env:XDG_STATE_HOME = Join-Path $TestDrive state

$ModulePath = $env:MAILPASS_MODULE ? $env:MAILPASS_MODULE : (Join-Path $PSScriptRoot '../../out/MailPass/MailPass.psd1')
$ModulePath = (Resolve-Path $ModulePath).Path
Import-Module $ModulePath -Force

function ConvertTo-Secure([string] $Text) { ConvertTo-SecureString $Text -AsPlainText -Force }

# A store of its own for each test, with these mailboxes, connected.
function New-TestStore([string[]] $Mailbox = @('anna@example.com', 'ben@example.com', 'cleo@example.org')) {
    $path = Join-Path $TestDrive "$([guid]::NewGuid()).db"
    $Mailbox | New-MailStore -Path $path
}

# A profile that only its owner can write; gives its path.
function New-TestProfile([hashtable] $Content, [string] $Path = (Join-Path $TestDrive "$([guid]::NewGuid()).json")) {
    $null = New-Item -ItemType Directory -Force (Split-Path $Path)
    $Content | ConvertTo-Json -Depth 9 | Set-Content $Path
    if (-not $IsWindows) { [IO.File]::SetUnixFileMode($Path, 'UserRead, UserWrite') }
    $Path
}

# Whether a mailbox has this password, by the store.
function Test-Current([string] $Mailbox, [string] $Password) {
    (Test-MailboxPassword -Identity $Mailbox -Password $Password -AsPlainText).IsCurrent
}

# This PowerShell again, as a command and its first arguments: installed as a .NET tool, its process is dotnet.
$ThisShell, $ShellArguments = (Get-Process -Id $PID).Path, @()
if ((Split-Path $ThisShell -LeafBase) -eq 'dotnet') { $ShellArguments = @(Join-Path $PSHOME pwsh.dll) }

# Runs a script in a separate PowerShell, in which $ModulePath is the module's path.
function Invoke-Fresh([string] $Script) {
    $file = Join-Path $TestDrive "$([guid]::NewGuid()).ps1"
    "`$ModulePath = '$ModulePath'; `$PSStyle.OutputRendering = 'PlainText'`n$Script" | Set-Content $file
    & $ThisShell @ShellArguments -NoProfile -NonInteractive -File $file 2>&1 | ForEach-Object { "$_" }
}

# The digest of a file; Get-FileHash cannot read one on Windows that a store has open.
function Get-Digest([string] $Path) {
    $file = [IO.File]::Open($Path, 'Open', 'Read', 'ReadWrite, Delete')
    try { [Convert]::ToHexString([Security.Cryptography.SHA256]::HashData($file)) } finally { $file.Dispose() }
}

# Runs a statement with the SQLite of the module; gives the first column of the result.
function Invoke-Sql([string] $Path, [string] $Statement) {
    $assembly = [AppDomain]::CurrentDomain.GetAssemblies() | Where-Object { $_.GetName().Name -eq 'Microsoft.Data.Sqlite' } | Select-Object -Last 1
    if (-not $assembly) {
        # It is loaded with the first store that needs it.
        $null = New-TestStore
        Disconnect-MailStore
        return Invoke-Sql $Path $Statement
    }

    $connection = $assembly.GetType('Microsoft.Data.Sqlite.SqliteFactory').GetField('Instance').GetValue($null).CreateConnection()
    $connection.ConnectionString = "Data Source=$Path;Pooling=False"
    $connection.Open()
    try {
        $command = $connection.CreateCommand()
        $command.CommandText = $Statement
        $reader = $command.ExecuteReader()
        while ($reader.Read()) { $reader.GetValue(0) }
        $reader.Close()
    }
    finally { $connection.Dispose() }
}
