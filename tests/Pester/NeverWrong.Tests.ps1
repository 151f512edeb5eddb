# What a tool must not do to its user's files and objects.
param($ModulePath, $SandboxPath)

BeforeAll {
    . "$PSScriptRoot/Sandbox.ps1"
    $sandbox = Start-Sandbox $SandboxPath -Plain 'mixed/plain', 'mixed/good.instruction'
    Import-Module $ModulePath
    Set-CseSession -BucketName $sandbox.Bucket -KmsKeyId $sandbox.KmsKey

    # A pwsh of its own, for what ends a process; a script block would lose the module.
    function Start-Pwsh ([string] $Script, [hashtable] $Environment = @{}) {
        $session = "Import-Module '$ModulePath'; Set-CseSession -BucketName '$($sandbox.Bucket)' -KmsKeyId '$($sandbox.KmsKey)'; "
        $start = New-Start ($pwsh + '-NonInteractive', '-Command', ($session + $Script))
        $start.WorkingDirectory = (Get-Location).ProviderPath
        foreach ($name in $Environment.Keys) {
            $start.Environment[$name] = $Environment[$name]
        }
        [Diagnostics.Process]::Start($start)
    }

    function Wait-Until ([scriptblock] $Condition) {
        $deadline = [datetime]::UtcNow.AddSeconds(60)
        while (-not (& $Condition)) {
            [datetime]::UtcNow | Should -BeLessThan $deadline -Because "'$Condition' must come true"
            [Threading.Thread]::Sleep(5)
        }
    }
}

AfterAll {
    Clear-CseSession
    Remove-Module CseKms
    Stop-Sandbox $sandbox
}

