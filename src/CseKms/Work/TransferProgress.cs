using System.Collections.Concurrent;
using System.Diagnostics;
using System.Management.Automation;
using CseKms.Core;
using CseKms.Core.Transfer;

namespace CseKms.Work;

/// <summary>Counts what the workers do; the pipeline thread makes one progress record of it. Thread-safe.</summary>
internal sealed class TransferProgress : ITransferObserver
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);

    private readonly Stopwatch _sinceLast = Stopwatch.StartNew();
    private readonly ConcurrentQueue<string> _warnings = new();
    private long _objects;
    private long _doneObjects;
    private long _bytes;
    private long _doneBytes;

    public void Queued(int objects) => Interlocked.Add(ref _objects, objects);

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

    /// <summary>Whether a record was made, so that the bar must be taken away at the end.</summary>
    public bool IsShown { get; private set; }

    /// <summary>Whether there is something to tell, and the last record is old enough.</summary>
    public bool IsDue => Interlocked.Read(ref _objects) > 0 && _sinceLast.Elapsed >= Interval;

    public ProgressRecord Next(string activity)
    {
        IsShown = true;
        _sinceLast.Restart();
        var (bytes, doneBytes) = (Interlocked.Read(ref _bytes), Interlocked.Read(ref _doneBytes));
        return new ProgressRecord(
            0, activity, $"{Interlocked.Read(ref _doneObjects):N0} of {Interlocked.Read(ref _objects):N0} objects, {Size(doneBytes)} of {Size(bytes)}")
        {
            PercentComplete = bytes > 0 ? (int)Math.Min(100, doneBytes * 100 / bytes) : -1,
        };
    }

    public ProgressRecord Last(string activity)
    {
        var record = Next(activity);
        record.RecordType = ProgressRecordType.Completed;
        return record;
    }

    private static string Size(long bytes) => bytes switch
    {
        >= 1L << 30 => $"{bytes / (double)(1L << 30):N1} GiB",
        >= 1L << 20 => $"{bytes / (double)(1L << 20):N1} MiB",
        _ => $"{bytes / 1024.0:N1} KiB",
    };
}
