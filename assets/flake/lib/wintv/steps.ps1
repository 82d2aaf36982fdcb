# The steps of deploy.ps1 and uninstall.ps1. Each function looks at what is, and asks ShouldProcess before it
# changes anything: that is what makes -WhatIf and a second run harmless.
#
# The scripts read this file into themselves (". steps.ps1"), and it is no module on purpose: functions of a
# module do not see the -WhatIf of the script that calls them, and would change the machine.

Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'

$KioskTask = 'wintv kiosk'

function Write-Step {
    param([int] $Number, [string] $Title)
    Write-Output ('[{0}] {1}' -f $Number, $Title)
}

function Test-Administrator {
    $identity = [Security.Principal.WindowsIdentity]::GetCurrent()
    $principal = New-Object Security.Principal.WindowsPrincipal $identity
    return $principal.IsInRole([Security.Principal.WindowsBuiltInRole]::Administrator)
}

function Assert-Administrator {
    if (-not (Test-Administrator)) {
        throw 'Open PowerShell as administrator (right click, "Run as administrator") and start this again.'
    }
}

# Runs a program and stops if it failed: PowerShell by itself goes on.
function Invoke-Program {
    param([string] $Name, [string[]] $Arguments)
    if (-not (Get-Command $Name -ErrorAction SilentlyContinue)) {
        throw "$Name is not installed yet. Run deploy.ps1 without -SkipWindows, and restart if it asks for that."
    }
    & $Name @Arguments
    if ($LASTEXITCODE -ne 0) {
        throw "$Name $($Arguments -join ' ') ended with code $LASTEXITCODE."
    }
}

function Invoke-WindowsConfiguration {
    [CmdletBinding(SupportsShouldProcess)]
    param([string] $Path)
    if ($WhatIfPreference) {
        # winget has its own way of looking without touching.
        Write-Output "What if: winget would bring Windows to the state of $Path; 'winget configure test' shows the differences."
        return
    }
    if ($PSCmdlet.ShouldProcess($Path, 'Apply the configuration of Windows')) {
        Invoke-Program 'winget' @('configure', '--file', $Path, '--accept-configuration-agreements', '--disable-interactivity')
    }
}

function Set-WintvComputerName {
    [CmdletBinding(SupportsShouldProcess)]
    param([string] $Name)
    if ($env:COMPUTERNAME -eq $Name) {
        return
    }
    if ($PSCmdlet.ShouldProcess($env:COMPUTERNAME, "Rename this computer to $Name")) {
        Rename-Computer -NewName $Name -Force
        Write-Warning 'The new name counts after a restart.'
    }
}

function Set-WintvKiosk {
    [CmdletBinding(SupportsShouldProcess)]
    param([AllowNull()][AllowEmptyString()][string] $Url)
    $task = Get-ScheduledTask -TaskName $KioskTask -ErrorAction SilentlyContinue
    if ([string]::IsNullOrEmpty($Url)) {
        if ($task -and $PSCmdlet.ShouldProcess($KioskTask, 'Remove the kiosk')) {
            Unregister-ScheduledTask -TaskName $KioskTask -Confirm:$false
        }
        return
    }
    $edge = Join-Path ${env:ProgramFiles(x86)} 'Microsoft\Edge\Application\msedge.exe'
    $arguments = '--kiosk "{0}" --edge-kiosk-type=fullscreen --no-first-run' -f $Url
    if ($task -and $task.Actions[0].Execute -eq $edge -and $task.Actions[0].Arguments -eq $arguments) {
        return
    }
    if ($PSCmdlet.ShouldProcess($Url, 'Show this page after signing in')) {
        $action = New-ScheduledTaskAction -Execute $edge -Argument $arguments
        $trigger = New-ScheduledTaskTrigger -AtLogOn
        # The group Users, by its number: its name differs between languages.
        $principal = New-ScheduledTaskPrincipal -GroupId 'S-1-5-32-545'
        Register-ScheduledTask -TaskName $KioskTask -Action $action -Trigger $trigger -Principal $principal -Force | Out-Null
    }
}

function New-WintvFolder {
    [CmdletBinding(SupportsShouldProcess)]
    param([string] $Path)
    if (Test-Path -LiteralPath $Path -PathType Container) {
        return
    }
    if ($PSCmdlet.ShouldProcess($Path, 'Make the folder')) {
        New-Item -ItemType Directory -Path $Path -Force | Out-Null
    }
}

# 16 random bytes in hexadecimal: what the services take as a key.
function New-RandomKey {
    $bytes = New-Object byte[] 16
    $random = [Security.Cryptography.RandomNumberGenerator]::Create()
    try {
        $random.GetBytes($bytes)
    }
    finally {
        $random.Dispose()
    }
    return -join ($bytes | ForEach-Object { $_.ToString('x2') })
}

