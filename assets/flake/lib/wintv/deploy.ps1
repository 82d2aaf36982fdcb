<#
.SYNOPSIS
    Brings this Windows machine into the state that the folder beside this script describes.
.DESCRIPTION
    Every step looks first and changes only what differs, so running it again changes nothing. With -WhatIf
    it says what it would do and does none of it. Needs the rights of an administrator, except with -WhatIf.
.PARAMETER SkipWindows
    Leaves parts of Windows, programs, firewall and kiosk alone.
.PARAMETER SkipContainers
    Leaves the containers alone.
#>
[CmdletBinding(SupportsShouldProcess, ConfirmImpact = 'Medium')]
param(
    [switch] $SkipWindows,
    [switch] $SkipContainers
)

Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'
. (Join-Path $PSScriptRoot 'steps.ps1')

$settings = Get-Content -Raw -Encoding UTF8 (Join-Path $PSScriptRoot 'wintv.json') | ConvertFrom-Json

if (-not $WhatIfPreference) {
    Assert-Administrator
}

if (-not $SkipWindows) {
    Write-Step 1 'Windows: parts, programs, firewall'
    Invoke-WindowsConfiguration -Path (Join-Path $PSScriptRoot 'configuration.dsc.yaml')

    Write-Step 2 'Name of the computer'
    Set-WintvComputerName -Name $settings.hostName

    Write-Step 3 'Kiosk'
    Set-WintvKiosk -Url $settings.kiosk
}

Write-Step 4 'Folders'
foreach ($folder in $settings.folders) {
    New-WintvFolder -Path $folder
}

Write-Step 5 'Secrets'
Set-WintvSecret -DataDir $settings.dataDir -Secrets $settings.secrets

Write-Step 6 'First settings of the services'
Copy-WintvFirstSetting -From (Join-Path $PSScriptRoot 'services') -To $settings.dataDir

if (-not $SkipContainers) {
    Write-Step 7 'Podman'
    Start-WintvMachine

    Write-Step 8 'Containers'
    Start-WintvContainer -ComposeFile (Join-Path $PSScriptRoot 'docker-compose.yml')
}

Write-Output 'Done.'
