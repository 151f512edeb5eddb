using System.Management.Automation;
using CseKms.Core.Transfer;

namespace CseKms.Commands;

/// <summary>Counts what the workers do; the pipeline thread makes one progress record of it. Thread-safe.</summary>
internal sealed class TransferProgress : ITransferObserver
{
    private long _objects;
    private long _doneObjects;
    private long _bytes;
    private long _doneBytes;

    public void Queued() => Interlocked.Increment(ref _objects);

    public void Done() => Interlocked.Increment(ref _doneObjects);

    public void LengthKnown(long bytes) => Interlocked.Add(ref _bytes, bytes);

    public void Transferred(long bytes) => Interlocked.Add(ref _doneBytes, bytes);

    public ProgressRecord ToRecord(string activity)
    {
        var (bytes, doneBytes) = (Interlocked.Read(ref _bytes), Interlocked.Read(ref _doneBytes));
        return new ProgressRecord(
            0, activity, $"{Interlocked.Read(ref _doneObjects):N0} of {Interlocked.Read(ref _objects):N0} objects, {Size(doneBytes)} of {Size(bytes)}")
        {
            PercentComplete = bytes > 0 ? (int)Math.Min(100, doneBytes * 100 / bytes) : -1,
        };
    }

    private static string Size(long bytes) => bytes switch
    {
        >= 1L << 30 => $"{bytes / (double)(1L << 30):N1} GiB",
        >= 1L << 20 => $"{bytes / (double)(1L << 20):N1} MiB",
        _ => $"{bytes / 1024.0:N1} KiB",
    };
}
