using CseKms.Core;
using CseKms.Core.Transfer;

namespace CseKms;

/// <summary>A file and an object of one name, and what was done with them.</summary>
public sealed class CseSyncedObject
{
    internal CseSyncedObject(SyncAction action, string path, ObjectAddress address)
    {
        Action = action;
        Path = path;
        BucketName = address.BucketName;
        Key = address.Key;
    }

    internal CseSyncedObject(SyncAction action, string path, ObjectAddress address, TransferResult result)
        : this(action, path, address)
    {
        PlaintextSize = result.PlaintextSize;
        Size = result.Size;
        ETag = result.ETag;
        VersionId = result.VersionId;
    }

    /// <summary>What was done.</summary>
    public SyncAction Action { get; }

    /// <summary>The absolute path of the file.</summary>
    public string Path { get; }

    /// <summary>The bucket.</summary>
    public string BucketName { get; }

    /// <summary>The object's key.</summary>
    public string Key { get; }

    /// <summary>Plaintext bytes, where something was sent or received.</summary>
    public long? PlaintextSize { get; }

    /// <summary>Stored bytes, where something was sent or received.</summary>
    public long? Size { get; }

    /// <summary>The object's entity tag, where something was sent or received.</summary>
    public string? ETag { get; }

    /// <summary>The object's version, where something was sent or received and the bucket keeps versions.</summary>
    public string? VersionId { get; }

    /// <summary>The two as a user at the current location names them. It is for the eye, and shows control characters as \u001b.</summary>
    public string Transfer => CseText.Escape(Line);

    /// <summary>The file as a user at the current location would name it.</summary>
    internal string? DisplayPath { get; init; }

    /// <summary>Whether it was the folder that was changed.</summary>
    internal bool IsToFolder { get; init; }

    private string File => DisplayPath ?? Path;

    private string Object => $"{BucketName}/{Key}";

    private string Line => Action switch
    {
        SyncAction.Deleted => IsToFolder ? File : Object,
        SyncAction.Unchanged => $"{File} = {Object}",
        _ => IsToFolder ? $"{Object} → {File}" : $"{File} → {Object}",
    };

    /// <summary>The two as a user at the current location names them.</summary>
    public override string ToString() => CseText.Escape(Line);
}
