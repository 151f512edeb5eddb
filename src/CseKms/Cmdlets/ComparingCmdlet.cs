using System.Management.Automation;
using CseKms.Binding;
using CseKms.Core;
using CseKms.Errors;
using CseKms.Work;

namespace CseKms.Cmdlets;

/// <summary>The files that objects are compared with: of each file its object, by the rules of keys, or of each object its file.</summary>
public abstract class ComparingCmdlet : ContentReaderCmdlet
{
    private protected const string PathSet = "Path";
    private protected const string LiteralPathSet = "LiteralPath";

    private readonly KeyMapper _keys = new(PathRules.Current);
    private readonly PathMapper _paths = new(PathRules.Current) { FileParameter = "-Path" };
    private string? _basePath;

    /// <summary>Files to compare with their objects, or folders with all files below them. Wildcards are resolved.</summary>
    [Parameter(Mandatory = true, ParameterSetName = PathSet)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] Path { get; set; } = [];

    /// <summary>Files or folders whose names are taken as they are. The files that Get-ChildItem yields bind to it.</summary>
    [Parameter(Mandatory = true, ParameterSetName = LiteralPathSet, ValueFromPipelineByPropertyName = true)]
    [Alias("PSPath", "LP", "FullName")]
    [ValidateNotNullOrEmpty]
    public string[] LiteralPath { get; set; } = [];

    /// <summary>The folder that keys are relative to.</summary>
    [Parameter(ParameterSetName = PathSet)]
    [Parameter(ParameterSetName = LiteralPathSet)]
    [ValidateNotNullOrEmpty]
    public string? BasePath { get; set; }

    /// <summary>Compare what symbolic links lead to, which may lie outside the folder.</summary>
    [Parameter(ParameterSetName = PathSet)]
    [Parameter(ParameterSetName = LiteralPathSet)]
    public SwitchParameter FollowSymlink { get; set; }

    private bool IsLiteral => ParameterSetName == LiteralPathSet;

    private IEnumerable<string> Paths => IsLiteral ? LiteralPath : Path;

    // Where files come through the pipe, as they do without a key, folders are passed over.
    private bool IsPipedFile => IsLiteral && MyInvocation.ExpectingInput && Key is null;

    /// <inheritdoc/>
    protected override void BeginProcessing() => _basePath = BasePath is null ? null : FileSystemPath(BasePath);

    /// <summary>The objects and files that this record names.</summary>
    private protected IEnumerable<(ObjectAddress Address, SourceFile File)> FindPairs() => Key is null
        ? Paths
            .SelectMany(path => Sources(_basePath, recurse: !IsPipedFile).Find(path, IsLiteral))
            .Select(file => (AddressOf(_keys.KeyOf(KeyPrefix ?? SharedSession.Defaults.KeyPrefix ?? "", file.RelativePath), VersionId), file))
        : FindObjects().SelectMany(item => Paths.SelectMany(path => FilesOf(item, path)).Select(file => (item.Address, file)));

    private IEnumerable<SourceFile> FilesOf(NamedObject item, string path)
    {
        var file = FileSystemPath(path);
        if (!Directory.Exists(file))
        {
            return Sources(basePath: null, recurse: false).Find(file, isLiteral: true);
        }

        if (_paths.Map(item.Address, item.RelativeKey, out var segments) is { } error)
        {
            WriteError(error);
            return [];
        }

        if (segments.Count == 0)
        {
            this.Tell($"{item.Address} is named like a folder, and has no file to compare.");
            return [];
        }

        var folder = System.IO.Path.TrimEndingDirectorySeparator(file);
        file = System.IO.Path.Combine([folder, .. segments]);
        if (Directory.Exists(file))
        {
            WriteError(ErrorRecords.PathNotFound(file));
            return [];
        }

        return Sources(folder, recurse: false).Find(file, isLiteral: true);
    }

    private SourceFiles Sources(string? basePath, bool recurse) => new(this)
    {
        BasePath = basePath,
        Recurse = recurse,
        FollowSymlink = FollowSymlink,
        IsPiped = IsPipedFile,
    };
}
