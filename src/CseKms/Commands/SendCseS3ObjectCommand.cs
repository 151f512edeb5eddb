using System.Collections;
using System.Management.Automation;
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

/// <summary>Encrypts files, folders, text or a stream and sends them to S3. Only ciphertext leaves the machine.</summary>
/// <remarks>
/// <para>Each object is encrypted under a data key of its own, which KMS wraps. What is stored is the public format of the Amazon S3
/// Encryption Client: programs in Java, Go, .NET, Python and Ruby read it.</para>
/// <para>A key is -KeyPrefix and the file's relative path: relative to -BasePath if given; for -Path with -Recurse to that folder; for
/// piped files to the current location. A single file given by -Path goes by its bare name. Folders in the pipe are passed over, and
/// empty folders are not stored.</para>
/// <para>An object that exists is overwritten, as S3 does, unless -NoClobber is given. With -Recurse hidden files are sent too;
/// symbolic links are passed over with a warning unless -FollowSymlink is given. A file that changes while it is sent is an error, and
/// nothing of it is stored.</para>
/// </remarks>
/// <example>
/// <code>Get-ChildItem dir_1 -Recurse | Send-CseS3Object -BucketName my-bucket -KeyPrefix test1/ -BasePath dir_1 -KmsKeyId $arn</code>
/// Sends a folder tree; dir_1/dir_2/file_1 becomes test1/dir_2/file_1.
/// </example>
/// <example>
/// <code>Send-CseS3Object dir_1/file_1 -BucketName my-bucket -Key report -KmsKeyId $arn -EncryptionContext @{ department = 'finance' }</code>
/// Sends one file under a key of its own, bound to a context that a receiver must give too.
/// </example>
/// <example>
/// <code>Send-CseS3Object -Content (Get-Date).ToString('o') -BucketName my-bucket -Key heartbeat -KmsKeyId $arn</code>
/// Sends text that is in no file.
/// </example>
[Cmdlet(VerbsCommunications.Send, "CseS3Object", DefaultParameterSetName = PathSet, SupportsShouldProcess = true)]
[OutputType(typeof(CseSentObject))]
public sealed class SendCseS3ObjectCommand : KeyedCmdlet
{
    private const string PathSet = "Path";
    private const string LiteralPathSet = "LiteralPath";
    private const string ContentSet = "Content";
    private const string StreamSet = "Stream";
    private const int MaxKeyLength = 1024;

    private readonly KeyMapper _keys = new(PathRules.Current);
    private SourceFile? _onlyFile;
    private string? _basePath;

    /// <summary>Files, or folders with -Recurse. Wildcards are resolved.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = PathSet, ValueFromPipeline = true)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] Path { get; set; } = [];

    /// <summary>Files, or folders with -Recurse, whose names are taken as they are. The files that Get-ChildItem yields bind to it.</summary>
    [Parameter(Mandatory = true, ParameterSetName = LiteralPathSet, ValueFromPipelineByPropertyName = true)]
    [Alias("PSPath", "LP", "FullName")]
    [ValidateNotNullOrEmpty]
    public string[] LiteralPath { get; set; } = [];

    /// <summary>Text to send as one object, named by -Key.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ContentSet)]
    [AllowEmptyString]
    public string Content { get; set; } = "";

