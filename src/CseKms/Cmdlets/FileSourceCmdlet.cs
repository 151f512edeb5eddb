using System.Management.Automation;
using CseKms.Binding;
using CseKms.Core.Content;

namespace CseKms.Cmdlets;

/// <summary>The files that are sent, and the keys that they get.</summary>
public abstract class FileSourceCmdlet : ContentWriterCmdlet
{
    private protected const string PathSet = "Path";
    private protected const string LiteralPathSet = "LiteralPath";

    private readonly KeyMapper _keys = new(PathRules.Current);
    private SourceFiles _sources = null!;
    private bool _hasFiles;

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

    /// <summary>
    /// Send what symbolic links lead to, which may lie outside the folder. Without it nothing is read through a link below -BasePath, the
    /// folder of -Path or, for piped files, the current location, even where a file became one after it was found.
    /// </summary>
    [Parameter(ParameterSetName = PathSet)]
    [Parameter(ParameterSetName = LiteralPathSet)]
    public SwitchParameter FollowSymlink { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        _sources = new SourceFiles(this)
        {
            BasePath = BasePath is null ? null : FileSystemPath(BasePath),
            Recurse = Recurse,
            FollowSymlink = FollowSymlink,
            IsPiped = MyInvocation.ExpectingInput,
        };
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        if (_sources.FoldersPassedOver > 0 && !_hasFiles)
        {
            this.Warn("Only folders came through the pipeline, and they were passed over. Give -Recurse for the files in them.");
        }

        base.EndProcessing();
    }

    /// <summary>The files that this record names.</summary>
    private protected IEnumerable<SourceFile> FindFiles()
    {
        var isLiteral = ParameterSetName == LiteralPathSet;
        foreach (var file in (isLiteral ? LiteralPath : Path).SelectMany(path => _sources.Find(path, isLiteral)))
        {
            _hasFiles = true;
            yield return file;
        }
    }

    /// <summary>The key that a file gets by its path.</summary>
    private protected string KeyOf(SourceFile file) =>
        _keys.KeyOf(KeyPrefix ?? SharedSession.Defaults.KeyPrefix ?? "", file.RelativePath);

    /// <summary>Sends a file, unless another of this call goes to the same key.</summary>
    private protected void Send(SourceFile file, string key)
    {
        var address = AddressOf(key);
        if (_keys.Claim(address, file.Path, InstructionFile, out var isRepeated) is { } error)
        {
            WriteError(error);
        }
        else if (!isRepeated)
        {
            Send(UploadSource.FromFile(file.Path, file.NoLinksBelow), address, file.Path, ContentTypes.Of(file.Path));
        }
    }
}
