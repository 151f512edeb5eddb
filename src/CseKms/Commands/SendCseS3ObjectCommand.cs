using System.Collections;
using System.Management.Automation;
using System.Text;
using CseKms.Binding;
using CseKms.Cmdlets;
using CseKms.Core.Content;
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
/// symbolic links below the folder are passed over with a warning unless -FollowSymlink is given. A file that changes while it is sent
/// is an error, and nothing of it is stored.</para>
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
public sealed class SendCseS3ObjectCommand : FileSourceCmdlet
{
    private const string ContentSet = "Content";
    private const string StreamSet = "Stream";

    private SourceFile? _onlyFile;

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
    public override string? BucketName { get; set; }

    /// <summary>The exact key of one object. More than one file is then an error, and nothing is sent.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Key { get; set; }

    /// <summary>
    /// Pairs of text that KMS binds to the data key, stored in the clear beside each object; a receiver must give exactly these. An object
    /// in the pipeline that has this property gives its own.
    /// </summary>
    [Parameter(ParameterSetName = PathSet)]
    [Parameter(ParameterSetName = LiteralPathSet, ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = ContentSet)]
    [Parameter(ParameterSetName = StreamSet)]
    [TextMapArgument]
    [ValidateNotNull]
    public override IDictionary? EncryptionContext { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        if (Key is not null && KeyPrefix is not null)
        {
            throw Terminate(ErrorRecords.KeyAndKeyPrefix());
        }

        if (Key is not null && PathMapper.IsFolder(Key))
        {
            throw Terminate(ErrorRecords.KeyIsFolder(Key));
        }
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
                foreach (var file in FindFiles())
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
            Send(file, Key!);
        }

        base.EndProcessing();
    }

    // One key is for one file: the first waits until it is known to be the only one.
    private void Take(SourceFile file)
    {
        if (Key is null)
        {
            Send(file, KeyOf(file));
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

    private void SendOne(UploadSource source, string contentType, string parameter)
    {
        var key = Key ?? throw Terminate(ErrorRecords.KeyRequired($"-{parameter}"));
        Send(source, AddressOf(key), path: null, contentType);
    }
}
