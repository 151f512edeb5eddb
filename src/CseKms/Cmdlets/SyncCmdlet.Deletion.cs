using System.Globalization;
using System.Management.Automation;
using CseKms.Core.Content;
using CseKms.Core.Transfer;
using CseKms.Errors;
using CseKms.Work;

namespace CseKms.Cmdlets;

/// <content>What the target has and the source has not.</content>
public abstract partial class SyncCmdlet
{
    // What is deleted is known only when both sides were seen to their end; so this is kept, and as little of it as will do.
    private readonly List<Surplus> _surplus = [];
    private readonly HashSet<string> _instructionFiles = new(StringComparer.Ordinal);
    private Confirmation _confirmation = null!;
    private long _targets;

    /// <summary>
    /// Delete what the target has and the source has not, when all else is done and nothing has failed. Of the bucket, never folder markers,
    /// and instruction files with their objects alone; of the folder, regular files alone, and the folders that they leave empty. What
    /// -Include and -Exclude leave out, what is behind a link, and .cse-*.tmp stays.
    /// </summary>
    [Parameter]
    public SwitchParameter Delete { get; set; }

    /// <summary>How much may be deleted: a count, or a per cent of what the target has, as in 10%. Where it is more, nothing is.</summary>
    [Parameter]
    [ValidatePattern(@"^\d{1,9}%?$")]
    public string? MaxDelete { get; set; }

    /// <summary>Delete without asking, as -Confirm:$false does. Without either, and with nobody there to be asked, -Delete is an error.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        _confirmation = new Confirmation(this, Force);
        if (Delete && _confirmation.IsImpossible)
        {
            throw Terminate(ErrorRecords.ConfirmationImpossible());
        }
    }

    private void NoteSurplusObject(SyncPair pair)
    {
        if (!Delete || pair.Barrier is not null || AddressOf(pair).IsNamedLikeFolder || IsTemporary(pair))
        {
            return;
        }

        if (pair.RelativeKey.EndsWith(InstructionFileSuffix, StringComparison.Ordinal))
        {
            _instructionFiles.Add(pair.RelativeKey);
        }
        else
        {
            _surplus.Add(new Surplus(pair.RelativeKey, pair.Stored!.ETag, 0, default));
        }
    }

    private void NoteSurplusFile(SyncPair pair)
    {
        if (Delete)
        {
            _surplus.Add(new Surplus(pair.RelativeKey, "", pair.File!.Length, pair.File.LastWriteTime));
        }
    }

    private void DeleteSurplus(bool isToFolder)
    {
        // Where case does not count, a file may be that of an object which is written in another one.
        _surplus.RemoveAll(one => isToFolder && !_rules.IsExact && _paths.IsClaimed(_folder, one.RelativeKey.Split('/')));
        if (_surplus.Count == 0)
        {
            return;
        }

        if (_summary.Failed > 0)
        {
            this.Warn($"Since not all went well, none of the {_surplus.Count:N0} was deleted that only {(isToFolder ? "the folder" : "the bucket")} has.");
            return;
        }

        if (MaxDelete is { } limit && IsMoreThan(limit))
        {
            throw Terminate(ErrorRecords.MaxDeleteExceeded(_surplus.Count, _targets, limit));
        }

        var target = isToFolder ? _folder : $"{RequireBucket()}/{_prefix}";
        if (_confirmation.ApprovesAll($"{_surplus.Count:N0} of {_targets:N0} are to be deleted from '{target}', since the source does not have them. Delete them?") is not { } approved)
        {
            throw Terminate(ErrorRecords.ConfirmationImpossible());
        }

        if (approved && isToFolder)
        {
            DeleteFiles();
        }
        else if (approved)
        {
            DeleteObjects(withInstructionFiles: true);
            DeleteObjects(withInstructionFiles: false);
        }

        Finish();
    }

    private void DeleteFiles()
    {
        foreach (var one in _surplus)
        {
            var (path, names) = (PathOf(one.RelativeKey), one.RelativeKey.Split('/'));
            if (this.Approves(DisplayPath(path), "Delete file"))
            {
                Start(new SyncFileRemoval(
                    AddressOf(_prefix + one.RelativeKey), path, DisplayPath(path), () => FileRemoval.Run(_folder, names, one.Length, one.LastWriteTime)));
            }
        }
    }

    private void DeleteObjects(bool withInstructionFiles)
    {
        var approved = _surplus
            .Where(one => _instructionFiles.Contains(one.RelativeKey + InstructionFileSuffix) == withInstructionFiles)
            .Where(one => this.Approves($"{AddressOf(_prefix + one.RelativeKey)}", "Delete object"));
        foreach (var some in approved.Chunk(RemovalRequest.MostObjects))
        {
            var request = new RemovalRequest([.. some.Select(one => AddressOf(_prefix + one.RelativeKey))])
            {
                ETags = [.. some.Select(one => one.ETag)],
                InstructionFileSuffix = InstructionFileSuffix,
                WithInstructionFiles = withInstructionFiles,
            };
            Start(new SyncRemoval(request, [.. some.Select(one => PathOf(one.RelativeKey))]));
        }
    }

    private bool IsMoreThan(string limit)
    {
        var number = decimal.Parse(limit.TrimEnd('%'), CultureInfo.InvariantCulture);
        return _surplus.Count > (limit.EndsWith('%') ? number * _targets / 100 : number);
    }

    /// <summary>What is to be deleted.</summary>
    /// <param name="RelativeKey">Its name on both sides.</param>
    /// <param name="ETag">The object's entity tag.</param>
    /// <param name="Length">Bytes of the file.</param>
    /// <param name="LastWriteTime">When the file was written last, in UTC.</param>
    private readonly record struct Surplus(string RelativeKey, string ETag, long Length, DateTime LastWriteTime);
}
