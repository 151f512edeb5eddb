using System.Management.Automation;
using CseKms.Cmdlets;
using CseKms.Core.Session;
using CseKms.Work;

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
        if (Key is not null)
        {
            Describe(Key, keyPrefix: null);
            return;
        }

        var bucket = RequireBucket();
        var prefix = Prefix ?? SharedSession.Defaults.KeyPrefix ?? "";
        var keyPrefix = prefix[..(prefix.LastIndexOf('/') + 1)];
        foreach (var item in List(prefix))
        {
            if (Envelope)
            {
                Describe(item.Key, keyPrefix);
            }
            else
            {
                WriteObject(new CseS3Object(bucket, item) { KeyPrefix = keyPrefix });
            }
        }
    }

    private void Describe(string key, string? keyPrefix) => Start(new DescribeWork(AddressOf(key, VersionId))
    {
        InstructionFileSuffix = InstructionFileSuffix,
        KeyPrefix = keyPrefix,
        WithEnvelope = Envelope,
    });
}
