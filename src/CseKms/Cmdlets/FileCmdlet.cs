using System.Management.Automation;
using CseKms.Binding;
using CseKms.Core.Content;
using CseKms.Core.Session;
using CseKms.Errors;
using CseKms.Work;

namespace CseKms.Cmdlets;

/// <summary>Files that are encrypted or decrypted into other files, without S3.</summary>
public abstract class FileCmdlet : ReaderCmdlet
{
    private protected const string PathSet = "Path";
    private protected const string LiteralPathSet = "LiteralPath";

    private readonly Dictionary<string, string> _sourceOfTarget = [];
    private FileEncryptionClient? _client;

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

    /// <summary>
    /// The folder that the new files go to, by their paths relative to -BasePath, to the folder of -Path with -Recurse, or of piped files to
    /// the current location. Beside their sources unless given.
    /// </summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Destination { get; set; }

    /// <summary>The folder that the names below -Destination are relative to.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? BasePath { get; set; }

    /// <summary>Take all files in and below folders.</summary>
    [Parameter]
    public SwitchParameter Recurse { get; set; }

    /// <summary>Take what symbolic links lead to, which may lie outside the folder.</summary>
    [Parameter]
    public SwitchParameter FollowSymlink { get; set; }

    /// <summary>Replace files that exist.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    // Without the attribute they are no parameters: nothing here goes to S3.
    /// <inheritdoc/>
    public override string? BucketName { get; set; }

    /// <inheritdoc/>
    public sealed override string? ExpectedBucketOwner { get; set; }

    /// <inheritdoc/>
    public sealed override string? RequestPayer { get; set; }

    /// <inheritdoc/>
    public sealed override string? EndpointUrl { get; set; }

    /// <inheritdoc/>
    public sealed override SwitchParameter ForcePathStyleAddressing { get; set; }

    /// <inheritdoc/>
    public sealed override string? RequestChecksumCalculation { get; set; }

    /// <inheritdoc/>
    public sealed override SwitchParameter BindLocation { get; set; }

    /// <inheritdoc/>
    private protected override string? WaitsInVain => _client?.WaitsInVain;

    /// <summary>The files that this record names.</summary>
    private protected IEnumerable<SourceFile> FindFiles()
    {
        var isLiteral = ParameterSetName == LiteralPathSet;
        var sources = new SourceFiles(this)
        {
            BasePath = BasePath is null ? null : FileSystemPath(BasePath),
            Recurse = Recurse,
            FollowSymlink = FollowSymlink,
            IsPiped = MyInvocation.ExpectingInput,
        };
        return (isLiteral ? LiteralPath : Path).SelectMany(path => sources.Find(path, isLiteral, hasName: Destination is null));
    }

    /// <summary>Where a file goes: below -Destination, or else beside its source.</summary>
    /// <param name="source">The file that it is made of.</param>
    /// <param name="rename">Makes its path of that of its source.</param>
    private protected FileDestination Target(SourceFile source, Func<string, string> rename) => Destination is { } folder
        ? FileDestination.Below(FileSystemPath(folder), rename(source.RelativePath).Split('/'), Force)
        : FileDestination.Exactly(rename(source.Path), Force);

    /// <summary>Takes a target for a source; one that another source of this call took is an error, and the same one again is nothing.</summary>
    private protected bool Claim(SourceFile source, FileDestination target)
    {
        if (_sourceOfTarget.TryAdd(PathRules.Current.Identity([target.Path]), source.Path))
        {
            return true;
        }

        var other = _sourceOfTarget[PathRules.Current.Identity([target.Path])];
        if (other != source.Path)
        {
            WriteError(ErrorRecords.FileCollision(source.Path, other, target.Path));
        }

        return false;
    }

    /// <summary>Starts work on a file when there is a place for it.</summary>
    private protected void Start(FileWork work)
    {
        _client ??= SharedSession.Engine.OpenFiles(Connection(), Encryption(), Transfer());
        var client = _client;
        Queue(work.Path, address: null, count: 1, static _ => [], async cancellationToken =>
        {
            var result = await work.RunAsync(client, Progress, cancellationToken).ConfigureAwait(false);
            return new Finished(() =>
            {
                NoteDone(1);
                Write(result);
            });
        });
    }
}
