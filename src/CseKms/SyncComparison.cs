namespace CseKms;

/// <summary>How Sync-CseS3Object tells whether a file and an object are the same.</summary>
public enum SyncComparison
{
    /// <summary>By size, and where that allows it by the object's tag: 16 bytes of each object are read. Content without a tag is read.</summary>
    Tag,

    /// <summary>By size, and where that allows it by the content, all of which is read.</summary>
    Full,

    /// <summary>By the listing alone: the sizes fit, and the file is not newer than the object.</summary>
    SizeAndTime,
}
