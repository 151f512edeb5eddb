using System.Management.Automation;
using CseKms.Binding;
using CseKms.Cmdlets;
using CseKms.Errors;

namespace CseKms.Commands;

/// <summary>Makes a folder of the bucket equal to a local folder, or a local folder to one of the bucket, by what the files hold.</summary>
/// <remarks>
/// <para>-Path is the source, or with -Destination the bucket is. A file and an object are the same when the tag that the object ends in is
/// the one that the file has under the object's data key; sizes are looked at first, so that what a listing shows to differ is not asked
/// for. What differs is encrypted anew under a data key of its own and sent, or received, verified and put in the file's place. A second
/// call transfers nothing.</para>
/// <para>The tag shows that the file was sent under this envelope. It does not show that the stored body is intact, which whoever can
/// write to the bucket may have damaged: -Compare Full reads it. Objects by AES-CBC have no tag, and are read. An object that cannot be
/// compared, since its key or its context is another one, is an error and stays as it is.</para>
/// <para>Symbolic links are not followed. Instruction files, empty folder markers, and the temporary files of this module (.cse-*.tmp) are
/// passed over. A received file has the time of its object.</para>
/// <para>With -Delete the target loses what the source does not have, after all else and only where nothing failed: what could not be
/// compared, named or listed to its end is never deleted. It is asked for once, with the counts. An object or file that changed, or whose
/// counterpart came, since both were looked at stays.</para>
/// <para>The last output tells how many files and objects were sent, received, skipped, deleted and failed.</para>
/// </remarks>
/// <example>
/// <code>Sync-CseS3Object -Path dir_1 -BucketName my-bucket -KeyPrefix test1/ -KmsKeyId $arn</code>
/// Sends what below test1/ is missing or not what the files of dir_1 hold now.
/// </example>
/// <example>
/// <code>Sync-CseS3Object -BucketName my-bucket -KeyPrefix test1/ -Destination dst -Include *.csv -KmsKeyId $arn</code>
/// Receives what the folder dst lacks of the CSV files below test1/, and what differs.
/// </example>
/// <example>
/// <code>Sync-CseS3Object -Path dir_1 -BucketName my-bucket -KeyPrefix test1/ -KmsKeyId $arn -Delete -MaxDelete 10% -WhatIf</code>
/// Compares, and shows what would be sent and deleted; -Force in place of -WhatIf does it without asking.
/// </example>
/// <example>
/// <code>Sync-CseS3Object -Path dir_1 -BucketName my-bucket -KeyPrefix test1/ -KmsKeyId $arn -PassThru | Where-Object Action -EQ Sent</code>
/// Tells which files were sent.
/// </example>
[Cmdlet(VerbsData.Sync, "CseS3Object", DefaultParameterSetName = ToBucketSet, SupportsShouldProcess = true)]
[OutputType(typeof(CseSyncedObject), typeof(CseSyncSummary))]
public sealed class SyncCseS3ObjectCommand : SyncCmdlet
{
    private const string ToBucketSet = "ToBucket";
    private const string ToFolderSet = "ToFolder";

    /// <summary>The local folder whose files are sent, with all that is below it. Its name is taken as it is, without wildcards.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = ToBucketSet)]
    [ValidateNotNullOrEmpty]
    public string? Path { get; set; }

    /// <summary>The local folder that objects are received into. It is made where it is missing; files in it that differ are replaced.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ToFolderSet)]
    [ValidateNotNullOrEmpty]
    public string? Destination { get; set; }

    /// <summary>The folder of the bucket. A slash at its end is added when it is missing; '' is the whole bucket.</summary>
    [Parameter]
    [AllowEmptyString]
    public string? KeyPrefix { get; set; }

    private bool IsToFolder => ParameterSetName == ToFolderSet;

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        if (!IsToFolder)
        {
            EnsureOneKeyToSend();
        }
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        var folder = FileSystemPath(IsToFolder ? Destination! : Path!);
        if (File.Exists(folder))
        {
            throw Terminate(ErrorRecords.FolderRequired(folder));
        }

        if (!IsToFolder && !AllowEmptySource && !Directory.Exists(folder))
        {
            throw Terminate(ErrorRecords.PathNotFound(folder));
        }

        var prefix = KeyPrefix ?? SharedSession.Defaults.KeyPrefix ?? throw Terminate(ErrorRecords.KeyPrefixRequired());
        Synchronize(folder, KeyMapper.AsFolder(prefix), IsToFolder);
        base.EndProcessing();
    }
}
