namespace CseKms;

/// <summary>What Sync-CseS3Object did with one file or object.</summary>
public enum SyncAction
{
    /// <summary>Nothing: both are the same.</summary>
    Unchanged,

    /// <summary>The file was sent.</summary>
    Sent,

    /// <summary>The object was received.</summary>
    Received,

    /// <summary>What the source does not have was deleted.</summary>
    Deleted,
}