Describe 'Receiving' {
    BeforeEach {
        $folder = New-Item "TestDrive:/$(New-Guid)" -ItemType Directory
        Push-Location $folder
    }

    AfterEach {
        Pop-Location
    }

    It 'tells when a prefix matches nothing, where listing just lists nothing' {
        { Receive-CseS3Object -KeyPrefix nothing/ -Destination dst -ErrorAction Stop } | Should -Throw -ErrorId 'NothingFound,*'
        Get-CseS3Object -Prefix nothing/ | Should -BeNullOrEmpty
        { @() | Receive-CseS3Object -Destination dst -ErrorAction Stop } | Should -Not -Throw
        { @() | Send-CseS3Object -ErrorAction Stop } | Should -Not -Throw
    }

    It 'tells of a plain object, passes over an instruction file and goes on with the rest' {
        Send-CseS3Object -Content good -Key mixed/good
        $received = Receive-CseS3Object -KeyPrefix mixed/ -Destination dst -ErrorAction SilentlyContinue -ErrorVariable failures
        $received.Key | Should -Be 'mixed/good'
        $failures | Should -HaveCount 1
        $failures[0].FullyQualifiedErrorId | Should -BeLike 'NotEncrypted,*'
        $failures[0].TargetObject | Should -Be "$($sandbox.Bucket)/mixed/plain"
        Get-ChildItem dst | Should -HaveCount 1
    }

    It 'brings back more than a page of objects' {
        New-Item many -ItemType Directory | Out-Null
        1..1005 | ForEach-Object { [IO.File]::WriteAllText("$PWD/many/$_", "$_") }
        Get-ChildItem many | Send-CseS3Object -ThrottleLimit 32 | Should -HaveCount 1005
        Receive-CseS3Object -KeyPrefix many/ -Destination dst -ThrottleLimit 32 | Should -HaveCount 1005
        Get-Content dst/1005 | Should -Be 1005
    }

    It 'writes nothing outside the destination for the key <_>' -ForEach '../outside', '/outside', 'a/../../outside', './outside' {
        Send-CseS3Object -Content evil -Key "hostile/$_"
        New-Item dst -ItemType Directory | Out-Null
        { Get-CseS3Object -Key "hostile/$_" | Receive-CseS3Object -KeyPrefix hostile/ -Destination dst -ErrorAction Stop } |
            Should -Throw -ErrorId 'KeyLeavesDestination,*'
        Get-ChildItem -Recurse -File -Force | Should -BeNullOrEmpty
        Test-Path /outside | Should -BeFalse
    }

    It 'does not follow a link below the destination' -Skip:$IsWindows {
        Send-CseS3Object -Content evil -Key linked/link/file
        New-Item dst, outside -ItemType Directory | Out-Null
        New-Item dst/link -ItemType SymbolicLink -Target (Resolve-Path outside).ProviderPath | Out-Null
        { Receive-CseS3Object -KeyPrefix linked/ -Destination dst -Force -ErrorAction Stop } | Should -Throw -ErrorId 'DestinationBlocked,*'
        Get-ChildItem outside | Should -BeNullOrEmpty
    }

    It 'never lets two keys land on one file' {
        'dbl//x', 'dbl/x' | ForEach-Object { Send-CseS3Object -Content $_ -Key "two/$_" }
        $received = Receive-CseS3Object -KeyPrefix two/ -Destination dst -ErrorAction SilentlyContinue -ErrorVariable failures
        $received.Key | Should -Be 'two/dbl/x'
        $failures.FullyQualifiedErrorId | Should -BeLike 'KeyNotMappable,*'
        Get-Content dst/dbl/x | Should -Be 'dbl/x'
    }

    It 'keeps the first of a file and a folder of one name' {
        'x', 'x/y' | ForEach-Object { Send-CseS3Object -Content $_ -Key "both/$_" }
        Receive-CseS3Object -KeyPrefix both/ -Destination dst -ThrottleLimit 1 -ErrorAction SilentlyContinue -ErrorVariable failures | Should -HaveCount 1
        $failures.FullyQualifiedErrorId | Should -BeLike 'DestinationBlocked,*'
        Get-ChildItem dst -Recurse -File | Should -HaveCount 1
    }

    It 'leaves a good file as it was when decryption fails, even with -Force' {
        Send-CseS3Object -Content new -Key guarded -EncryptionContext @{ a = 'b' }
        'precious' | Set-Content guarded
        { Receive-CseS3Object -Key guarded -Force -ErrorAction Stop } | Should -Throw -ErrorId 'ContextMismatch,*'
        Get-Content guarded | Should -Be precious
        Get-ChildItem -Force | Should -HaveCount 1
    }

    It 'leaves only a private temporary file when its process is killed' -Skip:$IsWindows {
        $content = [IO.File]::Create("$PWD/big")
        $content.SetLength(512MB)
        $content.Dispose()
        Send-CseS3Object big | Out-Null
        New-Item dst -ItemType Directory | Out-Null

        $process = Start-Pwsh 'Receive-CseS3Object -Key big -Destination dst -ThrottleLimit 1'
        Wait-Until { Get-ChildItem dst -Force -Filter .cse-*.tmp | Where-Object Length -gt 0 }
        $process.Kill($true)
        $process.WaitForExit()

        $left = Get-ChildItem dst -Force
        $left.Name | Should -Match '^\.cse-[0-9a-f]{16}\.tmp$'
        $left.UnixMode | Should -Be '-rw-------'
        $resent = Send-CseS3Object dst -Recurse -KeyPrefix left
        $resent | Should -BeNullOrEmpty -Because 'what a killed process leaves is passed over'
    }

    It 'leaves nothing and ends soon on Ctrl+C' -Skip:$IsWindows {
        $content = [IO.File]::Create("$PWD/big")
        $content.SetLength(512MB)
        $content.Dispose()
        Send-CseS3Object big | Out-Null
        New-Item dst -ItemType Directory | Out-Null

        $process = Start-Pwsh 'Receive-CseS3Object -Key big -Destination dst -ThrottleLimit 1'
        Wait-Until { Get-ChildItem dst -Force -Filter .cse-*.tmp | Where-Object Length -gt 0 }
        kill -INT $process.Id
        $process.WaitForExit(10000) | Should -BeTrue
        Get-ChildItem dst -Force | Should -BeNullOrEmpty
    }

    It 'ends with Select-Object -First and leaves nothing half' {
        New-Item few -ItemType Directory | Out-Null
        1..60 | ForEach-Object { [IO.File]::WriteAllText("$PWD/few/$_", "$_") }
        Send-CseS3Object few -Recurse -KeyPrefix few | Out-Null
        Receive-CseS3Object -KeyPrefix few -Destination dst | Select-Object -First 1 | Should -HaveCount 1
        Get-ChildItem dst -Force -Filter .cse-* | Should -BeNullOrEmpty
        Get-ChildItem dst | ForEach-Object { Get-Content $_ | Should -Be $_.Name }
        Receive-CseS3Object -KeyPrefix few -Destination all | Should -HaveCount 60
    }

    It 'leaks no file handle over 600 objects' -Skip:$IsWindows {
        New-Item src -ItemType Directory | Out-Null
        1..600 | ForEach-Object { [IO.File]::WriteAllText("$PWD/src/$_", "$_") }
        Send-CseS3Object src -Recurse -KeyPrefix handles | Out-Null
        $script = "Import-Module '$ModulePath'; (Receive-CseS3Object $($sandbox.Bucket) -KeyPrefix handles -Destination dst -KmsKeyId $($sandbox.KmsKey)).Count"
        bash -c 'ulimit -n 256 && "$@"' - @pwsh -NonInteractive -Command $script | Should -Be 600
    }
}

