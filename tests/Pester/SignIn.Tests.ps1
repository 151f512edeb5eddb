param($ModulePath, $SandboxPath, $OtherSdkFolder)

BeforeAll {
    . "$PSScriptRoot/Sandbox.ps1"
    $sandbox = Start-Sandbox $SandboxPath -Mfa 214365
    $home_ = (New-Item TestDrive:/home/.aws -ItemType Directory).Parent.FullName
    Set-Content TestDrive:/home/.aws/credentials "[me]`naws_access_key_id = $env:AWS_ACCESS_KEY_ID`naws_secret_access_key = $env:AWS_SECRET_ACCESS_KEY"
    Set-Content TestDrive:/home/.aws/config @"
[profile worker]
role_arn = arn:aws:iam::111122223333:role/worker
source_profile = me
mfa_serial = $($sandbox.Device)
[profile corp]
sso_start_url = https://corp.awsapps.com/start
sso_region = us-east-1
sso_account_id = 111122223333
sso_role_name = admin
"@
    $work = (New-Item TestDrive:/work/dir_1 -ItemType Directory).Parent.FullName
    'one' | Set-Content TestDrive:/work/dir_1/file_1
    'two' | Set-Content TestDrive:/work/dir_1/file_2

    # Runs a script as a scheduled task runs it, in the user's home.
    function Invoke-Task ([string] $Script, [string[]] $Option = '-NonInteractive', [hashtable] $Environment = @{}) {
        $file = New-Item "TestDrive:/$([guid]::NewGuid()).ps1"
        Set-Content $file "Import-Module '$ModulePath'; Set-Location '$work'; Set-CseSession -BucketName $($sandbox.Bucket) -KmsKeyId $($sandbox.KmsKey)`n$Script"
        $start = New-Start ($pwsh + $Option + '-File', $file.FullName)
        $start.RedirectStandardError = $true
        $start.Environment['HOME'] = $start.Environment['USERPROFILE'] = $home_
        $start.Environment['NO_COLOR'] = '1'
        foreach ($name in $Environment.Keys) {
            $start.Environment[$name] = $Environment[$name]
        }
        $process = [Diagnostics.Process]::Start($start)
        $process.StandardInput.Close()
        $errors = $process.StandardError.ReadToEndAsync()
        $output = $process.StandardOutput.ReadToEnd()
        if (-not $process.WaitForExit(60000)) {
            $process.Kill()
            throw 'It hangs.'
        }
        [pscustomobject]@{ ExitCode = $process.ExitCode; Output = $output + $errors.Result }
    }
}

AfterAll {
    Stop-Sandbox $sandbox
}

Describe 'A role that asks for an MFA code' {
    It 'takes it once for the whole script' {
        $result = Invoke-Task @'
            Set-CseSession -ProfileName worker -MfaCode 214365
            Send-CseS3Object dir_1 -Recurse -KeyPrefix mfa | Out-Null
            Receive-CseS3Object -Key mfa/file_1 -AsString
            (Get-CseSession).Clients.Identity
'@
        $result.Output | Should -Match 'one'
        $result.Output | Should -Match 'profile worker, arn:aws:iam::111122223333:role/worker'
        $result.ExitCode | Should -Be 0
    }

    It 'ends the call at once where nobody can be asked: <_>' -ForEach '-NonInteractive', '-NoLogo' {
        # The other one has a console, but its input has ended.
        $result = Invoke-Task 'try { Get-CseS3Object -ProfileName worker } catch { $_.FullyQualifiedErrorId; throw }' $_
        $result.Output | Should -Match 'MfaCodeRequired'
        $result.Output | Should -Match '-MfaCode'
        $result.ExitCode | Should -Be 1
    }
}

Describe 'A profile of SSO' {
    It 'ends the call at once where nobody can be told' {
        $result = Invoke-Task 'try { Get-CseS3Object -ProfileName corp } catch { $_.FullyQualifiedErrorId; throw }'
        $result.Output | Should -Match 'SsoSignInRequired'
        $result.Output | Should -Match 'aws sso login'
    }
}

