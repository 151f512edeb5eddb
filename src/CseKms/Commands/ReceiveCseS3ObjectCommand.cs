using System.Management.Automation;
using System.Security.Cryptography;
using System.Text;
using CseKms.Binding;
using CseKms.Cmdlets;
using CseKms.Core;
using CseKms.Core.Content;
using CseKms.Core.Session;
using CseKms.Core.Settings;
using CseKms.Core.Transfer;
using CseKms.Errors;

namespace CseKms.Commands;

/// <summary>Receives objects from S3, verifies and decrypts them: into files, or to the pipeline as text or bytes.</summary>
/// <remarks>
/// <para>Nothing is visible before it is verified: plaintext is written into a private temporary file beside the target, which takes the
/// target's name only when the authentication tag is right. A file that exists is not replaced without -Force, and a failed receive
/// leaves it as it was.</para>
/// <para>-Key with -Destination receives one object into a folder, by the last part of its key. -KeyPrefix receives everything below a
/// folder of the bucket, and so does a piped listing: files are named by their keys less -KeyPrefix. Keys that would lead out of the
/// destination are refused, and links below it are not followed.</para>
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
[Cmdlet(VerbsCommunications.Receive, "CseS3Object", DefaultParameterSetName = FolderSet, SupportsShouldProcess = true)]
[OutputType(typeof(CseReceivedObject), ParameterSetName = [FolderSet, FileSet])]
[OutputType(typeof(string), ParameterSetName = [TextSet])]
[OutputType(typeof(byte[]), ParameterSetName = [BytesSet])]
public sealed class ReceiveCseS3ObjectCommand : KeyedCmdlet
{
    private const string FolderSet = "Folder";
    private const string FileSet = "File";
    private const string TextSet = "Text";
    private const string BytesSet = "Bytes";

    private readonly PathMapper _paths = new(PathRules.Current);
    private PlaintextRange? _range;
    private bool _hasWarned;

    /// <summary>The bucket: its name or ARN, or the ARN of an access point.</summary>
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    public string? BucketName { get; set; }

    /// <summary>The exact key of one object.</summary>
    [Parameter(Position = 1, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    public string? Key { get; set; }

    /// <summary>The version of the object; the newest unless given.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public string? VersionId { get; set; }

    /// <summary>The folder of the bucket to receive; with -Key or a piped listing, what is taken off the keys to name the files.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [AllowEmptyString]
    public string? KeyPrefix { get; set; }

    /// <summary>The folder that files are written to; the current location unless given.</summary>
    [Parameter(ParameterSetName = FolderSet)]
    [ValidateNotNullOrEmpty]
    public string? Destination { get; set; }

    /// <summary>The exact file to write.</summary>
    [Parameter(Mandatory = true, ParameterSetName = FileSet)]
    [ValidateNotNullOrEmpty]
    public string? File { get; set; }

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

    /// <summary>Replace files that exist.</summary>
    [Parameter(ParameterSetName = FolderSet)]
    [Parameter(ParameterSetName = FileSet)]
    public SwitchParameter Force { get; set; }

    /// <summary>Accept whatever encryption context an object carries. Without it, an object must carry exactly -EncryptionContext.</summary>
    [Parameter]
    public SwitchParameter AnyEncryptionContext { get; set; }

    /// <summary>
    /// Receive whatever KMS key of these accounts an object's data key is wrapped under, with no -KmsKeyId. KMS is called in -Region.
    /// </summary>
    [Parameter]
    [ValidatePattern(@"^\d{12}$")]
    public string[]? DiscoveryAccount { get; set; }

    /// <summary>The partition of -DiscoveryAccount, such as aws-cn.</summary>
    [Parameter]
    [PSDefaultValue(Help = "aws")]
    [ValidateNotNullOrEmpty]
    public string DiscoveryPartition { get; set; } = "aws";

    /// <summary>
    /// Legacy modes to read. Wrapping: data keys wrapped by kms (as Amazon SES does), AESWrap or OAEP with SHA-256, and V1. Content: AES-CBC,
    /// which nothing authenticates. The commitment policy must allow such objects as well.
    /// </summary>
    [Parameter]
    public LegacyModes AllowLegacy { get; set; }

    /// <summary>
    /// The bytes of the content to receive, such as 100-299, both included, or 100- for all from there on. They are not authenticated:
    /// whoever can write to the bucket may have changed them.
    /// </summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Range { get; set; }

    /// <summary>What an instruction file's key adds to the key of its object, when another client chose something else than .instruction.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string InstructionFileSuffix { get; set; } = S3EncryptionClient.InstructionFileSuffix;

    private protected override string Activity => $"Receiving from {BucketName ?? SharedSession.Defaults.BucketName}";

    // Text and bytes do not say which object they are.
    private protected override bool KeepsOrder => ParameterSetName is TextSet or BytesSet;

    private protected override EncryptionSettings Encryption() => base.Encryption() with
    {
        AcceptAnyContext = AnyEncryptionContext,
        AllowedLegacy = (Core.Settings.LegacyModes)AllowLegacy,
    };

    private protected override IEnumerable<(string Parameter, Func<KeySource> Open)> GivenKeys() =>
        DiscoveryAccount is { } accounts
            ? base.GivenKeys().Append((nameof(DiscoveryAccount), () => KeySource.Discovery(DiscoveryPartition, accounts)))
            : base.GivenKeys();

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        if (Range is not null)
        {
            _range = ByteRangeText.Parse(Range) ?? throw Terminate(ErrorRecords.RangeInvalid(Range));
        }
    }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        var bucket = RequireBucket(BucketName);
        if (Key is not null)
        {
            var address = new ObjectAddress(bucket, Key, string.IsNullOrEmpty(VersionId) ? null : VersionId, ExpectedBucketOwner);
            if (KeyPrefix is not null || MyInvocation.ExpectingInput)
            {
                ReceiveBelow(address, KeyMapper.AsFolder(KeyPrefix ?? ""), sizeHint: null);
            }
            else
            {
                Receive(address, Key[(Key.LastIndexOf('/') + 1)..], sizeHint: null);
            }

            return;
        }

        var given = KeyPrefix ?? SharedSession.Defaults.KeyPrefix ?? throw Terminate(ErrorRecords.NothingNamed());
        var prefix = KeyMapper.AsFolder(given);
        var isEmpty = true;
        foreach (var item in List(bucket, prefix))
        {
            isEmpty = false;
            ReceiveBelow(new ObjectAddress(bucket, item.Key, null, ExpectedBucketOwner), prefix, item.Size);
        }

        if (isEmpty)
        {
            WriteError(ErrorRecords.NothingFound(bucket, prefix));
        }
    }

