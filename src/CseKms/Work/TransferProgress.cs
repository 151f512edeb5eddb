using System.Collections.Concurrent;
using System.Diagnostics;
using System.Management.Automation;
using CseKms.Core;
using CseKms.Core.Transfer;

namespace CseKms.Work;

/// <summary>Counts what the workers do; the pipeline thread makes one progress record of it. Thread-safe.</summary>
internal sealed class TransferProgress : ITransferObserver
{
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private readonly ConcurrentQueue<string> _warnings = new();
    private long _objects;
    private long _doneObjects;
    private long _bytes;
    private long _doneBytes;
    private volatile bool _isWhole;
    private volatile string? _latest;

    /// <summary>Whether any object was named.</summary>
    public bool HasObjects => Interlocked.Read(ref _objects) > 0;

    public void Queued(int objects, string name)
    {
        _latest = name;
        Interlocked.Add(ref _objects, objects);
    }

    /// <summary>No more objects will come: from now on the totals are known.</summary>
    public void AllQueued() => _isWhole = true;

    public void Done(int objects) => Interlocked.Add(ref _doneObjects, objects);

    public void LengthKnown(long bytes) => Interlocked.Add(ref _bytes, bytes);

    public void Transferred(long bytes) => Interlocked.Add(ref _doneBytes, bytes);

    public void UploadLeft(ObjectAddress address, string? uploadId)
    {
        var key = $"'{address.Key.Replace("'", "''", StringComparison.Ordinal)}'";
        _warnings.Enqueue(uploadId is null
            ? $"S3's answer to the begin of a multipart upload of {address} was lost, and the upload may be open, without parts. Look for it by " +
                $"Get-CseS3Upload -BucketName {address.BucketName} -Prefix {key}."
            : $"The multipart upload {uploadId} of {address} could not be dropped, and its parts stay in the bucket. Remove it by " +
                $"Remove-CseS3Upload -BucketName {address.BucketName} -Key {key} -UploadId {uploadId}.");
    }

    public void TemporaryFileLeft(string path) => _warnings.Enqueue(
        $"'{path}' is the temporary file of a receive that did not end, perhaps on another machine. Remove it when no receive runs there.");

    public void KeysInTheClear(string endpoint) => _warnings.Enqueue(
        $"Data keys come from KMS over plain HTTP, by {endpoint}. Whoever is on the way can read them, and what they encrypt. Use https://.");

    public void MayHaveReplaced(string path) => _warnings.Enqueue(
        $"On the file system of '{path}' a received file replaces one that another program makes under its name at the same moment, even without -Force.");

    /// <summary>What is to be told of; each is taken once.</summary>
    public IEnumerable<string> TakeWarnings()
    {
        while (_warnings.TryDequeue(out var warning))
        {
            yield return warning;
        }
    }

    /// <summary>How it stands: with a percentage only when the whole is known.</summary>
    public ProgressRecord Record(string activity)
    {
        var (objects, doneObjects) = (Interlocked.Read(ref _objects), Interlocked.Read(ref _doneObjects));
        var (bytes, doneBytes) = (Interlocked.Read(ref _bytes), Interlocked.Read(ref _doneBytes));
        var rate = doneBytes / Math.Max(_clock.Elapsed.TotalSeconds, 0.001);
        var counts = _isWhole ? $"{doneObjects:N0} of {objects:N0} objects" : $"{doneObjects:N0} objects";
        var sizes = bytes == 0 ? "" : _isWhole ? $", {CseText.Size(doneBytes)} of {CseText.Size(bytes)}" : $", {CseText.Size(doneBytes)}";
        var record = new ProgressRecord(0, activity, counts + sizes + (doneBytes == 0 ? "" : $", {CseText.Size((long)rate)}/s"))
        {
            CurrentOperation = _latest,
            PercentComplete = -1,
        };
        if (_isWhole)
        {
            record.PercentComplete = (int)Math.Min(100, bytes > 0 ? doneBytes * 100 / bytes : doneObjects * 100 / Math.Max(1, objects));
            record.SecondsRemaining = doneBytes > 0 ? (int)Math.Clamp((bytes - doneBytes) / rate, 0, int.MaxValue) : -1;
        }

        return record;
    }
}
