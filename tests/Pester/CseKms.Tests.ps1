param($ModulePath, $SandboxPath)

BeforeDiscovery {
    $cmdlets = 'Send-CseS3Object', 'Receive-CseS3Object', 'Get-CseS3Object', 'Set-CseSession', 'Get-CseSession', 'Clear-CseSession'
}

BeforeAll {
    . "$PSScriptRoot/Sandbox.ps1"
    $sandbox = Start-Sandbox $SandboxPath
    Import-Module $ModulePath
    $common = @{ BucketName = $sandbox.Bucket; KmsKeyId = $sandbox.KmsKey }
}

AfterAll {
    Clear-CseSession
    Remove-Module CseKms
    Stop-Sandbox $sandbox
}

Describe 'The module' {
    It 'exports <_> with help' -ForEach $cmdlets {
        Get-Command $_ -Module CseKms | Should -Not -BeNullOrEmpty
        $help = Get-Help $_ -Full
        $help.Synopsis | Should -Not -BeLike "*$_ *"
        @($help.examples.example).Count | Should -BeGreaterOrEqual 2
    }

    It 'has the topic <_>' -ForEach 'about_CseKms', 'about_CseKms_Errors' {
        Get-Help $_ | Should -Match 'SHORT DESCRIPTION'
    }
}

Describe 'Folders' {
    BeforeAll {
        Push-Location (New-Item TestDrive:/work -ItemType Directory)
        New-Item dir_1/dir_2, dir_1/empty -ItemType Directory | Out-Null
        'one' | Set-Content dir_1/file_1
        'two' | Set-Content dir_1/dir_2/file_2
    }

    AfterAll {
        Pop-Location
    }

    It 'are sent and received as they are' {
        $sent = Get-ChildItem dir_1 -Recurse | Send-CseS3Object @common -KeyPrefix test1/ -BasePath dir_1
        ($sent.Key | Sort-Object) | Should -Be 'test1/dir_2/file_2', 'test1/file_1'

        Receive-CseS3Object @common -KeyPrefix test1 -Destination dst
        Get-Content dst/file_1 | Should -Be 'one'
        Get-Content dst/dir_2/file_2 | Should -Be 'two'
    }

    It 'give keys relative to the current location, or ask for -BasePath' {
        (Get-ChildItem dir_1 -File | Send-CseS3Object @common).Key | Should -Be 'dir_1/file_1'

        $elsewhere = Get-ChildItem $PSScriptRoot -File
        $elsewhere | Send-CseS3Object @common -ErrorAction SilentlyContinue -ErrorVariable failures
        $failures.Count | Should -Be @($elsewhere).Count
        $failures[0].FullyQualifiedErrorId | Should -BeLike 'BasePathRequired,*'
    }

    It 'never go onto one key' {
        { Get-ChildItem dir_1 -Recurse | Send-CseS3Object @common -Key folder } | Should -Throw -ErrorId 'OneKeyManyFiles,*'
        Get-CseS3Object $sandbox.Bucket folder | Should -BeNullOrEmpty
    }

    It 'come from a listing, chosen by the pipeline' {
        Get-CseS3Object $sandbox.Bucket test1/ | Where-Object Key -Like '*file_2' | Select-Object -First 1 |
            Receive-CseS3Object -KmsKeyId $sandbox.KmsKey -Destination chosen
        Get-ChildItem chosen -Recurse -File | Should -HaveCount 1
        Get-Content chosen/dir_2/file_2 | Should -Be 'two'
    }
}