    private void ReceiveBelow(ObjectAddress address, string prefix, long? sizeHint)
    {
        if (address.Key.StartsWith(prefix, StringComparison.Ordinal))
        {
            Receive(address, address.Key[prefix.Length..], sizeHint);
        }
        else
        {
            WriteError(ErrorRecords.KeyNotUnderPrefix(address, prefix));
        }
    }

    private void Receive(ObjectAddress address, string relativeKey, long? sizeHint)
    {
        var request = new DownloadRequest(address) { SizeHint = sizeHint, Range = _range, InstructionFileSuffix = InstructionFileSuffix };
        if (ParameterSetName is TextSet or BytesSet)
        {
            ReceiveToPipeline(request);
        }
        else if (DestinationOf(address, relativeKey) is { } destination)
        {
            ReceiveToFile(request, destination);
        }
    }

    private FileDestination? DestinationOf(ObjectAddress address, string relativeKey)
    {
        if (ParameterSetName == FileSet)
        {
            var file = FileSystemPath(File!);
            if (_paths.Claim(address, file, []) is { } taken)
            {
                WriteError(taken);
                return null;
            }

            return FileDestination.Exactly(file, Force);
        }

        if (_paths.Map(address, relativeKey, out var segments) is { } unusable)
        {
            WriteError(unusable);
            return null;
        }

        if (segments.Count == 0)
        {
            WriteVerbose($"{address} is a folder marker and holds nothing to receive.");
            return null;
        }

        var folder = FileSystemPath(Destination ?? ".");
        if (_paths.Claim(address, folder, segments) is { } collision)
        {
            WriteError(collision);
            return null;
        }

        return FileDestination.Below(folder, segments, Force);
    }

    private void ReceiveToFile(DownloadRequest request, FileDestination destination)
    {
        var displayPath = DisplayPath(destination.Path);
        if (!ShouldProcess($"{request.Address} → {displayPath}", "Receive decrypted"))
        {
            return;
        }

        QueueReceive(request, async (client, cancellationToken) =>
        {
            var received = await client.DownloadAsync(request, destination, Progress, cancellationToken).ConfigureAwait(false);
            return () => Write(received, new CseReceivedObject(destination.Path, request.Address.BucketName, request.Address.Key)
            {
                DisplayPath = displayPath,
                VersionId = received.VersionId,
                ETag = received.ETag,
                PlaintextSize = received.PlaintextSize,
                Size = received.Size,
                Algorithm = received.Algorithm,
                KmsKeyId = received.KmsKeyId,
                Authenticated = received.IsAuthenticated,
            });
        });
    }

    private void ReceiveToPipeline(DownloadRequest request)
    {
        if (!ShouldProcess($"{request.Address}", "Receive decrypted to the pipeline"))
        {
            return;
        }

        QueueReceive(request, async (client, cancellationToken) =>
        {
            var (received, bytes) = await client.DownloadBytesAsync(request, Progress, cancellationToken).ConfigureAwait(false);
            if (AsByteStream)
            {
                return () => Write(received, bytes);
            }

            try
            {
                var text = ToText(bytes);
                return () => Write(received, text);
            }
            finally
            {
                CryptographicOperations.ZeroMemory(bytes);
            }
        });
    }

    private void Write(TransferResult received, object output)
    {
        if (!received.IsAuthenticated && !_hasWarned)
        {
            _hasWarned = true;
            WriteWarning(
                "What was received is not authenticated: whoever can write to the bucket may have changed it. " +
                "This holds for ranges and for legacy content, and is said once a call.");
        }

        WriteObject(output, enumerateCollection: false);
    }

    // Folder markers and instruction files come along when a folder is received; they are no failure of the folder.
    private void QueueReceive(DownloadRequest request, Func<S3EncryptionClient, CancellationToken, Task<Action>> receive)
    {
        var client = Client;
        var isListed = KeyPrefix is not null || Key is null || MyInvocation.ExpectingInput;
        Queue(null, request.Address, async cancellationToken =>
        {
            try
            {
                return await receive(client, cancellationToken).ConfigureAwait(false);
            }
            catch (CseException failure) when (failure.ErrorId == ErrorId.NotEncrypted && isListed)
            {
                if (request.Address.Key.EndsWith('/')
                    || await client.IsInstructionFileAsync(request.Address, request.InstructionFileSuffix, cancellationToken).ConfigureAwait(false))
                {
                    return () => WriteVerbose($"{request.Address} is a folder marker or an instruction file and was passed over.");
                }

                throw;
            }
        });
    }

    // Detects a byte order mark, as Get-Content does.
    private string ToText(byte[] bytes)
    {
        using var reader = new StreamReader(new MemoryStream(bytes), Encoding, detectEncodingFromByteOrderMarks: true);
        return reader.ReadToEnd();
    }
}
