<#
.SYNOPSIS
Plays the article's walk-through: a folder is sent encrypted, looked at, received, and a caller is locked out by the key's policy.
.DESCRIPTION
Each line on show is one that a person would type. The exit code is 0 when every comparison held.
#>
param(
    [Parameter(Mandatory)] [string] $Module,
    [Parameter(Mandatory)] [ValidateSet('V2', 'V3')] [string] $Format,
    [Parameter(Mandatory)] [string] $Bucket,
    [Parameter(Mandatory)] [string] $Key,
    [Parameter(Mandatory)] [string] $AdminRole,
    [Parameter(Mandatory)] [string] $WorkerRole,
    [Parameter(Mandatory)] [string] $MfaCode,
    [Parameter(Mandatory)] [string] $AwsCli
)

# An error of the script itself ends it, so that no comparison is passed over.
$ErrorActionPreference = 'Stop'
$failures = 0

# Shows a line, runs it and shows what it puts out, errors too, which stays in $shown. It runs from its text, so that an error reads
# as it does at the prompt, without a position in this file.
function Show([scriptblock] $Line) {
    $ErrorActionPreference = 'Continue'
    $Host.UI.WriteLine("PS> $("$Line".Trim())")
    $script:shown = @(& ([scriptblock]::Create($Line)) 2>&1)
    $shown | Out-Host
}

function Heading([string] $Text) {
    $Host.UI.WriteLine("`n# $Text")
}

function Check([string] $What, [string[]] $Actual, [string[]] $Expected) {
    $found = $Actual -join "`n"
    $wanted = $Expected -join "`n"
    if ($found -ceq $wanted) {
        $Host.UI.WriteLine("# ✓ $What")
    }
    else {
        $script:failures++
        $Host.UI.WriteErrorLine("# ✗ $What`nexpected:`n$wanted`nfound:`n$found")
    }
}

function Sorted([object[]] $Text) {
    [Array]::Sort($Text, [StringComparer]::Ordinal)
    $Text
}

# Each file below a folder: its relative path and its bytes.
function Content([string] $Folder) {
    if ([IO.Directory]::Exists($Folder)) {
        Sorted @(
            foreach ($file in [IO.Directory]::GetFiles($Folder, '*', 'AllDirectories')) {
                $name = [IO.Path]::GetRelativePath($Folder, $file).Replace('\', '/')
                "$name $([Convert]::ToHexString([IO.File]::ReadAllBytes($file)))"
            })
    }
}

# The article's key policy: the account's root user, and these roles by name.
function KeyPolicy([string[]] $Role) {
    $account = $AdminRole.Split(':')[4]
    @"
{
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": { "AWS": "arn:aws:iam::${account}:root" },
            "Action": "kms:*",
            "Resource": "*",
            "Condition": { "StringEquals": { "aws:PrincipalType": "Account" } }
        },
        {
            "Effect": "Allow",
            "Principal": { "AWS": ["$($Role -join '", "')"] },
            "Action": "kms:*",
            "Resource": "*"
        }
    ]
}
"@
}

# A plain client of S3 and KMS, with the syntax of the AWS CLI.
function aws { & $AwsCli aws @args }

$articleKeys = @'
test1/dir_1/dir_1/file_1
test1/dir_1/dir_1/file_2
test1/dir_1/dir_2/file_1
test1/dir_1/dir_2/file_2
test1/dir_1/file_1
test1/dir_1/file_2
test1/dir_2/dir_1/file_1
test1/dir_2/dir_1/file_2
test1/dir_2/dir_2/file_1
test1/dir_2/dir_2/file_2
test1/dir_2/file_1
test1/dir_2/file_2
test1/file_1
test1/file_2
'@ -split '\r?\n'

foreach ($folder in 'dir_1', 'dir_1/dir_1', 'dir_1/dir_1/dir_1', 'dir_1/dir_1/dir_2', 'dir_1/dir_2', 'dir_1/dir_2/dir_1', 'dir_1/dir_2/dir_2') {
    $null = [IO.Directory]::CreateDirectory($folder)
    foreach ($file in 'file_1', 'file_2') {
        [IO.File]::WriteAllText("$folder/$file", "./$folder/$file`n")
    }
}
[IO.File]::WriteAllText('admin-only.json', (KeyPolicy $AdminRole))
[IO.File]::WriteAllText('admin-and-worker.json', (KeyPolicy $WorkerRole, $AdminRole))

Heading $(if ($Format -eq 'V3') { 'Format V3, which commits to its data key: the default' } else { "Format V2, the article's" })
Show { Import-Module $module }
Show { $bucket, $key }
if ($Format -eq 'V2') {
    Show { Set-CseSession -CommitmentPolicy ForbidEncryptAllowDecrypt }
}

Heading 'Sign in: the profile is a role that asks for an MFA code. It is given once; left out, a console would ask for it'
Show { Get-Content $env:AWS_CONFIG_FILE }
Show { Set-CseSession -ProfileName worker -MfaCode $mfaCode }

