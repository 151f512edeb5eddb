namespace CseKms;

/// <summary>What a call of Sync-CseS3Object did, at its end.</summary>
public sealed class CseSyncSummary
{
    /// <summary>Files that were sent.</summary>
    public long Sent { get; internal set; }

    /// <summary>Objects that were received.</summary>
    public long Received { get; internal set; }

    /// <summary>Files and objects that are the same, of which nothing was transferred.</summary>
    public long Skipped { get; internal set; }

    /// <summary>Objects or files that were deleted, since the source does not have them.</summary>
    public long Deleted { get; internal set; }

    /// <summary>Errors; where there is one, nothing is deleted.</summary>
    public long Failed { get; internal set; }

    /// <summary>Plaintext bytes that were sent or received.</summary>
    public long Bytes { get; internal set; }

    /// <summary>How long it took.</summary>
    public TimeSpan Elapsed { get; internal set; }

    internal void Add(CseSyncedObject item)
    {
        _ = item.Action switch
        {
            SyncAction.Sent => ++Sent,
            SyncAction.Received => ++Received,
            SyncAction.Deleted => ++Deleted,
            _ => ++Skipped,
        };
        Bytes += item.PlaintextSize ?? 0;
    }

    /// <summary>The counts in a line.</summary>
    public override string ToString() => $"{Sent:N0} sent, {Received:N0} received, {Skipped:N0} skipped, {Deleted:N0} deleted, {Failed:N0} failed";
}
