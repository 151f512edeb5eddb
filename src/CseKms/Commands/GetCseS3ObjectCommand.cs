using System.Management.Automation;
using CseKms.Cmdlets;
using CseKms.Core;
using CseKms.Core.Session;
using CseKms.Core.Transfer;

namespace CseKms.Commands;

/// <summary>Lists the objects of a bucket, and with -Envelope tells how each is encrypted.</summary>
/// <remarks>
/// <para>Any number of objects is listed, page after page as the pipeline takes them. Size is the stored size, as AWS.Tools names
/// it; PlaintextSize comes with -Envelope, which asks S3 for each object's metadata, in parallel.</para>
/// <para>The result pipes into Receive-CseS3Object. It carries the listed folder as KeyPrefix, which Receive-CseS3Object takes off
/// the keys to name the files.</para>
/// </remarks>
/// <example>
/// <code>Get-CseS3Object -BucketName my-bucket -Prefix test1/</code>
/// Lists what is below test1/.
/// </example>
/// <example>
/// <code>Get-CseS3Object -BucketName my-bucket -Key test1/file_1 -Envelope | ForEach-Object { $_.Envelope.Metadata }</code>
/// Shows the metadata of one object, the envelope's own included.
/// </example>
[Cmdlet(VerbsCommon.Get, "CseS3Object", DefaultParameterSetName = PrefixSet)]
[OutputType(typeof(CseS3Object))]
public sealed class GetCseS3ObjectCommand : S3Cmdlet
{
    private const string PrefixSet = "Prefix";
    private const string KeySet = "Key";

    /// <summary>The bucket: its name or ARN, or the ARN of an access point.</summary>
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    public string? BucketName { get; set; }

    /// <summary>What the listed keys begin with, taken as it is: test lists test1/file_1 as well as test2. Everything unless given.</summary>
    [Parameter(Position = 1, ParameterSetName = PrefixSet)]
    [AllowEmptyString]
    public string? Prefix { get; set; }

    /// <summary>The exact key of one object.</summary>
    [Parameter(Mandatory = true, ParameterSetName = KeySet, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    public string? Key { get; set; }

    /// <summary>The version of the object; the newest unless given.</summary>
    [Parameter(ParameterSetName = KeySet, ValueFromPipelineByPropertyName = true)]
    public string? VersionId { get; set; }

    /// <summary>Tell the plaintext size, and how the object is encrypted.</summary>
    [Parameter]
    public SwitchParameter Envelope { get; set; }

    /// <summary>What an instruction file's key adds to the key of its object, when another client chose something else than .instruction.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string InstructionFileSuffix { get; set; } = S3EncryptionClient.InstructionFileSuffix;

    private protected override string Activity => "Reading envelopes";

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        var bucket = RequireBucket(BucketName);
        if (Key is not null)
        {
            Describe(new ObjectAddress(bucket, Key, string.IsNullOrEmpty(VersionId) ? null : VersionId, ExpectedBucketOwner), keyPrefix: null);
            return;
        }

        var prefix = Prefix ?? SharedSession.Defaults.KeyPrefix ?? "";
        var keyPrefix = prefix[..(prefix.LastIndexOf('/') + 1)];
        foreach (var item in List(bucket, prefix))
        {
            if (Envelope)
            {
                Describe(new ObjectAddress(bucket, item.Key, null, ExpectedBucketOwner), keyPrefix);
            }
            else
            {
                WriteObject(new CseS3Object(bucket, item.Key)
                {
                    KeyPrefix = keyPrefix,
                    Size = item.Size,
                    LastModified = item.LastModified,
                    ETag = item.ETag,
                    StorageClass = item.StorageClass,
                });
            }
        }
    }

    private void Describe(ObjectAddress address, string? keyPrefix)
    {
        var (client, suffix) = (Client, InstructionFileSuffix);
        Queue(null, address, async cancellationToken =>
        {
            var found = await client.DescribeAsync(address, suffix, cancellationToken).ConfigureAwait(false);
            return () => WriteObject(Output(address, keyPrefix, found));
        });
    }

    private CseS3Object Output(ObjectAddress address, string? keyPrefix, ObjectDescription found) => new(address.BucketName, address.Key)
    {
        KeyPrefix = keyPrefix,
        VersionId = found.VersionId,
        Size = found.Size,
        LastModified = found.LastModified,
        ETag = found.ETag,
        StorageClass = found.StorageClass ?? "STANDARD",
        PlaintextSize = Envelope ? found.Envelope?.PlaintextSize : null,
        Envelope = Envelope && found.Envelope is { } envelope
            ? new CseEnvelope
            {
                Format = envelope.Format,
                Algorithm = envelope.Algorithm,
                Wrapping = envelope.Wrapping,
                IsCommitting = envelope.IsCommitting,
                StoredContext = envelope.StoredContext,
                Metadata = found.Metadata,
            }
            : null,
    };
}
