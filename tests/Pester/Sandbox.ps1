# Starts and stops the sandbox, a local S3 and KMS, for the tests of this folder.

function Start-Sandbox ([string[]] $Plain, [string] $Mfa) {
    $start = [Diagnostics.ProcessStartInfo]@{ FileName = 'dotnet'; RedirectStandardInput = $true; RedirectStandardOutput = $true }
    $arguments = 'run', '--project', "$PSScriptRoot/../Sandbox", '--', '--powershell', '--until-eof'
    $arguments + @(foreach ($key in $Plain) { '--plain'; $key }) + @(if ($Mfa) { '--mfa'; $Mfa }) | ForEach-Object { $start.ArgumentList.Add($_) }
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