Heading 'Send a folder'
Show { Get-ChildItem dir_1 -Recurse -Name }
Show { Get-ChildItem dir_1 -Recurse | Send-CseS3Object -BucketName $bucket -KeyPrefix test1/ -BasePath dir_1 -KmsKeyId $key }
Check "the article's 14 keys" (Sorted @($shown.Key)) $articleKeys

Heading 'Send single files'
Show { Send-CseS3Object -Path dir_1/dir_1/dir_1/file_1 -BucketName $bucket -KeyPrefix test2/ -KmsKeyId $key }
Show { Send-CseS3Object -Path dir_1/dir_1/dir_1/file_2 -BucketName $bucket -Key test3 -KmsKeyId $key }
Show { Get-CseS3Object -BucketName $bucket }
Check 'the bucket holds these and the 14' $shown.Key ($articleKeys + 'test2/file_1' + 'test3')

Heading 'What is stored'
Show { Get-CseS3Object -BucketName $bucket -Key test1/file_1 -Envelope }
Show { (Get-CseS3Object -BucketName $bucket -Key test1/file_1 -Envelope).Envelope.Metadata }
Show { aws s3api head-object --bucket $bucket --key test1/file_1 }
$names = switch ($Format) {
    'V2' { 'cek-alg', 'iv', 'key-v2', 'matdesc', 'tag-len', 'unencrypted-content-length', 'wrap-alg' }
    'V3' { '3', 'c', 'd', 'i', 't', 'w' }
}
Check 'a plain client sees the envelope' (Sorted @([regex]::Matches($shown, '(?<="x-amz-)[^"]+(?=":)').Value)) $names
Show { aws s3 cp s3://$bucket/test1/dir_1/dir_1/file_1 ./ }
Show { [Convert]::ToHexString((Get-Content file_1 -AsByteStream -Raw)) }
$plaintext = [IO.File]::ReadAllBytes('dir_1/dir_1/dir_1/file_1')
$stored = [IO.File]::ReadAllBytes('file_1')
Check 'it is 16 bytes longer than the file, for the tag' $stored.Length ($plaintext.Length + 16)
Check 'nothing of the file can be read in it' ([Text.Encoding]::Latin1.GetString($stored).Contains('dir_')) $false

Heading 'Receive a folder'
Show { Receive-CseS3Object -BucketName $bucket -KeyPrefix test1/ -Destination dst -KmsKeyId $key }
Check 'all 14 files, byte for byte' (Content dst) (Content dir_1)
Show { Get-Content dst/dir_1/dir_1/file_1 }
Show { Get-Content dst/dir_1/file_2 }

Heading 'Receive one object into a folder'
Show { Receive-CseS3Object -BucketName $bucket -Key test2/file_1 -Destination dst1 -KmsKeyId $key }
Show { Get-Content dst1/file_1 }
Check 'the file that was sent' (Content dst1) (Content dir_1/dir_1/dir_1)[0]

Heading 'Lock this caller out: a key policy that admits another role only'
Show { Get-Content admin-only.json }
Show { aws kms put-key-policy --key-id $key --policy file://admin-only.json --profile admin }
Show { Receive-CseS3Object -BucketName $bucket -Key test2/file_1 -Destination dst2 -KmsKeyId $key }
Check 'access is denied' ("$($shown.FullyQualifiedErrorId)" -replace ',.*') 'KmsAccessDenied'
Show { Test-Path dst2/file_1 }
Check 'nothing was written' (Content dst2) @()

Heading 'Let it in again'
Show { aws kms put-key-policy --key-id $key --policy file://admin-and-worker.json --profile admin }
Show { Receive-CseS3Object -BucketName $bucket -Key test2/file_1 -Destination dst2 -KmsKeyId $key }
Show { Get-Content dst2/file_1 }
Check 'the file that was sent' (Content dst2) (Content dst1)

Heading 'Set once what each line repeats'
Show { Set-CseSession -BucketName $bucket -KmsKeyId $key -KeyPrefix test4/ }
Show { Get-ChildItem dir_1 -Recurse | Send-CseS3Object }
Check 'the keys are the paths from here' (Sorted @($shown.Key)) $articleKeys.Replace('test1/', 'test4/dir_1/')
Show { Get-CseSession }
Show { (Get-CseSession).Clients }
Check 'one sign-in served the whole walk-through' "$(@((Get-CseSession).Clients).Count) $((Get-CseSession).Clients.Identity)" "1 profile worker, $WorkerRole"
Show { Clear-CseSession }

if ($failures -gt 0) {
    $Host.UI.WriteErrorLine("`n# Comparisons that failed in format ${Format}: $failures")
    exit 1
}
$Host.UI.WriteLine("`n# Every comparison held in format $Format.")
exit 0