# Fills in the secrets that are missing; what is there stays, whoever wrote it.
function Set-WintvSecret {
    [CmdletBinding(SupportsShouldProcess)]
    param([string] $DataDir, [psobject] $Secrets)
    $folder = Join-Path $DataDir 'secrets'
    if ($WhatIfPreference -and -not (Test-Administrator)) {
        Write-Output "What if: the secrets that are missing in $folder would be made up; only an administrator sees which."
        return
    }
    if (-not (Test-Path -LiteralPath $folder)) {
        if (-not $PSCmdlet.ShouldProcess($folder, 'Make a folder that administrators alone can read')) {
            return
        }
        New-Item -ItemType Directory -Path $folder -Force | Out-Null
        # No inheritance; SYSTEM and the group Administrators, by their numbers.
        Invoke-Program 'icacls' @($folder, '/inheritance:r', '/grant:r', '*S-1-5-18:(OI)(CI)F', '*S-1-5-32-544:(OI)(CI)F') | Out-Null
    }
    foreach ($service in $Secrets.PSObject.Properties) {
        $path = Join-Path $folder ($service.Name + '.env')
        $lines = @()
        if (Test-Path -LiteralPath $path) {
            $lines = @(Get-Content -LiteralPath $path)
        }
        $missing = @($service.Value | Where-Object { $name = $_; -not ($lines | Where-Object { $_.StartsWith("$name=") }) })
        if ($missing.Count -eq 0) {
            continue
        }
        if ($PSCmdlet.ShouldProcess($path, "Make up $($missing -join ', ')")) {
            $lines += $missing | ForEach-Object { '{0}={1}' -f $_, (New-RandomKey) }
            # Plain ASCII with line feeds: a byte order mark would become part of the first name.
            [IO.File]::WriteAllText($path, (($lines -join "`n") + "`n"), (New-Object Text.ASCIIEncoding))
        }
    }
}

function Copy-WintvFirstSetting {
    [CmdletBinding(SupportsShouldProcess)]
    param([string] $From, [string] $To)
    if (-not (Test-Path -LiteralPath $From)) {
        return
    }
    $root = (Resolve-Path -LiteralPath $From).Path
    foreach ($file in Get-ChildItem -LiteralPath $From -Recurse -File) {
        $target = Join-Path $To $file.FullName.Substring($root.Length + 1)
        if (Test-Path -LiteralPath $target) {
            continue
        }
        if ($PSCmdlet.ShouldProcess($target, 'Copy the first settings')) {
            New-Item -ItemType Directory -Path (Split-Path $target) -Force | Out-Null
            Copy-Item -LiteralPath $file.FullName -Destination $target
        }
    }
}

function Start-WintvMachine {
    [CmdletBinding(SupportsShouldProcess)]
    param()
    $machines = @()
    if (Get-Command 'podman' -ErrorAction SilentlyContinue) {
        # PowerShell 5 hands the list on as one object, and PowerShell 7 hands on nothing for an empty one.
        $list = & podman machine list --format json | ConvertFrom-Json
        $machines = @($list | Where-Object { $_ })
    }
    if ($machines.Count -eq 0 -and $PSCmdlet.ShouldProcess('podman', 'Make the Linux machine of the containers')) {
        # Rootful: ports below 1024 and the graphics card need it.
        Invoke-Program 'podman' @('machine', 'init', '--rootful')
    }
    $running = @($machines | Where-Object { $_.Running })
    if ($running.Count -eq 0 -and $PSCmdlet.ShouldProcess('podman', 'Start the Linux machine of the containers')) {
        Invoke-Program 'podman' @('machine', 'start')
    }
}

function Start-WintvContainer {
    [CmdletBinding(SupportsShouldProcess)]
    param([string] $ComposeFile)
    if ($PSCmdlet.ShouldProcess($ComposeFile, 'Start the containers that are missing or changed')) {
        Invoke-Program 'podman' @('compose', '--file', $ComposeFile, 'up', '--detach', '--remove-orphans', '--wait')
    }
}

function Stop-WintvContainer {
    [CmdletBinding(SupportsShouldProcess)]
    param([string] $ComposeFile)
    if (-not (Get-Command 'podman' -ErrorAction SilentlyContinue)) {
        return
    }
    if ($PSCmdlet.ShouldProcess($ComposeFile, 'Stop and remove the containers')) {
        Invoke-Program 'podman' @('compose', '--file', $ComposeFile, 'down')
    }
}
