<#
.SYNOPSIS
Runs the suites of this folder and writes what came of them as JSON.
#>
param(
    [Parameter(Mandatory)] [string] $Pester,
    [Parameter(Mandatory)] [hashtable] $Data,
    [Parameter(Mandatory)] [string] $Results
)

$ErrorActionPreference = 'Stop'
Import-Module $Pester
$run = Invoke-Pester -Configuration @{
    Run    = @{ Container = New-PesterContainer -Path "$PSScriptRoot/*.Tests.ps1" -Data $Data; PassThru = $true }
    Output = @{ Verbosity = 'Detailed'; RenderMode = 'Plaintext' }
}

# Of the stack, what is not Pester's own.
function Reason ($ErrorRecord) {
    @($ErrorRecord | ForEach-Object { "$_"; $_.ScriptStackTrace -split '\n' -like "*$PSScriptRoot*" -notlike "*$PSCommandPath*" }) -join "`n"
}

@{
    Tests  = @($run.Tests | ForEach-Object {
        @{ File = Split-Path -Leaf $_.ScriptBlock.File; Path = $_.ExpandedPath; Result = $_.Result; Milliseconds = $_.Duration.TotalMilliseconds; Reason = Reason $_.ErrorRecord }
    })
    Broken = @(@($run.FailedBlocks) + @($run.FailedContainers) | ForEach-Object { "$_`n$(Reason $_.ErrorRecord)" })
} | ConvertTo-Json -Depth 3 | Set-Content $Results