Describe 'Single objects' {
    BeforeAll {
        Push-Location (New-Item TestDrive:/single -ItemType Directory)
        Send-CseS3Object @common -Content 'text 日本' -Key text
    }

    AfterAll {
        Pop-Location
    }

    It 'come to the pipeline as text or bytes' {
        Receive-CseS3Object @common -Key text -AsString | Should -Be 'text 日本'
        $bytes = Receive-CseS3Object @common -Key text -AsByteStream
        [Text.Encoding]::UTF8.GetString($bytes) | Should -Be 'text 日本'
    }

    It 'do not replace a file without -Force' {
        'precious' | Set-Content text
        { Receive-CseS3Object @common -Key text -ErrorAction Stop } | Should -Throw -ErrorId 'FileExists,*'
        Get-Content text | Should -Be 'precious'
        Receive-CseS3Object @common -Key text -Force
        Get-Content text | Should -Be 'text 日本'
    }

    It 'show how they are encrypted' {
        $envelope = (Get-CseS3Object $sandbox.Bucket -Key text -Envelope).Envelope
        $envelope.Format | Should -Be V3
        $envelope.IsCommitting | Should -BeTrue
        $envelope.Metadata.'x-amz-c' | Should -Be 115
    }

    It 'are bound to their encryption context' {
        $context = @{ EncryptionContext = @{ department = 'finance' } }
        Send-CseS3Object @common @context -Content secret -Key bound
        { Receive-CseS3Object @common -Key bound -AsString -ErrorAction Stop } | Should -Throw -ErrorId 'ContextMismatch,*'
        Receive-CseS3Object @common @context -Key bound -AsString | Should -Be secret
        Receive-CseS3Object @common -AnyEncryptionContext -Key bound -AsString | Should -Be secret
    }

    It 'of the older format need a policy that reads them' {
        Send-CseS3Object @common -Content old -Key old -CommitmentPolicy ForbidEncryptAllowDecrypt
        { Receive-CseS3Object @common -Key old -AsString -ErrorAction Stop } | Should -Throw -ErrorId 'CommitmentRequired,*'
        Receive-CseS3Object @common -Key old -AsString -CommitmentPolicy RequireEncryptAllowDecrypt | Should -Be old
    }

    It 'leave nothing in sight with -WhatIf' {
        Send-CseS3Object @common -Content x -Key whatif -WhatIf
        Get-CseS3Object $sandbox.Bucket whatif | Should -BeNullOrEmpty
    }
}

Describe 'Errors' {
    It 'can be caught by type and tell what they are about' {
        try {
            Receive-CseS3Object @common -Key none -AsString -ErrorAction Stop
            throw 'not reached'
        }
        catch [CseKms.CseKmsException] {
            $_.Exception.ErrorId | Should -Be NoSuchKey
            $_.Exception.Key | Should -Be none
            $_.TargetObject | Should -Be "$($sandbox.Bucket)/none"
        }
    }

    It 'of a bucket end the call' {
        { Receive-CseS3Object no-such-bucket x -KmsKeyId $sandbox.KmsKey } | Should -Throw -ErrorId 'NoSuchBucket,*'
    }
}

Describe 'The session' {
    BeforeEach {
        Clear-CseSession
    }

    It 'makes the bare line work' {
        Push-Location (New-Item TestDrive:/session -ItemType Directory)
        'one' | Set-Content file
        Set-CseSession -BucketName $sandbox.Bucket -KmsKeyId $sandbox.KmsKey -KeyPrefix session
        (Get-ChildItem | Send-CseS3Object).Key | Should -Be session/file
        (Get-CseSession).Keyrings.DataKeysGenerated | Should -Be 1
        Pop-Location
    }

    It 'shows no secret' {
        Set-CseSession -AccessKey AKIAEXAMPLE -SecretKey hidden-secret -SessionToken hidden-token
        Get-CseSession | Format-List * | Out-String | Should -Not -Match hidden
        Get-CseSession | Format-List * | Out-String | Should -Match AKIAEXAMPLE
    }

    It 'is shared by parallel runspaces' {
        Set-CseSession -BucketName $sandbox.Bucket -KmsKeyId $sandbox.KmsKey
        $module = (Get-Module CseKms).Path -replace 'bin.CseKms.dll$', 'CseKms.psd1'
        $keys = 1..8 | ForEach-Object -Parallel {
            Import-Module $using:module
            (Send-CseS3Object -Content "$_" -Key "parallel/$_").Key
        }
        $keys | Should -HaveCount 8
        (Get-CseSession).Keyrings.DataKeysGenerated | Should -Be 8
    }
}
