using System.Management.Automation;
using CseKms.Cmdlets;
using CseKms.Core;
using CseKms.Core.Session;
using CseKms.Work;

namespace CseKms.Commands;

/// <summary>Lists the objects of a bucket, or their versions, and with -Envelope tells how each is encrypted.</summary>
/// <remarks>
/// <para>Any number of objects is listed, page after page as the pipeline takes them. Size is the stored size, as AWS.Tools names
/// it; PlaintextSize comes with -Envelope, which asks S3 for each object's metadata, in parallel.</para>
/// <para>The result pipes into Receive-CseS3Object. It carries the listed folder as KeyPrefix, which Receive-CseS3Object takes off
/// the keys to name the files.</para>
/// <para>With -AllVersions the versions of each key come newest first, and delete markers among them, which hold nothing
/// (IsDeleteMarker). A bucket that never kept versions has one of each key, which is called null. It needs the permission
/// s3:ListBucketVersions.</para>
/// </remarks>
/// <example>
/// <code>Get-CseS3Object -BucketName my-bucket -Prefix test1/</code>
/// Lists what is below test1/.
/// </example>
/// <example>
/// <code>Get-CseS3Object -BucketName my-bucket -Key test1/file_1 -Envelope | ForEach-Object { $_.Envelope.Metadata }</code>
/// Shows the metadata of one object, the envelope's own included.
/// </example>
/// <example>
/// <code>Get-CseS3Object -BucketName my-bucket | Where-Object LastModified -gt (Get-Date).AddHours(-1) |
///     Select-Object Key, Size, @{ n = 'LastModified'; e = { $_.LastModified.ToString('o') } } | Export-Csv new.csv</code>
/// Keeps what was stored in the last hour, with times that every program reads.
/// </example>
/// <example>
/// <code>Get-CseS3Object -BucketName my-bucket -Key test1/file_1 -AllVersions | Where-Object { -not $_.IsDeleteMarker } |
///     Select-Object -First 1 | Receive-CseS3Object -Destination dst -KmsKeyId $arn</code>
/// Brings back what a deleted object held last.
/// </example>
[Cmdlet(VerbsCommon.Get, "CseS3Object", DefaultParameterSetName = PrefixSet)]
[OutputType(typeof(CseS3Object), typeof(CseS3ObjectVersion))]
public sealed class GetCseS3ObjectCommand : S3Cmdlet
{
    private const string PrefixSet = "Prefix";
    private const string KeySet = "Key";
    private const string KeyVersionsSet = "KeyVersions";

    /// <summary>What the listed keys begin with, taken as it is: test lists test1/file_1 as well as test2. Everything unless given.</summary>
    [Parameter(Position = 1, ParameterSetName = PrefixSet)]
    [AllowEmptyString]
    public string? Prefix { get; set; }

    /// <summary>The exact key of an object, or of several.</summary>
    [Parameter(Mandatory = true, ParameterSetName = KeySet, ValueFromPipelineByPropertyName = true)]
    [Parameter(Mandatory = true, ParameterSetName = KeyVersionsSet, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    public string[]? Key { get; set; }

    /// <summary>The version of the object; the newest unless given.</summary>
    [Parameter(ParameterSetName = KeySet, ValueFromPipelineByPropertyName = true)]
    public string? VersionId { get; set; }

    /// <summary>List all versions and delete markers, and not only the newest version of each key.</summary>
    [Parameter(ParameterSetName = PrefixSet)]
    [Parameter(Mandatory = true, ParameterSetName = KeyVersionsSet)]
    public SwitchParameter AllVersions { get; set; }

    /// <summary>Tell the plaintext size, and how the object is encrypted.</summary>
    [Parameter]
    public SwitchParameter Envelope { get; set; }

    /// <summary>What an instruction file's key adds to the key of its object, when another client chose something else than .instruction.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string InstructionFileSuffix { get; set; } = S3EncryptionClient.InstructionFileSuffix;

    private protected override string Activity => "Reading envelopes";

    // Of a listing, which is in the order of keys; and the versions of a key make sense one after another.
    private protected override bool KeepsOrder => true;

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (Key is null)
        {
            var prefix = Prefix ?? SharedSession.Defaults.KeyPrefix ?? "";
            WriteListing(prefix, keyPrefix: prefix[..(prefix.LastIndexOf('/') + 1)]);
        }
        else if (AllVersions)
        {
            // No other key that begins with one comes before it.
            WriteVersions(Key.SelectMany(key => ListVersions(key).TakeWhile(version => version.Address.Key == key)), keyPrefix: null);
        }
        else
        {
            foreach (var key in Key)
            {
                Start(Describe(AddressOf(key, VersionId), keyPrefix: null));
            }
        }
    }

    private void WriteListing(string prefix, string keyPrefix)
    {
        if (AllVersions)
        {
            WriteVersions(ListVersions(prefix), keyPrefix);
            return;
        }

        var bucket = RequireBucket();
        foreach (var item in List(prefix))
        {
            if (Envelope)
            {
                Start(Describe(AddressOf(item.Key), keyPrefix));
            }
            else
            {
                WriteObject(new CseS3Object(bucket, item) { KeyPrefix = keyPrefix });
            }
        }
    }

    private void WriteVersions(IEnumerable<ListedVersion> versions, string? keyPrefix)
    {
        foreach (var version in versions)
        {
            if (Envelope)
            {
                Start(Describe(version.Address, keyPrefix, version));
            }
            else
            {
                WriteObject(new CseS3ObjectVersion(version) { KeyPrefix = keyPrefix });
            }
        }
    }

    private DescribeWork Describe(ObjectAddress address, string? keyPrefix, ListedVersion? version = null) => new(address)
    {
        InstructionFileSuffix = InstructionFileSuffix,
        KeyPrefix = keyPrefix,
        Version = version,
        WithEnvelope = Envelope,
    };
}
