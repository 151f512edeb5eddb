using CseKms.Core.Aws;
using CseKms.Core.Format;

namespace CseKms.Core.Transfer;

/// <summary>
/// Removes objects of one bucket, and with them the instruction files that nobody needs any more: after the objects, since an object
/// that stays must stay readable. Serves once.
/// </summary>
/// <param name="scheduler">Sends the requests.</param>
/// <param name="request">The objects.</param>
/// <param name="cancellationToken">Cancels the requests.</param>
internal sealed class Removal(TransferScheduler scheduler, RemovalRequest request, CancellationToken cancellationToken)
{
    private readonly IReadOnlyList<ObjectAddress> _objects = request.Objects;
    private readonly RemovedObject[] _results = [.. request.Objects.Select(address => new RemovedObject(address))];
    private readonly Dictionary<string, SoughtFile> _files = new(StringComparer.Ordinal);
    private readonly Deletions _deletions = new(scheduler, cancellationToken);

    /// <summary>What became of each object, in the order in which they were given. A failure of the engine is one object's.</summary>
    public async Task<IReadOnlyList<RemovedObject>> RunAsync()
    {
        await SeekFilesAsync().ConfigureAwait(false);
        await RemoveObjectsAsync().ConfigureAwait(false);
        await Task.WhenAll(RemoveFilesAsync(), SettleVersionsAsync()).ConfigureAwait(false);
        return _results;
    }

    // Before anything is removed: a file that is stored later belongs to an object that is stored later.
    private async Task SeekFilesAsync()
    {
        if (!request.WithInstructionFiles)
        {
            return;
        }

        var named = _objects.Where(address => address.VersionId is null).Select(address => address.Key).ToHashSet(StringComparer.Ordinal);
        var files = await Task.WhenAll(_objects
            .DistinctBy(address => address.Key, StringComparer.Ordinal)
            .Where(address => !named.Contains(FileOf(address).Key))
            .Select(async address => (address.Key, await SeekAsync(FileOf(address)).ConfigureAwait(false)))).ConfigureAwait(false);
        foreach (var (key, file) in files)
        {
            _files[key] = file;
        }
    }

    private async Task<SoughtFile> SeekAsync(ObjectAddress file)
    {
        try
        {
            return new SoughtFile(await ExistingInstructionFile.TryFindAsync(scheduler, file, cancellationToken).ConfigureAwait(false), null);
        }
        catch (CseException failure)
        {
            return new SoughtFile(null, failure);
        }
    }

    private async Task RemoveObjectsAsync()
    {
        var removable = new List<int>();
        for (var at = 0; at < _objects.Count; at++)
        {
            // Nothing is done to an object where the question of its file failed, but for who may not ask.
            var failure = _files.GetValueOrDefault(_objects[at].Key)?.Failure;
            var isHidden = failure?.ErrorId == ErrorId.S3AccessDenied;
            _results[at] = _results[at] with { IsInstructionFileHidden = isHidden, Failure = isHidden ? null : failure };
            if (_results[at].Failure is null)
            {
                removable.Add(at);
            }
        }

        var outcomes = await _deletions.RunAsync([.. removable.Select(at => new Deletion(_objects[at], ETagOf(at)))]).ConfigureAwait(false);
        foreach (var (at, outcome) in removable.Zip(outcomes))
        {
            _results[at] = _results[at] with
            {
                Failure = outcome.Failure,
                IsDeleteMarker = outcome.Deleted?.IsDeleteMarker == true,
                DeleteMarkerVersionId = outcome.Deleted?.DeleteMarkerVersionId,
            };
        }
    }

    // Of objects that were removed as a whole. One that was stored anew meanwhile has a file of its own, which stays.
    private async Task RemoveFilesAsync()
    {
        int[] places = [.. RemovedPlaces(withVersion: false).Where(at => _files.GetValueOrDefault(_objects[at].Key)?.File is not null)];
        var outcomes = await _deletions.RunAsync(
            [.. places.Select(at => _files[_objects[at].Key].File!).Select(file => new Deletion(file.Address, EntityTag.IsWeak(file.Head.ETag) ? null : file.Head.ETag))]).ConfigureAwait(false);
        foreach (var (at, outcome) in places.Zip(outcomes))
        {
            var isGone = outcome.Failure is { ErrorId: ErrorId.ObjectChanged or ErrorId.NoSuchKey };
            _results[at] = _results[at] with
            {
                InstructionFile = outcome.Failure is null ? FileOf(_objects[at]) : null,
                InstructionFileFailure = isGone ? null : outcome.Failure,
            };
        }
    }

    private async Task SettleVersionsAsync()
    {
        if (!request.WithInstructionFiles)
        {
            return;
        }

        var whole = RemovedPlaces(withVersion: false).Select(at => _objects[at].Key).ToHashSet(StringComparer.Ordinal);
        await Task.WhenAll(RemovedPlaces(withVersion: true)
            .Where(at => !whole.Contains(_objects[at].Key))
            .GroupBy(at => _objects[at].Key, StringComparer.Ordinal)
            .Select(SettleAsync)).ConfigureAwait(false);

        async Task SettleAsync(IGrouping<string, int> places)
        {
            var (last, address) = (places.Last(), _objects[places.Last()] with { VersionId = null });
            var hasUndeleted = places.Any(at => _results[at].IsDeleteMarker);
            if (!hasUndeleted && _files.GetValueOrDefault(places.Key)?.File is null)
            {
                return;
            }

            try
            {
                var settled = new InstructionFileOfVersions(scheduler, _deletions, address, FileOf(address), cancellationToken);
                if (await settled.RunAsync(hasUndeleted).ConfigureAwait(false))
                {
                    _results[last] = _results[last] with { InstructionFile = FileOf(address) };
                }
            }
            catch (CseException failure)
            {
                var isHidden = failure is { ErrorId: ErrorId.S3AccessDenied, Operation: not ("DeleteObjects" or "DeleteObject") };
                _results[last] = _results[last] with
                {
                    IsInstructionFileHidden = isHidden,
                    InstructionFileFailure = isHidden ? null : failure,
                };
            }
        }
    }

    private string? ETagOf(int at) => request.ETags?[at] is { } etag && !EntityTag.IsWeak(etag) ? etag : null;

    private IEnumerable<int> RemovedPlaces(bool withVersion) => Enumerable.Range(0, _objects.Count)
        .Where(at => _results[at].Failure is null && _objects[at].VersionId is not null == withVersion);

    private ObjectAddress FileOf(ObjectAddress address) =>
        address with { Key = InstructionFile.KeyOf(address.Key, request.InstructionFileSuffix), VersionId = null };

    /// <summary>The instruction file beside an object, or why it is not known whether there is one.</summary>
    private sealed record SoughtFile(RemoteObject? File, CseException? Failure);
}