# The recipes of about_CseKms_Errors.
Describe 'A scheduled task' {
    It 'exits with <Code> when <What>, by -ErrorAction Stop' -ForEach @(
        @{ Code = 0; What = 'all is well'; Path = 'dir_1' }
        @{ Code = 1; What = 'a file is missing'; Path = 'dir_1, missing' }
    ) {
        (Invoke-Task "`$ErrorActionPreference = 'Stop'; Send-CseS3Object $Path -Recurse -KeyPrefix task | Out-Null").ExitCode | Should -Be $Code
    }

    It 'exits with <Code> when <What>, by -ErrorVariable' -ForEach @(
        @{ Code = 0; What = 'all is well'; Path = 'dir_1'; More = '' }
        @{ Code = 1; What = 'a file is missing'; Path = 'dir_1, missing'; More = '' }
        @{ Code = 2; What = 'the call is ended'; Path = 'dir_1'; More = '-BucketName no-such-bucket' }
    ) {
        $result = Invoke-Task @"
            try {
                Send-CseS3Object $Path -Recurse -KeyPrefix task $More -ErrorVariable failed
            }
            catch { "`$_"; exit 2 }
            if (`$failed) { exit 1 }
"@
        $result.ExitCode | Should -Be $Code
        if ($Code -lt 2) {
            $result.Output | Should -Match 'task/file_1'
            $result.Output | Should -Match 'task/file_2'
        }
        else {
            $result.Output | Should -Match "The bucket 'no-such-bucket' does not exist"
        }
    }

    It 'exits with 0 after an error that the script does not look at, as PowerShell does' {
        (Invoke-Task 'Send-CseS3Object missing; Send-CseS3Object dir_1/file_1 -BucketName no-such-bucket').ExitCode | Should -Be 0
    }
}

Describe 'The session' {
    It 'is shared by parallel runspaces and thread jobs' {
        $result = Invoke-Task @"
            1..8 | ForEach-Object -Parallel { Import-Module '$ModulePath'; Send-CseS3Object -Content `$_ -Key parallel/`$_ } -ThrottleLimit 8 | Out-Null
            1..4 | ForEach-Object { Start-ThreadJob { Import-Module '$ModulePath'; Send-CseS3Object -Content job -Key job/`$using:_ } } |
                Receive-Job -Wait -AutoRemoveJob | Out-Null
            'sent {0} by {1}' -f (Get-CseSession).Clients.ObjectsSent, @((Get-CseSession).Clients).Count
"@
        $result.Output | Should -Match 'sent 12 by 1'
    }
}

Describe 'Another AWSSDK' {
    It 'may be loaded <When> the module' -ForEach @{ When = 'before' }, @{ When = 'after' } {
        $load = "'AWSSDK.Core', 'AWSSDK.S3', 'AWSSDK.SecurityToken' | ForEach-Object { `$null = [Reflection.Assembly]::LoadFrom(`"$OtherSdkFolder/`$_.dll`") }"
        $use = "Send-CseS3Object -Content 'x y z' -Key sdk -ProfileName worker -MfaCode 214365 | Out-Null"
        $steps = $When -eq 'before' ? ($load, $use) : ($use, $load)
        $result = Invoke-Task @"
            $($steps -join "`n")
            `$credential = [Amazon.Runtime.BasicAWSCredentials]::new('$env:AWS_ACCESS_KEY_ID', '$env:AWS_SECRET_ACCESS_KEY')
            [Amazon.S3.Model.S3Object]@{ BucketName = '$($sandbox.Bucket)'; Key = 'sdk' } | Receive-CseS3Object -AsString -Credential `$credential
            [AppDomain]::CurrentDomain.GetAssemblies().Where{ `$_.GetName().Name -eq 'AWSSDK.SecurityToken' }.Count
"@
        $result.Output.Trim() -split '\r?\n' | Should -Be 'x y z', '2'
    }
}

Describe 'A proxy' {
    It 'of the environment is used, less what is exempt' {
        $null = [Reflection.Assembly]::LoadFrom($SandboxPath)
        $proxy = [CseKms.Sandbox.CountingProxy]::Start('user', 'password')
        try {
            $script = 'Send-CseS3Object dir_1 -Recurse -KeyPrefix proxy | Out-Null'
            (Invoke-Task $script -Environment @{ http_proxy = "http://user:password@127.0.0.1:$($proxy.Port)"; no_proxy = '' }).Output | Should -BeNullOrEmpty
            $count = $proxy.Requests
            $count | Should -BeGreaterOrEqual 4
            (Invoke-Task $script -Environment @{ http_proxy = $proxy.Url; no_proxy = '127.0.0.1' }).Output | Should -BeNullOrEmpty
            $proxy.Requests | Should -Be $count
        }
        finally {
            $null = $proxy.DisposeAsync().AsTask().Wait()
        }
    }
}
