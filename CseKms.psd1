@{
    RootModule           = 'bin/CseKms.dll'
    ModuleVersion        = '0.1.0'
    GUID                 = '6d3f0e5a-7a52-4c0b-9f1c-2f6b1c7c0a41'
    Author               = 'CseKms contributors'
    CompanyName          = 'CseKms contributors'
    Copyright            = '(c) CseKms contributors. Apache License 2.0.'
    Description          = 'Client-side encryption of Amazon S3 objects with AWS KMS (CSE-KMS) in the pipeline: parallel, verified, and readable by every Amazon S3 Encryption Client.'
    PowerShellVersion    = '7.4'
    CompatiblePSEditions = @('Core')
    FormatsToProcess     = @('CseKms.Format.ps1xml')
    CmdletsToExport      = @(
        'Send-CseS3Object'
        'Receive-CseS3Object'
        'Get-CseS3Object'
        'Sync-CseS3Object'
        'Test-CseS3Object'
        'Measure-CseS3Object'
        'Copy-CseS3Object'
        'Update-CseS3Object'
        'Repair-CseS3Object'
        'Remove-CseS3Object'
        'Protect-CseFile'
        'Unprotect-CseFile'
        'Get-CseS3Upload'
        'Remove-CseS3Upload'
        'Set-CseSession'
        'Get-CseSession'
        'Clear-CseSession'
    )
    FunctionsToExport    = @()
    AliasesToExport      = @()
    VariablesToExport    = @()
    PrivateData          = @{
        PSData = @{
            Tags         = @('AWS', 'S3', 'KMS', 'Encryption', 'CSE-KMS', 'PSEdition_Core', 'Windows', 'Linux', 'MacOS')
            ReleaseNotes = 'See CHANGELOG.md.'
        }
    }
}
