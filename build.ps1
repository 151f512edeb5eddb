<#
.SYNOPSIS
Builds, tests, shows and packs the module. Everything it does is dotnet underneath.
.EXAMPLE
./build.ps1 -Task Build
Assembles the module folder output/CseKms/<version>.
.EXAMPLE
./build.ps1 -Task Test
Runs all tests.
#>
[CmdletBinding()]
param(
    [ValidateSet('Build', 'Test', 'Demo', 'Package', 'Clean')]
    [string[]] $Task = 'Build',

    [ValidateSet('Debug', 'Release')]
    [string] $Configuration = 'Release'
)

$ErrorActionPreference = 'Stop'
$output = Join-Path $PSScriptRoot output

function Invoke-Dotnet {
    & dotnet @args
    if ($LASTEXITCODE -ne 0) {
        throw "dotnet $args failed with exit code $LASTEXITCODE."
    }
}

Push-Location $PSScriptRoot
try {
    switch ($Task) {
        Build {
            Invoke-Dotnet build src/CseKms --configuration $Configuration
        }
        Test {
            Invoke-Dotnet test
        }
        Demo {
            Invoke-Dotnet run --project tests/Demo
        }
        Package {
            Invoke-Dotnet build src/CseKms --configuration Release
            $version = (Import-PowerShellDataFile CseKms.psd1).ModuleVersion
            $package = Join-Path $output "CseKms-$version.zip"
            Compress-Archive -Path (Join-Path $output CseKms) -DestinationPath $package -Force
            Get-Item $package
        }
        Clean {
            Get-ChildItem src, tests -Recurse -Directory -Include bin, obj, TestResults | Remove-Item -Recurse -Force
            Remove-Item $output -Recurse -Force -ErrorAction Ignore
        }
    }
}
finally {
    Pop-Location
}
