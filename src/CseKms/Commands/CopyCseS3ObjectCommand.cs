using System.Management.Automation;
using CseKms.Binding;
using CseKms.Cmdlets;
using CseKms.Core;
using CseKms.Core.Transfer;
using CseKms.Errors;
using CseKms.Work;

namespace CseKms.Commands;

/// <summary>Copies encrypted objects inside S3, their envelopes with them: to other keys, buckets or accounts, and under another key.</summary>
/// <remarks>
/// <para>No content passes through this machine. Envelope, user metadata, headers, tags and instruction file go along, and are looked at
/// afterwards: tools that copy large objects part by part often lose an object's metadata, and nobody can read the copy. Storage class, S3's
/// own encryption, ACL and lock are those of a new object, as with every copy in S3.</para>
/// <para>An object that was sent with -BindLocation is bound to the new place, for which its data key is wrapped anew; so it is with
/// -NewKmsKeyId or -NewEncryptionContext. That needs the old key too. All others are copied without asking KMS.</para>
/// <para>S3 is called as one caller, who needs the rights to read the one and to write the other.</para>
/// </remarks>
/// <example>
/// <code>Copy-CseS3Object -BucketName my-bucket -KeyPrefix test1/ -DestinationBucket other-bucket -DestinationKeyPrefix backup/</code>
/// Copies everything below test1/ to another bucket.
/// </example>
/// <example>
/// <code>Copy-CseS3Object -BucketName my-bucket -Key test1/file_1 -DestinationKey test2/file_1 -KmsKeyId $old -NewKmsKeyId $new</code>
/// Copies one object, the copy under another key.
/// </example>
[Cmdlet(VerbsCommon.Copy, "CseS3Object", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Medium)]
[OutputType(typeof(CseCopiedObject))]
public sealed class CopyCseS3ObjectCommand : RewrapCmdlet
{
    /// <summary>The bucket of the copies; the objects' own unless given.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? DestinationBucket { get; set; }

    /// <summary>The exact key of the copy of one object; the object's own unless given.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? DestinationKey { get; set; }

    /// <summary>The folder of the copies. Their keys in it are those of the objects less -KeyPrefix; of one object alone, the last part of its key.</summary>
    [Parameter]
    [AllowEmptyString]
    public string? DestinationKeyPrefix { get; set; }

    /// <summary>The account that must own the bucket of the copies; S3 denies the request otherwise.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? ExpectedDestinationBucketOwner { get; set; }

    /// <summary>Do not overwrite an object that exists.</summary>
    [Parameter]
    public SwitchParameter NoClobber { get; set; }

    /// <summary>The storage class of the copies, such as STANDARD_IA.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? StorageClass { get; set; }

    /// <summary>What S3 encrypts the copies with once more: AES256, aws:kms or aws:kms:dsse. The bucket's own setting unless given.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? ServerSideEncryption { get; set; }

    /// <summary>The KMS key of S3's own encryption. It is another thing than -KmsKeyId.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? ServerSideEncryptionKeyManagementServiceKeyId { get; set; }

    /// <summary>The canned ACL of the copies. Buckets of other accounts may ask for bucket-owner-full-control.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? CannedACLName { get; set; }

    /// <summary>Go on where something that stands beside an object cannot be read, and lose it.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    private protected override string Activity => $"Copying from {NamedBucket}";

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        if (DestinationBucket is null && DestinationKey is null && DestinationKeyPrefix is null)
        {
            throw Terminate(ErrorRecords.DestinationRequired());
        }

        if (DestinationKey is not null && DestinationKeyPrefix is not null)
        {
            throw Terminate(ErrorRecords.DestinationKeyAndKeyPrefix());
        }
    }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (DestinationKey is not null && (Key is not [_] || MyInvocation.ExpectingInput))
        {
            throw Terminate(ErrorRecords.OneDestinationKey());
        }

        foreach (var item in FindObjects())
        {
            var target = new ObjectAddress(
                RequireBucket(DestinationBucket), KeyOf(item), VersionId: null, ExpectedDestinationBucketOwner ?? (DestinationBucket is null ? ExpectedBucketOwner : null));
            if (target.BucketName == item.Address.BucketName && target.Key == item.Address.Key)
            {
                WriteError(ErrorRecords.CopyOntoItself(item.Address));
            }
            else if (this.Approves($"{item.Address} → {target}", "Copy encrypted"))
            {
                Start(new CopyWork(Request(item.Address, target)) { IsListed = IsListed });
            }
        }
    }

    private string KeyOf(NamedObject item) =>
        DestinationKey ?? (DestinationKeyPrefix is { } prefix ? KeyMapper.AsFolder(prefix) + item.RelativeKey : item.Address.Key);

    private CopyRequest Request(ObjectAddress source, ObjectAddress target) => new(source, target)
    {
        InstructionFileSuffix = InstructionFileSuffix,
        Rewraps = IsRewrapGiven,
        NoClobber = NoClobber,
        MayLoseAttributes = Force,
        Attributes = new()
        {
            StorageClass = StorageClass,
            ServerSideEncryption = ServerSideEncryption,
            ServerSideEncryptionKmsKeyId = ServerSideEncryptionKeyManagementServiceKeyId,
            CannedAcl = CannedACLName?.ToLowerInvariant(),
        },
    };
}
