using System.Diagnostics;
using System.Management.Automation;
using CseKms.Binding;
using CseKms.Core;
using CseKms.Core.Content;
using CseKms.Core.Session;
using CseKms.Core.Settings;
using CseKms.Core.Transfer;
using CseKms.Errors;
using CseKms.Work;

namespace CseKms.Cmdlets;

/// <summary>A folder and a prefix that are made equal: how they are compared, and what of them.</summary>
public abstract partial class SyncCmdlet : ObjectAttributesCmdlet
{
    private const string FileParameter = "-File of Receive-CseS3Object";

    private readonly CseSyncSummary _summary = new();
    private readonly Stopwatch _watch = Stopwatch.StartNew();
    private PathRules _rules = PathRules.Current;
    private PathMapper _paths = null!;
    private SyncFilter _filter = null!;
    private string _folder = "";
    private string _prefix = "";
    private long _sources;

    /// <summary>The bucket: its name or ARN, or the ARN of an access point.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public override string? BucketName { get; set; }

    /// <summary>
    /// How a file and an object are compared. Tag, the default: by size, and where that allows it by the object's tag, for which 16 bytes
    /// are read and the data key is decrypted; whether the stored body is intact is not seen. Full: the content is read and compared.
    /// SizeAndTime: by the listing alone, as 'aws s3 sync' does: the sizes fit, and the file is not newer than the object.
    /// </summary>
    [Parameter]
    public SyncComparison Compare { get; set; }

