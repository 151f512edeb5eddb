using System.Management.Automation;
using CseKms.Cmdlets;
using CseKms.Work;

namespace CseKms.Commands;

/// <summary>Drops multipart uploads that were begun and neither completed nor dropped, and the parts that S3 holds of them.</summary>
/// <remarks>
/// <para>An upload that is under way fails when it is dropped. So uploads are dropped by age, or one by one as Get-CseS3Upload lists them.
/// Objects are not touched.</para>
/// </remarks>
/// <example>
/// <code>Remove-CseS3Upload -BucketName my-bucket -OlderThan 7.00:00</code>
/// Drops what was begun more than seven days ago.
/// </example>
/// <example>
/// <code>Get-CseS3Upload my-bucket | Where-Object Key -like 'test1/*' | Remove-CseS3Upload -WhatIf</code>
/// Shows which uploads below test1/ would be dropped.
/// </example>
[Cmdlet(VerbsCommon.Remove, "CseS3Upload", DefaultParameterSetName = ListedSet, SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Medium)]
public sealed class RemoveCseS3UploadCommand : UploadsCmdlet
{
    private const string OneSet = "One";

    /// <summary>The age from which on uploads are dropped, such as 7.00:00 for seven days. Uploads that are under way are younger.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ListedSet)]
    public TimeSpan OlderThan { get; set; }

    /// <summary>The key of the object that the upload would become.</summary>
    [Parameter(Mandatory = true, ParameterSetName = OneSet, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    public string? Key { get; set; }

    /// <summary>The id of one upload.</summary>
    [Parameter(Mandatory = true, ParameterSetName = OneSet, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    public string? UploadId { get; set; }

    private protected override string Activity => $"Removing uploads of {NamedBucket}";

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (Key is not null)
        {
            Drop(new DropUploadWork(AddressOf(Key), UploadId!), UploadId!);
            return;
        }

        foreach (var upload in FindUploads(OlderThan))
        {
            Drop(new DropUploadWork(upload.Address, upload.UploadId), upload.UploadId);
        }
    }

    private void Drop(DropUploadWork work, string uploadId)
    {
        if (this.Approves($"{work.Address} ({uploadId})", "Remove upload"))
        {
            Start(work);
        }
    }
}