Describe 'Sending' {
    BeforeEach {
        Push-Location (New-Item "TestDrive:/$(New-Guid)" -ItemType Directory)
    }

    AfterEach {
        Pop-Location
    }

    It 'tells of a pipe and a dangling link at once and goes on with the rest' -Skip:$IsWindows {
        'good' | Set-Content good
        mkfifo pipe
        ln -s nowhere dangling
        $sent = Get-ChildItem | Send-CseS3Object -FollowSymlink -ErrorAction SilentlyContinue -ErrorVariable failures
        $sent.Key | Should -Be good
        $failures | Should -HaveCount 2
        $failures.FullyQualifiedErrorId | Should -BeLike 'SourceUnreadable,*'
    }

    It 'does not follow symbolic links unless asked to' -Skip:$IsWindows {
        New-Item tree, outside -ItemType Directory | Out-Null
        'secret' | Set-Content outside/secret
        'own' | Set-Content tree/own
        ln -s ../outside/secret tree/link
        ln -s ../outside tree/folder
        $sent = Send-CseS3Object tree -Recurse -KeyPrefix links -WarningAction SilentlyContinue -WarningVariable warnings
        $sent.Key | Should -Be links/own
        $warnings | Should -HaveCount 2
        (Send-CseS3Object tree -Recurse -KeyPrefix links -FollowSymlink).Key | Sort-Object |
            Should -Be 'links/folder/secret', 'links/link', 'links/own'
    }

    It 'stores a content type by the name and passes over empty folders' {
        New-Item tree/empty -ItemType Directory | Out-Null
        'a,b' | Set-Content tree/table.csv
        (Send-CseS3Object tree -Recurse -KeyPrefix types).Key | Should -Be types/table.csv
    }

    It 'leaves nothing in the temporary folder when it is ended' -Skip:$IsWindows {
        $content = [IO.File]::Create("$PWD/big")
        $content.SetLength(1GB)
        $content.Dispose()
        $temporary = New-Item temporary -ItemType Directory
        # Without the pipes that .NET and PowerShell themselves put there for debuggers.
        $environment = @{ TMPDIR = $temporary.FullName; DOTNET_EnableDiagnostics = '0'; POWERSHELL_DIAGNOSTICS_OPTOUT = '1' }
        $process = Start-Pwsh '"ready"; Send-CseS3Object big -ThrottleLimit 1' $environment
        $process.StandardOutput.ReadLine() | Should -Be ready
        kill -TERM $process.Id
        $process.WaitForExit()
        Get-ChildItem $temporary -Recurse -File -Force | Should -BeNullOrEmpty
        Get-CseS3Object -Prefix big | Where-Object Size -eq (1GB + 16) | Should -BeNullOrEmpty
    }

    It 'takes a log that another process holds open' {
        $writer = [IO.FileStream]::new("$PWD/log", 'Create', 'Write', 'ReadWrite')
        $writer.Write([Text.Encoding]::UTF8.GetBytes('line 1'))
        $writer.Flush()
        Send-CseS3Object log -Key log | Out-Null
        $writer.Dispose()
        Receive-CseS3Object -Key log -AsString | Should -Be 'line 1'
    }
}
