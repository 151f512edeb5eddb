using System.Collections;
using System.Management.Automation;
using CseKms.Binding;
using CseKms.Cmdlets;
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
/// <code>Import-Csv list.csv | Send-CseS3Object -BucketName my-bucket -KmsKeyId $arn</code>
/// Sends the files of a list that has the columns Path and Key.
/// </example>
/// <example>
/// <code>Get-ChildItem dir_1 -File | Send-CseS3Object -BucketName my-bucket -Key { $_.LastWriteTime.ToString('yyyy/MM/') + $_.Name } -KmsKeyId $arn</code>
/// Makes the key of each file.
/// </example>
/// <example>
/// <code>Receive-CseS3Object -BucketName my-bucket -KeyPrefix test1/ -Destination tmp -KmsKeyId $old | Send-CseS3Object -KmsKeyId $new</code>
/// Encrypts objects anew, under another key. Update-CseS3Object does so without their content.
/// </example>
/// <example>
/// <code>Get-Process | ConvertTo-Json | Send-CseS3Object -AsContent -BucketName my-bucket -Key processes.json -KmsKeyId $arn</code>
/// Sends text that comes through the pipeline.
/// </example>
/// <example>
/// <code>Send-CseS3Object -Content (Get-Date).ToString('o') -BucketName my-bucket -Key heartbeat -KmsKeyId $arn</code>
/// Sends text that is in no file.
/// </example>
[Cmdlet(VerbsCommunications.Send, "CseS3Object", DefaultParameterSetName = PathSet, SupportsShouldProcess = true)]
[OutputType(typeof(CseSentObject))]
public sealed class SendCseS3ObjectCommand : ContentSourceCmdlet
{
    private OnlyOne _objects = null!;

    /// <summary>The bucket: its name or ARN, or the ARN of an access point.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    public override string? BucketName { get; set; }

    /// <summary>
    /// The exact key of one object. More than one file is then an error, and nothing is sent. As a property of an object in the pipeline, or as
    /// a script block, which is asked for each of them, it is the key of that one.
    /// </summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    public string? Key { get; set; }

    /// <summary>
    /// Pairs of text that KMS binds to the data key, stored in the clear beside each object; a receiver must give exactly these. An object
    /// in the pipeline that has this property gives its own.
    /// </summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [TextMapArgument]
    [ValidateNotNull]
    public override IDictionary? EncryptionContext { get; set; }

    // A record's own key is not meant where the call says to which folder its files go.
    private bool IsKeyMeant => Key is not null && (IsOfCall(nameof(Key)) || !IsOfCall(nameof(KeyPrefix)));

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        if (IsGiven(nameof(Key)) && IsGiven(nameof(KeyPrefix)))
        {
            throw Terminate(ErrorRecords.KeyAndKeyPrefix());
        }

        if (Key is not null && PathMapper.IsFolder(Key))
        {
            throw Terminate(ErrorRecords.KeyIsFolder(Key));
        }

        _objects = new OnlyOne(IsGivenToAll(nameof(Key)), () => Terminate(ErrorRecords.OneKeyManyFiles(Key!)));
    }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (IsKeyMeant && PathMapper.IsFolder(Key!))
        {
            WriteError(ErrorRecords.KeyIsFolder(Key!));
        }
        else if (TakesContent)
        {
            if (TakeContent() is { } content)
            {
                Take(content);
            }
        }
        else
        {
            foreach (var file in FindFiles(IsKeyMeant))
            {
                var key = IsKeyMeant ? Key! : KeyOf(file);
                _objects.Take(file.Path, () => Send(file, key));
            }
        }
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        if (PipedContent() is { } content)
        {
            Take(content);
        }

        _objects.DoOnly();
        base.EndProcessing();
    }

    private void Take(GivenContent content)
    {
        if (Key is null)
        {
            throw Terminate(ErrorRecords.KeyRequired($"-{content.Parameter}"));
        }

        if (!IsKeyMeant)
        {
            throw Terminate(ErrorRecords.KeyAndKeyPrefix());
        }

        var key = Key;
        _objects.Take(content.Path, () => Send(content, key));
    }
}
