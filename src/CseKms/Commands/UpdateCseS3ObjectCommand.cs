using System.Management.Automation;
using CseKms.Cmdlets;
using CseKms.Core.Transfer;
using CseKms.Errors;
using CseKms.Work;

namespace CseKms.Commands;

/// <summary>Wraps the data keys of objects under another key or encryption context, or encrypts objects anew; nothing is sent again.</summary>
/// <remarks>
/// <para>The content of an object stays in S3, and its data key stays the same: only what is stored beside it is replaced, by a copy of the
/// object onto itself. Where one caller may use both KMS keys in one region, KMS does it by ReEncrypt (kms:ReEncryptFrom on the old key,
/// kms:ReEncryptTo on the new one), and the data key never leaves KMS. Before anything is written, the object is held to the policy, the
/// encryption context and the place as a receive holds it to them.</para>
/// <para>No version of an object can be changed. A new current version is made, and each older one keeps what it had: OlderVersions counts
/// them, -ListOlderVersions lists them. The old key must stay enabled until they have expired. An old version is never copied over the
/// current one. In an instruction file the new version is the file's.</para>
/// <para>LastModified changes; storage doubles until older versions expire; the ETag of an object that was sent in parts may change;
/// archived objects must be restored first. The yearly rotation of a KMS key by KMS itself needs none of this: KMS keeps the old key
/// material.</para>
/// <para>A data key that became known stays known: -Upgrade encrypts the object under a new one.</para>
/// <para>Who writes to the object at the same time makes this fail (ObjectChanged) and never loses what they wrote, as far as the store
/// knows conditions. What stands beside an object and cannot be read, such as its ACL, would be lost: such an object is left alone
/// without -Force.</para>
/// </remarks>
/// <example>
/// <code>Update-CseS3Object -BucketName my-bucket -KeyPrefix test1/ -KmsKeyId $old -NewKmsKeyId $new</code>
/// Wraps everything below test1/ under another key.
/// </example>
/// <example>
/// <code>Update-CseS3Object -BucketName my-bucket -Key test1/file_1 -KmsKeyId $arn -Upgrade -CommitmentPolicy RequireEncryptAllowDecrypt</code>
/// Encrypts an object of the V2 format anew as V3.
/// </example>
[Cmdlet(VerbsData.Update, "CseS3Object", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Medium)]
[OutputType(typeof(CseUpdatedObject), typeof(CseS3ObjectVersion))]
public sealed class UpdateCseS3ObjectCommand : RewrapCmdlet
{
    private long _olderVersions;
    private long _uncounted;

    /// <summary>
    /// Encrypt the content anew, as V3 under a new data key. It is read, decrypted, encrypted and stored in bounded memory, and replaces
    /// the object only when its tag was verified. Legacy CBC content has none: whoever could write to the bucket may have changed it, and
    /// whether the object is replaced tells them whether its padding, and a V1 key, was right.
    /// </summary>
    [Parameter]
    public SwitchParameter Upgrade { get; set; }

    /// <summary>Write the older versions of each object too, which keep what they had.</summary>
    [Parameter]
    public SwitchParameter ListOlderVersions { get; set; }

    /// <summary>Go on where something that stands beside an object cannot be read, and lose it.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    private protected override string Activity => $"Updating {NamedBucket}";

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        if (!IsRewrapGiven && !Upgrade)
        {
            throw Terminate(ErrorRecords.NothingToUpdate());
        }
    }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (var item in FindObjects())
        {
            if (this.Approves($"{item.Address}", Upgrade ? "Encrypt anew" : "Wrap data key anew"))
            {
                var request = new RewrapRequest(item.Address) { InstructionFileSuffix = InstructionFileSuffix, MayLoseAttributes = Force };
                Start(new RewrapWork(request, Upgrade) { IsListed = IsListed, ListsOlderVersions = ListOlderVersions });
            }
        }
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        base.EndProcessing();
        if (_olderVersions > 0)
        {
            this.Warn($"{_olderVersions:N0} older versions keep what they had: the old key must stay enabled until they have expired.");
        }

        if (_uncounted > 0)
        {
            this.Warn(
                $"The older versions of {_uncounted:N0} objects could not be counted, which takes s3:ListBucketVersions. They keep what they had: " +
                "the old key must stay enabled until they have expired.");
        }
    }

    /// <inheritdoc/>
    private protected override void Write(WorkResult result)
    {
        if (result.Output is CseUpdatedObject updated)
        {
            _olderVersions += updated.OlderVersions ?? 0;
            _uncounted += updated is { VersionId: not null, OlderVersions: null } ? 1 : 0;
        }

        base.Write(result);
    }
}
