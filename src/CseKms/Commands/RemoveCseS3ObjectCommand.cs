using System.Management.Automation;
using CseKms.Binding;
using CseKms.Cmdlets;
using CseKms.Core;
using CseKms.Core.Session;
using CseKms.Core.Transfer;
using CseKms.Errors;
using CseKms.Work;

namespace CseKms.Commands;

/// <summary>Removes objects, their instruction files with them, a thousand by one request.</summary>
/// <remarks>
/// <para>What is named is removed, encrypted or not. With -KeyPrefix that is all that is below the folder; the session's prefix is not used
/// here. For each object removed one result is written, as AWS.Tools tells of it; S3 says of an object that was not there that it was
/// removed.</para>
/// <para>Where the bucket keeps versions, an object without -VersionId is only hidden, by a delete marker: DeleteMarkerVersionId. A version
/// that is named is gone for good; objects from the pipe that carry a VersionId, as those of Get-CseS3Object -AllVersions, name one.
/// Removing the delete markers that hide an object brings it back. There may be more than one: when S3's answer is lost, the request is sent
/// again.</para>
/// <para>The instruction file goes after the object, and with -VersionId only when no other version of the object is left; it comes back
/// with the object when a delete marker is removed. Which object is an instruction file is told by its mark or by what is in it: no other
/// object of such a name is touched, unless you name it. It takes one request more for each object that is named by -Key or by the
/// pipe.</para>
/// <para>Each object's failure is an error of its own, and an answer of S3 that says nothing of an object is no success.</para>
/// </remarks>
/// <example>
/// <code>Remove-CseS3Object -BucketName my-bucket -KeyPrefix test1/ -WhatIf</code>
/// Shows what below test1/ would be removed; -Force in place of -WhatIf removes it without asking.
/// </example>
/// <example>
/// <code>Get-CseS3Object my-bucket logs/ | Where-Object LastModified -lt (Get-Date).AddDays(-90) | Remove-CseS3Object -Force</code>
/// Removes what is older than 90 days.
/// </example>
/// <example>
/// <code>Get-CseS3Object my-bucket -Key test1/file_1 -AllVersions | Where-Object IsDeleteMarker | Remove-CseS3Object -Force</code>
/// Brings back an object that was removed, where the bucket keeps versions.
/// </example>
[Cmdlet(VerbsCommon.Remove, "CseS3Object", DefaultParameterSetName = KeySet, SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High)]
[OutputType(typeof(CseRemovedObject))]
public sealed class RemoveCseS3ObjectCommand : S3Cmdlet
{
    private const string KeySet = "Key";
    private const string KeyPrefixSet = "KeyPrefix";

    private readonly List<ObjectAddress> _batch = [];
    private Confirmation _confirmation = null!;

    /// <summary>The exact key of one object.</summary>
    [Parameter(Mandatory = true, Position = 1, ParameterSetName = KeySet, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    public string? Key { get; set; }

    /// <summary>The version of the object, or the delete marker, to remove for good; a delete marker is put above the object unless given.</summary>
    [Parameter(ParameterSetName = KeySet, ValueFromPipelineByPropertyName = true)]
    public string? VersionId { get; set; }

    /// <summary>The folder of the bucket, of which everything is removed. A slash at its end is added when it is missing.</summary>
    [Parameter(Mandatory = true, ParameterSetName = KeyPrefixSet)]
    [AllowEmptyString]
    public string? KeyPrefix { get; set; }

    /// <summary>What an instruction file's key adds to the key of its object, when another client chose something else than .instruction.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string InstructionFileSuffix { get; set; } = S3EncryptionClient.InstructionFileSuffix;

    /// <summary>Remove without asking, as -Confirm:$false does. Without either, and with nobody there to be asked, it is an error.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>A file that gets a receipt of each object: one line of JSON, written before the object's result is put out. See about_CseKms.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public override string? ReceiptPath { get; set; }

    private protected override string Activity => $"Removing from {NamedBucket}";

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        _confirmation = new Confirmation(this, Force);
        if (_confirmation.IsImpossible)
        {
            throw Terminate(ErrorRecords.ConfirmationImpossible());
        }
    }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (Key is not null)
        {
            Remove(AddressOf(Key, VersionId));
            return;
        }

        var (prefix, isEmpty) = (KeyMapper.AsFolder(KeyPrefix!), true);
        foreach (var item in List(prefix))
        {
            isEmpty = false;
            Remove(AddressOf(item.Key));
        }

        if (isEmpty)
        {
            WriteError(ErrorRecords.NothingFound(RequireBucket(), prefix));
        }
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        SendBatch();
        base.EndProcessing();
    }

    private void Remove(ObjectAddress address)
    {
        var approved = address.VersionId is { } version
            ? _confirmation.Approves($"{address} ({version})", "Remove version for good")
            : _confirmation.Approves($"{address}", "Remove object");
        if (approved != true)
        {
            _ = approved ?? throw Terminate(ErrorRecords.ConfirmationImpossible());
            return;
        }

        if (_batch.Count == RemovalRequest.MostObjects || (_batch.Count > 0 && _batch[0].BucketName != address.BucketName))
        {
            SendBatch();
        }

        _batch.Add(address);
    }

    // What is below a folder has its instruction files beside it there.
    private void SendBatch()
    {
        if (_batch.Count > 0)
        {
            Start(new RemoveWork(new RemovalRequest([.. _batch])
            {
                InstructionFileSuffix = InstructionFileSuffix,
                WithInstructionFiles = ParameterSetName == KeySet,
            }));
            _batch.Clear();
        }
    }
}
