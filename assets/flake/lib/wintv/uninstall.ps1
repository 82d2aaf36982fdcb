<#
.SYNOPSIS
    Takes away what deploy.ps1 set up: containers, firewall rules, kiosk. Data and media stay.
#>
[CmdletBinding(SupportsShouldProcess, ConfirmImpact = 'High')]
param()

Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'
. (Join-Path $PSScriptRoot 'steps.ps1')

if (-not $WhatIfPreference) {
    Assert-Administrator
}

Write-Step 1 'Containers'
Stop-WintvContainer -ComposeFile (Join-Path $PSScriptRoot 'docker-compose.yml')

Write-Step 2 'Firewall'
foreach ($rule in @(Get-NetFirewallRule -Group 'wintv' -ErrorAction SilentlyContinue)) {
    if ($PSCmdlet.ShouldProcess($rule.DisplayName, 'Remove the firewall rule')) {
        $rule | Remove-NetFirewallRule
    }
}

Write-Step 3 'Kiosk'
Set-WintvKiosk -Url $null

Write-Output 'Done. Programs, data and media are still there.'