    /// <summary>How the text becomes bytes, with the byte order mark of the encoding; UTF-8 without one unless given.</summary>
    [Parameter(ParameterSetName = ContentSet)]
    [EncodingArgument]
    [ValidateNotNull]
    public Encoding Encoding { get; set; } = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);

    /// <summary>A stream to send as one object, named by -Key. It is read once from where it stands, and its length need not be known.</summary>
    [Parameter(Mandatory = true, ParameterSetName = StreamSet)]
    [ValidateNotNull]
    public Stream? InputStream { get; set; }

    /// <summary>The bucket: its name or ARN, or the ARN of an access point.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? BucketName { get; set; }

    /// <summary>The exact key of one object. More than one file is then an error, and nothing is sent.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Key { get; set; }

    /// <summary>The folder in the bucket that files go to. A slash at its end is added when it is missing.</summary>
    [Parameter(ParameterSetName = PathSet)]
    [Parameter(ParameterSetName = LiteralPathSet)]
    [AllowEmptyString]
    public string? KeyPrefix { get; set; }

    /// <summary>The folder that keys are relative to.</summary>
    [Parameter(ParameterSetName = PathSet)]
    [Parameter(ParameterSetName = LiteralPathSet)]
    [ValidateNotNullOrEmpty]
    public string? BasePath { get; set; }

    /// <summary>Send all files in and below folders.</summary>
    [Parameter(ParameterSetName = PathSet)]
    [Parameter(ParameterSetName = LiteralPathSet)]
    public SwitchParameter Recurse { get; set; }

    /// <summary>Send what symbolic links lead to, which may lie outside the folder.</summary>
    [Parameter(ParameterSetName = PathSet)]
    [Parameter(ParameterSetName = LiteralPathSet)]
    public SwitchParameter FollowSymlink { get; set; }

    /// <summary>
    /// Pairs of text that KMS binds to the data key, stored in the clear beside each object; a receiver must give exactly these. An object
    /// in the pipeline that has this property gives its own.
    /// </summary>
    [Parameter(ParameterSetName = PathSet)]
    [Parameter(ParameterSetName = LiteralPathSet, ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = ContentSet)]
    [Parameter(ParameterSetName = StreamSet)]
    [ContextArgument]
    [ValidateNotNull]
    public override IDictionary? EncryptionContext { get; set; }

    /// <summary>A PEM file with the public RSA key that wraps data keys in place of KMS. The sender cannot read the objects with it.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? PublicKeyPath { get; set; }

    /// <summary>Pairs of text that are written beside a data key that a raw key wraps, to tell the key by. Nothing authenticates them.</summary>
    [Parameter]
    [ValidateNotNull]
    public IDictionary MaterialDescription { get; set; } = new Hashtable();

    /// <summary>
    /// Keep the envelope in an instruction file, the object key.instruction, as far as the format allows. For contexts that do not fit
    /// into metadata, and for readers that look for it.
    /// </summary>
    [Parameter]
    public SwitchParameter InstructionFile { get; set; }

    /// <summary>Do not overwrite an object that exists.</summary>
    [Parameter]
    public SwitchParameter NoClobber { get; set; }

    /// <summary>User metadata of the objects, in the clear. Names that begin with x-amz- are reserved.</summary>
    [Parameter]
    [ValidateNotNull]
    public IDictionary Metadata { get; set; } = new Hashtable();

    /// <summary>Tags of the objects, in the clear: a hashtable of names and values, or objects with the properties Key and Value.</summary>
    [Parameter]
    [ValidateNotNull]
    public PSObject[] TagSet { get; set; } = [];

    /// <summary>The content type of the objects; by the file's extension unless given.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? ContentType { get; set; }

    /// <summary>The storage class of the objects, such as STANDARD_IA.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? StorageClass { get; set; }

    /// <summary>What S3 encrypts the ciphertext with once more: AES256, aws:kms or aws:kms:dsse. The bucket's own setting unless given.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? ServerSideEncryption { get; set; }

    /// <summary>The KMS key of S3's own encryption. It is another thing than -KmsKeyId.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? ServerSideEncryptionKeyManagementServiceKeyId { get; set; }

    /// <summary>
    /// Sign the content over HTTPS too, for buckets whose policy denies unsigned payloads (x-amz-content-sha256 of UNSIGNED-PAYLOAD). It
    /// costs a SHA-256 of all that is sent; the connection and a CRC32 protect the content without it.
    /// </summary>
    [Parameter]
    public SwitchParameter PayloadSigning { get; set; }

    /// <inheritdoc/>
    private protected override EncryptionSettings Encryption() => base.Encryption() with
    {
        // Each object brings its own.
        EncryptionContext = SharedSession.Defaults.EncryptionContext ?? new Dictionary<string, string>(),
        MaterialDescription = MaterialDescription.ToTextMap()!,
    };

    /// <inheritdoc/>
    private protected override IEnumerable<(string Parameter, Func<KeySource> Open)> GivenKeys() =>
        PublicKeyPath is { } path
            ? base.GivenKeys().Append((nameof(PublicKeyPath), () => Raw(() => RawKey.FromRsaPemFile(FileSystemPath(path), isPrivate: false))))
            : base.GivenKeys();

    private protected override string Activity => $"Sending to {BucketName ?? SharedSession.Defaults.BucketName}";

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        if (Key is not null && KeyPrefix is not null)
        {
            throw Terminate(ErrorRecords.KeyAndKeyPrefix());
        }

        if (KmsKeyId is { Length: > 1 })
        {
            throw Terminate(ErrorRecords.OneKmsKeyToSend());
        }

        _basePath = BasePath is null ? null : FileSystemPath(BasePath);
    }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        switch (ParameterSetName)
        {
            case ContentSet:
                byte[] content = [.. Encoding.GetPreamble(), .. Encoding.GetBytes(Content)];
                SendOne(UploadSource.FromBytes(content), "text/plain", nameof(Content));
                break;
            case StreamSet:
                SendOne(UploadSource.FromStream(InputStream!), "application/octet-stream", nameof(InputStream));
                break;
            default:
                var isLiteral = ParameterSetName == LiteralPathSet;
                var sources = new SourceFiles(this)
                {
                    BasePath = _basePath,
                    Recurse = Recurse,
                    FollowSymlink = FollowSymlink,
                    IsPiped = MyInvocation.ExpectingInput,
                };
                foreach (var file in (isLiteral ? LiteralPath : Path).SelectMany(path => sources.Find(path, isLiteral)))
                {
                    Take(file);
                }

                break;
        }
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        if (_onlyFile is { } file)
        {
            SendFile(file, Key!);
        }

        base.EndProcessing();
    }

    // One key is for one file: the first waits until it is known to be the only one.
    private void Take(SourceFile file)
    {
        if (Key is null)
        {
            SendFile(file, _keys.KeyOf(KeyPrefix ?? SharedSession.Defaults.KeyPrefix ?? "", file.RelativePath));
        }
        else if (_onlyFile is null || _onlyFile.Path == file.Path)
        {
            _onlyFile = file;
        }
        else
        {
            _onlyFile = null;
            throw Terminate(ErrorRecords.OneKeyManyFiles(Key));
        }
    }

    private void SendFile(SourceFile file, string key)
    {
        var address = new ObjectAddress(RequireBucket(BucketName), key, null, ExpectedBucketOwner);
        if (Encoding.UTF8.GetByteCount(key) > MaxKeyLength)
        {
            WriteError(ErrorRecords.KeyTooLong(file.Path, key));
        }
        else if (_keys.Claim(address, file.Path, out var isRepeated) is { } collision)
        {
            WriteError(collision);
        }
        else if (InstructionFile && _keys.Claim(S3EncryptionClient.InstructionFileOf(address), file.Path, out _) is { } fileCollision)
        {
            WriteError(fileCollision);
        }
        else if (!isRepeated)
        {
            Send(UploadSource.FromFile(file.Path), address, file.Path, ContentTypes.Of(file.Path));
        }
    }

    private void SendOne(UploadSource source, string contentType, string parameter)
    {
        var key = Key ?? throw Terminate(ErrorRecords.KeyRequired($"-{parameter}"));
        Send(source, new ObjectAddress(RequireBucket(BucketName), key, null, ExpectedBucketOwner), null, contentType);
    }

    private void Send(UploadSource source, ObjectAddress address, string? path, string contentType)
    {
        var displayPath = path is null ? null : DisplayPath(path);
        if (!ShouldProcess($"{displayPath ?? "(content)"} → {address}", "Send encrypted"))
        {
            return;
        }

        var client = Client;
        var kmsKeyId = GivenKeys().Any() ? KmsKeyId?[0] : SharedSession.Defaults.KmsKeyId;
        var request = new UploadRequest(address, source)
        {
            Attributes = new ObjectAttributes
            {
                ContentType = ContentType ?? contentType,
                Metadata = Metadata.ToTextMap()!,
                Tags = TextMap.FromTags(TagSet),
                StorageClass = StorageClass,
                ServerSideEncryption = ServerSideEncryption,
                ServerSideEncryptionKmsKeyId = ServerSideEncryptionKeyManagementServiceKeyId,
            },
            EncryptionContext = EncryptionContext.ToTextMap(),
            InstructionFile = InstructionFile,
            NoClobber = NoClobber,
            SignsPayload = PayloadSigning,
        };
        Queue(path, address, async cancellationToken =>
        {
            var sent = await client.UploadAsync(request, Progress, cancellationToken).ConfigureAwait(false);
            return () => WriteObject(new CseSentObject(path, address.BucketName, address.Key)
            {
                DisplayPath = displayPath,
                VersionId = sent.VersionId,
                ETag = sent.ETag,
                PlaintextSize = sent.PlaintextSize,
                Size = sent.Size,
                Algorithm = sent.Algorithm,
                KmsKeyId = kmsKeyId,
            });
        });
    }
}
