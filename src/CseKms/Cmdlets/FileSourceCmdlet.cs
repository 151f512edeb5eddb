using System.Management.Automation;
using CseKms.Binding;
using CseKms.Core;
using CseKms.Core.Content;
using CseKms.Core.Format;
using CseKms.Errors;

namespace CseKms.Cmdlets;

/// <summary>The files that are sent, and the keys that they get.</summary>
public abstract class FileSourceCmdlet : ContentWriterCmdlet
{
    private protected const string PathSet = "Path";
    private protected const string LiteralPathSet = "LiteralPath";
    private protected const string PipelineSet = "Pipeline";
    private protected const string AsContentSet = "AsContent";
    private static readonly string[] LiteralPathNames = [nameof(LiteralPath), "PSPath", "LP", "FullName"];

    private readonly KeyMapper _keys = new(PathRules.Current);
    private SourceFiles _sources = null!;
    private int _contents;

    /// <summary>Files, or folders with -Recurse. Wildcards are resolved, but not in the property Path of an object in the pipeline.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = PathSet)]
    [Parameter(ParameterSetName = PipelineSet, ValueFromPipelineByPropertyName = true)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] Path { get; set; } = [];

    /// <summary>Files, or folders with -Recurse, whose names are taken as they are. The files that Get-ChildItem yields bind to it.</summary>
    [Parameter(Mandatory = true, ParameterSetName = LiteralPathSet)]
    [Parameter(ParameterSetName = PipelineSet, ValueFromPipelineByPropertyName = true)]
    [Alias("PSPath", "LP", "FullName")]
    [ValidateNotNullOrEmpty]
    public string[] LiteralPath { get; set; } = [];

    /// <summary>
    /// What comes through the pipeline: paths as text, or objects with a property Path or LiteralPath, such as files. They may bring their own
    /// Key, KeyPrefix and others that are named as parameters, where the call does not give these.
    /// </summary>
    [Parameter(Mandatory = true, ParameterSetName = PipelineSet, ValueFromPipeline = true)]
    [Parameter(Mandatory = true, ParameterSetName = AsContentSet, ValueFromPipeline = true)]
    [AllowEmptyString]
    public PSObject? InputObject { get; set; }

    /// <summary>The folder in the bucket that files go to. A slash at its end is added when it is missing.</summary>
    [Parameter(ParameterSetName = PathSet)]
    [Parameter(ParameterSetName = LiteralPathSet)]
    [Parameter(ParameterSetName = PipelineSet, ValueFromPipelineByPropertyName = true)]
    [AllowEmptyString]
    public string? KeyPrefix { get; set; }

    /// <summary>The folder that keys are relative to.</summary>
    [Parameter(ParameterSetName = PathSet)]
    [Parameter(ParameterSetName = LiteralPathSet)]
    [Parameter(ParameterSetName = PipelineSet)]
    [ValidateNotNullOrEmpty]
    public string? BasePath { get; set; }

    /// <summary>Send all files in and below folders.</summary>
    [Parameter(ParameterSetName = PathSet)]
    [Parameter(ParameterSetName = LiteralPathSet)]
    [Parameter(ParameterSetName = PipelineSet)]
    public SwitchParameter Recurse { get; set; }

    /// <summary>
    /// Send what symbolic links lead to, which may lie outside the folder. Without it nothing is read through a link below -BasePath, the
    /// folder of -Path or, for piped files, the current location, even where a file became one after it was found; nor, with -AsContent, where the file itself is one.
    /// </summary>
    [Parameter(ParameterSetName = PathSet)]
    [Parameter(ParameterSetName = LiteralPathSet)]
    [Parameter(ParameterSetName = PipelineSet)]
    [Parameter(ParameterSetName = AsContentSet)]
    public SwitchParameter FollowSymlink { get; set; }

