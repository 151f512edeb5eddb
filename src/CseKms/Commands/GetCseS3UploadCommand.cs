using System.Management.Automation;
using CseKms.Cmdlets;

namespace CseKms.Commands;

/// <summary>Lists multipart uploads that were begun and neither completed nor dropped.</summary>
/// <remarks>
/// <para>S3 keeps the parts of such an upload, and charges for them, until it is completed or dropped; listings of objects do not show it.
/// Send-CseS3Object drops its uploads when it fails or is stopped; one stays when its process is killed, or when S3 cannot be reached at
/// that moment, which is told in a warning. Other programs' uploads are listed too, and those that are under way.</para>
/// <para>A lifecycle rule of the bucket (AbortIncompleteMultipartUpload) removes them by age without this cmdlet.</para>
/// </remarks>
/// <example>
/// <code>Get-CseS3Upload -BucketName my-bucket -OlderThan 1.00:00</code>
/// Lists the uploads that were begun more than a day ago.
/// </example>
/// <example>
/// <code>Get-CseS3Upload my-bucket test1/ | Format-Table Initiated, Key, Initiator</code>
/// Tells who began the uploads below test1/.
/// </example>
[Cmdlet(VerbsCommon.Get, "CseS3Upload", DefaultParameterSetName = ListedSet)]
[OutputType(typeof(CseS3Upload))]
public sealed class GetCseS3UploadCommand : UploadsCmdlet
{
    /// <summary>Only uploads that were begun longer ago, such as 7.00:00 for seven days, or (New-TimeSpan -Days 7).</summary>
    [Parameter]
    public TimeSpan OlderThan { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (var upload in FindUploads(OlderThan))
        {
            WriteObject(new CseS3Upload(upload));
        }
    }
}
