using System.Management.Automation;
using System.Text;
using CseKms.Binding;
using CseKms.Cmdlets;
using CseKms.Core.Settings;
using CseKms.Core.Transfer;
using CseKms.Errors;
using CseKms.Work;

namespace CseKms.Commands;

/// <summary>Receives objects from S3, verifies and decrypts them: into files, or to the pipeline as text or bytes.</summary>
/// <remarks>
/// <para>Nothing is visible before it is verified: plaintext is written into a private temporary file beside the target, which takes the
/// target's name only when the authentication tag is right. A file that exists is not replaced without -Force, and a failed receive
/// leaves it as it was. What is no regular file, such as a device, a pipe or a link, is never replaced.</para>
/// <para>A file that replaces another keeps its mode on Linux and macOS, but gives nobody a right that he had not (see about_CseKms). On
/// Windows it keeps the access control list.</para>
/// <para>-Key with -Destination receives one object into a folder, by the last part of its key. -KeyPrefix receives everything below a
/// folder of the bucket, and so does a piped listing: files are named by their keys less -KeyPrefix. Keys that would lead out of the
/// destination are refused, and links below it are not followed, even where somebody puts one while objects are received.</para>
/// </remarks>
/// <example>
/// <code>Receive-CseS3Object -BucketName my-bucket -KeyPrefix test1/ -Destination dst -KmsKeyId $arn</code>
/// Receives everything below test1/ into the folder dst.
/// </example>
/// <example>
/// <code>Get-CseS3Object my-bucket test1/ | Where-Object Key -like '*.csv' | Receive-CseS3Object -Destination dst -KmsKeyId $arn</code>
/// Receives what is chosen from a listing.
/// </example>
/// <example>
/// <code>Receive-CseS3Object -BucketName my-bucket -Key settings.json -AsString -KmsKeyId $arn | ConvertFrom-Json</code>
/// Takes an object into the pipeline without a file.
/// </example>
/// <example>
/// <code>Receive-CseS3Object my-bucket -KeyPrefix test1/ -Destination dst -KmsKeyId $arn -ReceiptPath run.jsonl -RetryFrom run.jsonl</code>
/// Receives what an earlier call with -ReceiptPath run.jsonl did not.
/// </example>
[Cmdlet(VerbsCommunications.Receive, "CseS3Object", DefaultParameterSetName = FolderSet, SupportsShouldProcess = true)]
[OutputType(typeof(CseReceivedObject), ParameterSetName = [FolderSet, FileSet])]
[OutputType(typeof(string), ParameterSetName = [TextSet])]
[OutputType(typeof(byte[]), ParameterSetName = [BytesSet])]
public sealed class ReceiveCseS3ObjectCommand : FileTargetCmdlet
{
    private const string TextSet = "Text";
    private const string BytesSet = "Bytes";

    private readonly FileTargets _targets = new();
    private OnlyOne _files = null!;
    private PlaintextRange? _range;

    /// <summary>Write the content to the pipeline as one string an object, in the order in which the objects were named.</summary>
    [Parameter(Mandatory = true, ParameterSetName = TextSet)]
    public SwitchParameter AsString { get; set; }

    /// <summary>How bytes become text; UTF-8 unless given.</summary>
    [Parameter(ParameterSetName = TextSet)]
    [EncodingArgument]
    [ValidateNotNull]
    public Encoding Encoding { get; set; } = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);

    /// <summary>Write the content to the pipeline as one array of bytes an object, in the order in which the objects were named.</summary>
    [Parameter(Mandatory = true, ParameterSetName = BytesSet)]
    public SwitchParameter AsByteStream { get; set; }

    /// <summary>
    /// The bytes of the content to receive, such as 100-299, both included, or 100- for all from there on. They are not authenticated:
    /// whoever can write to the bucket may have changed them.
    /// </summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Range { get; set; }

    private protected override string Activity => $"Receiving from {NamedBucket}";

    // Text and bytes do not show which object they are.
    private protected override bool KeepsOrder => ParameterSetName is TextSet or BytesSet;

    // Content that waits has its room in memory.
    private protected override bool HoldsRows => !KeepsOrder;

    /// <inheritdoc/>
    private protected override TransferSettings Transfer() => base.Transfer() with { GoesToPipeline = KeepsOrder };

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        _files = new OnlyOne(IsGivenToAll(nameof(File)), () => Terminate(ErrorRecords.OneFileManyObjects(File!)));
        if (Range is not null)
        {
            _range = ByteRangeText.Parse(Range) ?? throw Terminate(ErrorRecords.RangeInvalid(Range));
        }
    }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (var item in FindObjects())
        {
            var request = new DownloadRequest(item.Address)
            {
                SizeHint = item.Size,
                Range = _range,
                InstructionFileSuffix = InstructionFileSuffix,
                Keep = Keep,
            };
            if (ParameterSetName is FolderSet or FileSet)
            {
                _files.Take($"{item.Address}", () => ReceiveToFile(request, item.RelativeKey));
            }
            else if (!IsDoneBefore(item.Address, path: null) && this.Approves($"{item.Address}", "Receive decrypted to the pipeline"))
            {
                Start(new PipelineDownload(request, AsString ? Encoding : null) { IsListed = IsListed, SkipArchived = SkipArchived });
            }
        }
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        _files.DoOnly();
        base.EndProcessing();
    }

    private void ReceiveToFile(DownloadRequest request, string relativeKey)
    {
        var path = FileSystemPath(File ?? Destination ?? ".");
        var destination = _targets.Find(request.Address, File is null ? relativeKey : null, path, Force, out var error);
        if (error is not null)
        {
            WriteError(error);
        }
        else if (destination is null)
        {
            Start(new FolderMarker(request));
        }
        else if (!IsDoneBefore(request.Address, destination.Path) && DisplayPath(destination.Path) is var shown
            && this.Approves($"{request.Address} → {shown}", "Receive decrypted"))
        {
            Start(new FileDownload(request, destination, shown) { IsListed = IsListed, SkipArchived = SkipArchived });
        }
    }
}
