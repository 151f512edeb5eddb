# Starts what the tests of this folder need in processes of their own.

# What starts PowerShell once more: a .NET program, begun by the runtime that runs this one.
$dotnet = [Environment]::ProcessPath
$pwsh = $dotnet, 'exec', "$PSHOME/pwsh.dll", '-NoProfile'

function New-Start ([string[]] $Command) {
    $start = [Diagnostics.ProcessStartInfo]@{ FileName = $Command[0]; RedirectStandardInput = $true; RedirectStandardOutput = $true }
    $Command | Select-Object -Skip 1 | ForEach-Object { $start.ArgumentList.Add($_) }
    $start
}

# A local S3 and KMS.
function Start-Sandbox ([string] $Path, [string[]] $Plain, [string] $Mfa) {
    $start = New-Start ($dotnet, 'exec', $Path, '--powershell', '--until-eof' + @(foreach ($key in $Plain) { '--plain'; $key }) + @(if ($Mfa) { '--mfa'; $Mfa }))
    $process = [Diagnostics.Process]::Start($start)
    $saved = @{}
    $bucket = $kmsKey = $device = $null
    while ($null -eq $kmsKey -or ($Mfa -and $null -eq $device)) {
        $line = $process.StandardOutput.ReadLine()
        if ($null -eq $line) {
            throw 'The sandbox did not start.'
        }
        switch -Regex ($line) {
            "^\`$env:(\w+) = '(.*)'" {
                $saved[$Matches[1]] = [Environment]::GetEnvironmentVariable($Matches[1])
                [Environment]::SetEnvironmentVariable($Matches[1], $Matches[2])
            }
            '^# bucket: (\S+)' { $bucket = $Matches[1] }
            '^# KMS key: (\S+)' { $kmsKey = $Matches[1] }
            '^# MFA device: (\S+)' { $device = $Matches[1] }
        }
    }
    [pscustomobject]@{ Process = $process; Bucket = $bucket; KmsKey = $kmsKey; Device = $device; Saved = $saved }
}

function Stop-Sandbox ($sandbox) {
    $sandbox.Process.StandardInput.Close()
    $sandbox.Process.WaitForExit()
    foreach ($name in $sandbox.Saved.Keys) {
        [Environment]::SetEnvironmentVariable($name, $sandbox.Saved[$name])
    }
}