    /// <summary>
    /// Wildcards of what is synchronized; everything unless given. They match the whole path below the folder and the prefix, with slashes
    /// on all platforms and in any case; * matches slashes too.
    /// </summary>
    [Parameter]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] Include { get; set; } = [];

    /// <summary>Wildcards of what is left as it is on both sides, matched as those of -Include.</summary>
    [Parameter]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] Exclude { get; set; } = [];

    /// <summary>Accept that there is nothing in the source, or no source, which is an error otherwise.</summary>
    [Parameter]
    public SwitchParameter AllowEmptySource { get; set; }

    /// <summary>Write a result for each file and object, those that are the same included, before the counts.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <summary>Accept whatever encryption context an object carries. Without it, an object must carry exactly -EncryptionContext.</summary>
    [Parameter]
    public SwitchParameter AnyEncryptionContext { get; set; }

    /// <summary>
    /// Legacy modes to read, as Receive-CseS3Object reads them: Wrapping, Content (AES-CBC, which nothing authenticates) and Aes128. The
    /// commitment policy must allow such objects as well. What is sent is never legacy.
    /// </summary>
    [Parameter]
    public LegacyModes AllowLegacy { get; set; }

    /// <summary>What an instruction file's key adds to the key of its object, when another client chose something else than .instruction.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string InstructionFileSuffix { get; set; } = S3EncryptionClient.InstructionFileSuffix;

    /// <summary>
    /// A file that gets a receipt of each object that is sent, received or removed, and of failures: one line of JSON. See about_CseKms.
    /// </summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public override string? ReceiptPath { get; set; }

    /// <summary>Pass over objects that are archived (Glacier) and not restored, instead of an error for each that must be read.</summary>
    [Parameter]
    public SwitchParameter SkipArchived { get; set; }

    private protected override string Activity => $"Synchronizing with {NamedBucket}";

    /// <inheritdoc/>
    private protected override EncryptionSettings Encryption() => base.Encryption() with
    {
        AcceptAnyContext = AnyEncryptionContext,
        AllowedLegacy = AllowLegacy.ToEngine(),
    };

    /// <inheritdoc/>
    private protected override void NoteFailure() => _summary.Failed++;

    /// <inheritdoc/>
    private protected override void Write(WorkResult result)
    {
        _summary.Failed += result.Error is null ? 0 : 1;
        CseSyncedObject[] items = [.. result.More.Prepend(result.Output).OfType<CseSyncedObject>()];
        foreach (var item in items)
        {
            _summary.Add(item);
        }

        base.Write(PassThru || items.Length == 0
            ? result
            : result with { Output = null, More = [], Verbose = string.Join('\n', items.Select(item => $"{item.Action}: {item}")) });
    }

    /// <summary>Makes the target equal to the source, and writes the counts.</summary>
    /// <param name="folder">The absolute path of the folder.</param>
    /// <param name="prefix">The prefix, with a slash at its end or empty.</param>
    /// <param name="isToFolder">Whether the folder is the target.</param>
    private protected void Synchronize(string folder, string prefix, bool isToFolder)
    {
        _filter = new SyncFilter(Include, Exclude);
        (_folder, _prefix) = (System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(folder)), prefix);
        _rules = isToFolder ? PathRules.Of(_folder) : PathRules.Current;
        _paths = new PathMapper(_rules) { FileParameter = FileParameter };
        try
        {
            var files = Directory.Exists(_folder) ? FolderWalk.Through(_folder) : [];
            foreach (var pair in SyncPairs.Of(files, List(prefix), prefix))
            {
                Take(pair, isToFolder);
            }
        }
        catch (CseException failure)
        {
            throw Terminate(ErrorRecords.From(this, failure, null, null));
        }

        Finish();
        if (_sources == 0 && _summary.Failed == 0 && !AllowEmptySource)
        {
            throw Terminate(ErrorRecords.SourceEmpty(isToFolder ? $"{RequireBucket()}/{prefix}" : _folder));
        }

        DeleteSurplus(isToFolder);
        _summary.Elapsed = _watch.Elapsed;
        WriteObject(_summary);
    }

    private void Take(SyncPair pair, bool isToFolder)
    {
        if (Stopping)
        {
            throw new PipelineStoppedException();
        }

        if (pair.File is { Kind: WalkedKind.UnreadableFolder } unreadable && !_filter.Excludes(pair.RelativeKey))
        {
            Fail(ErrorRecords.FolderUnreadable(PathOf(pair), unreadable.Failure!));
        }

        if (!_filter.Takes(pair.RelativeKey))
        {
            return;
        }

        if (isToFolder)
        {
            TakeObject(pair);
        }
        else
        {
            TakeFile(pair);
        }
    }

    private void TakeFile(SyncPair pair)
    {
        if (pair.File is { Kind: WalkedKind.Link, IsBarrier: false })
        {
            this.Warn($"'{PathOf(pair)}' is a symbolic link and was passed over.");
        }
        else if (pair.Barrier is not null)
        {
            this.Tell($"{AddressOf(pair)} was passed over: the folder '{PathOf(pair.Barrier)}' is a link or cannot be read.");
        }

        _targets += pair.Stored is null ? 0 : 1;
        if (pair.File is null)
        {
            NoteSurplusObject(pair);
        }

        if (pair.File is not { Kind: WalkedKind.File })
        {
            return;
        }

        _sources++;
        var (path, address) = (PathOf(pair), AddressOf(pair));
        if (KeyMapper.TooLong(address, path) is { } error)
        {
            Fail(error);
        }
        else if (!IsUnchanged(pair, path, address))
        {
            var upload = new UploadRequest(address, UploadSource.FromFile(path, _folder)) { Attributes = Attributes(ContentTypes.Of(path)) };
            Start(new SyncToBucket(RequestOf(pair), pair, path, upload)
            {
                Folder = _folder,
                DisplayPath = DisplayPath(path),
                Compare = Compare,
                SkipArchived = SkipArchived,
                Approves = ApprovesAsync,
            });
        }
    }

    private void TakeObject(SyncPair pair)
    {
        var isFile = pair.File is { Kind: WalkedKind.File };
        _targets += isFile ? 1 : 0;
        if (pair.Stored is null)
        {
            if (isFile)
            {
                NoteSurplusFile(pair);
            }

            return;
        }

        var address = AddressOf(pair);
        if (pair.Barrier is { Kind: WalkedKind.UnreadableFolder } || IsTemporary(pair))
        {
            this.Tell($"{address} was passed over: its folder cannot be read, or it has the name of a temporary file.");
        }
        else if (_paths.Map(address, pair.RelativeKey, out var segments) is { } error)
        {
            Fail(error);
        }
        else if (segments.Count == 0)
        {
            Start(new FolderMarker(RequestOf(pair)) { FileParameter = FileParameter });
        }
        else
        {
            Receive(pair, address, segments);
        }
    }

    private void Receive(SyncPair pair, ObjectAddress address, IReadOnlyList<string> segments)
    {
        _sources++;
        var destination = FileDestination.Below(_folder, segments, overwrite: true, pair.Stored!.LastModified);

        // Of a million paths none is kept where the listing says already that no two are alike.
        if (!_rules.IsExact && _paths.Claim(address, _folder, segments) is { } error)
        {
            Fail(error);
        }
        else if (!IsUnchanged(pair, destination.Path, address))
        {
            Start(new SyncToFolder(RequestOf(pair), pair, destination)
            {
                Folder = _folder,
                DisplayPath = DisplayPath(destination.Path),
                Compare = Compare,
                SkipArchived = SkipArchived,
                Approves = ApprovesAsync,
            });
        }
    }

    // By what is known already; all else is asked of the object.
    private bool IsUnchanged(SyncPair pair, string path, ObjectAddress address)
    {
        if (Compare != SyncComparison.SizeAndTime || !pair.LooksSame)
        {
            return false;
        }

        Write(new WorkResult(new CseSyncedObject(SyncAction.Unchanged, path, address) { DisplayPath = DisplayPath(path) }));
        return true;
    }

    private static bool IsTemporary(SyncPair pair) => TemporaryFile.IsName(pair.RelativeKey[(pair.RelativeKey.LastIndexOf('/') + 1)..]);

    private void Fail(ErrorRecord error)
    {
        NoteFailure();
        WriteError(error);
    }

    private Task<bool> ApprovesAsync(string target, string action) => OnPipelineThreadAsync(() => this.Approves(target, action));

    private ObjectAddress AddressOf(SyncPair pair) => AddressOf(_prefix + pair.RelativeKey);

    private DownloadRequest RequestOf(SyncPair pair) =>
        new(AddressOf(pair)) { SizeHint = pair.Stored?.Size, InstructionFileSuffix = InstructionFileSuffix };

    private string PathOf(SyncPair pair) => PathOf(pair.RelativeKey);

    private string PathOf(WalkedEntry entry) => PathOf(entry.RelativeKey);

    private string PathOf(string relativeKey) => System.IO.Path.TrimEndingDirectorySeparator(
        System.IO.Path.Combine(_folder, relativeKey.Replace('/', System.IO.Path.DirectorySeparatorChar)));
}
