using System.Management.Automation;
using CseKms.Binding;
using CseKms.Cmdlets;
using CseKms.Core;
using CseKms.Core.Settings;
using CseKms.Core.Transfer;
using CseKms.Errors;
using CseKms.Work;

namespace CseKms.Commands;

/// <summary>Puts the envelope back that an object lost, so that it can be read again.</summary>
/// <remarks>
/// <para>Tools that copy large objects part by part often lose their metadata, and with them the envelope: what is left looks like noise, and
/// Receive-CseS3Object says NotEncrypted. The bytes are whole. Their envelope may still stand on the object that was copied (-SourceKey,
/// -SourceKeyPrefix, -SourceBucket), or without these on an older version of the object, or in an older version of its instruction file.</para>
/// <para>An envelope is proved first: the whole object is read and decrypted to its tag, and nothing is kept of it. Then it is written, by a
/// copy of the object onto itself, with all else that stands beside the object kept; where the bucket keeps versions, that makes a new one.
/// Content of CBC has no tag, so that nothing can be proved: it takes -Force, and the padding must fit. Whether something is written shows
/// then whether it does, which who can write to the bucket may use to learn about the content.</para>
/// <para>An object whose envelope opens (AlreadyReadable), or which is in the clear by every sign (InTheClear), is left alone. Of one that is
/// named by -Key that is an error, and its whole content is read by the envelope that it has; of others -Verbose tells. -WhatIf proves envelopes and writes none.</para>
/// <para>An object that was sent with -BindLocation is bound to its new place. It takes the rights to read both objects and to use their KMS
/// key.</para>
/// </remarks>
/// <example>
/// <code>Repair-CseS3Object -BucketName my-backup -KeyPrefix test1/ -SourceBucket my-bucket -KmsKeyId $arn</code>
/// Brings back all objects below test1/ that a copy from my-bucket broke.
/// </example>
/// <example>
/// <code>Repair-CseS3Object -BucketName my-bucket -Key test2/file_1 -SourceKey test1/file_1 -KmsKeyId $arn</code>
/// Brings back one object, which was copied from another key.
/// </example>
/// <example>
/// <code>Repair-CseS3Object -BucketName my-bucket -KeyPrefix test1/ -KmsKeyId $arn -WhatIf</code>
/// Shows which objects would get the envelope of an older version back.
/// </example>
[Cmdlet(VerbsDiagnostic.Repair, "CseS3Object", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Medium)]
[OutputType(typeof(CseRepairedObject))]
public sealed class RepairCseS3ObjectCommand : ContentReaderCmdlet
{
    /// <summary>The bucket that the objects were copied from; their own unless given.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? SourceBucket { get; set; }

    /// <summary>The exact key of the object that one object was copied from; its own unless given.</summary>
    [Parameter]
    [Alias("Source")]
    [ValidateNotNullOrEmpty]
    public string? SourceKey { get; set; }

    /// <summary>The version that one object was copied from, or an older one of the object itself.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? SourceVersionId { get; set; }

    /// <summary>The folder that the objects were copied from. Their keys in it are their own less -KeyPrefix.</summary>
    [Parameter]
    [AllowEmptyString]
    public string? SourceKeyPrefix { get; set; }

    /// <summary>The account that must own the bucket that the objects were copied from; S3 denies the request otherwise.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? ExpectedSourceBucketOwner { get; set; }

    /// <summary>Take an envelope of CBC content, which nothing can prove; and go on where something beside an object cannot be read, and lose it.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    private protected override string Activity => $"Repairing {NamedBucket}";

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        if (SourceKey is not null && SourceKeyPrefix is not null)
        {
            throw Terminate(ErrorRecords.SourceKeyAndKeyPrefix());
        }
    }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if ((SourceKey is not null || SourceVersionId is not null) && (Key is null || MyInvocation.ExpectingInput))
        {
            throw Terminate(ErrorRecords.OneSourceKey());
        }

        foreach (var item in FindObjects())
        {
            var source = SourceOf(item);
            if (source is { VersionId: null } && (source.BucketName, source.Key) == (item.Address.BucketName, item.Address.Key))
            {
                WriteError(ErrorRecords.SourceIsItself(item.Address));
            }
            else
            {
                Start(new RepairWork(Request(item.Address, source)) { IsListed = IsListed });
            }
        }
    }

    // A data key that is bound to the copied object's place is wrapped anew, under the same key.
    /// <inheritdoc/>
    private protected override EncryptionSettings Encryption() => base.Encryption() with { Rewrap = new RewrapSettings() };

    private ObjectAddress? SourceOf(NamedObject item) =>
        (SourceBucket ?? SourceKey ?? SourceVersionId ?? SourceKeyPrefix) is null ? null : new ObjectAddress(
            RequireBucket(SourceBucket),
            SourceKey ?? (SourceKeyPrefix is { } prefix ? KeyMapper.AsFolder(prefix) + item.RelativeKey : item.Address.Key),
            SourceVersionId,
            ExpectedSourceBucketOwner ?? (SourceBucket is null ? ExpectedBucketOwner : null));

    private RepairRequest Request(ObjectAddress address, ObjectAddress? source) => new(address)
    {
        Source = source,
        InstructionFileSuffix = InstructionFileSuffix,
        DistrustsOwnEnvelope = !IsListed,
        MayBeUnproved = Force,
        MayLoseAttributes = Force,
        Approve = found => OnPipelineThreadAsync(() => this.Approves($"{address}", $"Put back the envelope of {found.Found}")),
    };
}