    /// <summary>
    /// Store the time at which a file was last written, in user metadata by the name mtime, as rclone does. Nothing authenticates it. An
    /// mtime of -Metadata goes before.
    /// </summary>
    [Parameter(ParameterSetName = PathSet)]
    [Parameter(ParameterSetName = LiteralPathSet)]
    [Parameter(ParameterSetName = PipelineSet)]
    public SwitchParameter PreserveTimestamp { get; set; }

    /// <summary>
    /// Store who may read, write and execute a file: its nine permission bits on Linux and macOS, in user metadata by the name mode, and
    /// nothing on Windows. Nothing authenticates them. A mode of -Metadata goes before.
    /// </summary>
    [Parameter(ParameterSetName = PathSet)]
    [Parameter(ParameterSetName = LiteralPathSet)]
    [Parameter(ParameterSetName = PipelineSet)]
    public SwitchParameter PreserveMode { get; set; }

    /// <inheritdoc/>
    private protected override KeptProperties Keep =>
        (PreserveTimestamp ? KeptProperties.Timestamp : 0) | (PreserveMode ? KeptProperties.Mode : 0);

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        if (MyInvocation.ExpectingInput && (IsGivenToAll(nameof(Path)) || IsGivenToAll(nameof(LiteralPath))))
        {
            throw Terminate(ErrorRecords.PathAndInput());
        }

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
        _sources.WarnOfFoldersAlone();
        base.EndProcessing();
    }

    /// <summary>The files that this record names, which may name the object too.</summary>
    private protected IEnumerable<SourceFile> FindFiles(bool hasKey)
    {
        var (paths, areLiteral) = Paths();
        return paths.SelectMany(path => _sources.Find(path, areLiteral, hasKey));
    }

    /// <summary>Whether this record names a file.</summary>
    private protected bool NamesFile => LiteralPath.Length > 0 || Path.Length > 0;

    // Lines of Get-Content have the path of their file as a property, and are not that path.
    private (IEnumerable<string> Paths, bool AreLiteral) Paths() =>
        ParameterSetName == PathSet ? (Path, false)
        : ParameterSetName == LiteralPathSet ? (LiteralPath, true)
        : IsOfCall(nameof(LiteralPath), LiteralPathNames) ? (LiteralPath, true)
        : IsOfCall(nameof(Path)) ? (Path, false)
        : InputObject!.BaseObject is string path ? ([path], false)
        : LiteralPath.Length > 0 ? (LiteralPath, true)
        : Path.Length > 0 ? (Path, true)
        : throw Terminate(ErrorRecords.InputNotSendable(InputObject.BaseObject));

    /// <summary>The key that a file gets by its path.</summary>
    private protected string KeyOf(SourceFile file) =>
        _keys.KeyOf(KeyPrefix ?? SharedSession.Defaults.KeyPrefix ?? "", file.RelativePath);

    /// <summary>Sends a file, unless another of this call goes to the same key.</summary>
    private protected void Send(SourceFile file, string key)
    {
        if (Claim(AddressOf(key), file.Path) is { } address)
        {
            Send(UploadSource.FromFile(file.Path, file.NoLinksBelow), address, file.Path, ContentTypes.Of(file.Path));
        }
    }

    /// <summary>Takes a key for a file or, without one, for content of the pipeline. None where something else took it, which is told.</summary>
    private protected ObjectAddress? Claim(ObjectAddress address, string? path)
    {
        if (_keys.Claim(address, path ?? $"(content {++_contents})", InstructionFile, out var isRepeated) is not { } error)
        {
            return isRepeated ? null : address;
        }

        WriteError(error);
        return null;
    }

    /// <summary>Whether the call itself gives a parameter, be it by a script block that is asked for each object in the pipeline.</summary>
    /// <param name="parameter">Its name.</param>
    /// <param name="names">The properties that bind to it, when there are others than of its name.</param>
    private protected bool IsOfCall(string parameter, params string[] names) => IsGivenToAll(parameter)
        || (IsGiven(parameter) && (names.Length > 0 ? names : [parameter]).All(name => InputObject?.Properties[name] is null));
}
