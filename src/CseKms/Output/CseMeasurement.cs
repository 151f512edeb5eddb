namespace CseKms;

/// <summary>What is stored, how it is encrypted, and what it takes to read it.</summary>
public sealed class CseMeasurement
{
    private readonly SortedSet<string> _buckets = new(StringComparer.Ordinal);
    private readonly Dictionary<(string?, string?, string?, string, string?, LegacyModes?), CseMeasuredGroup> _groups = [];
    private readonly Dictionary<string, long> _kinds = new(StringComparer.Ordinal);

    internal CseMeasurement()
    {
    }

    /// <summary>The bucket, or the buckets of a piped listing.</summary>
    public IReadOnlyCollection<string> BucketName => _buckets;

    /// <summary>What the keys begin with; empty for a piped listing.</summary>
    public string? Prefix { get; internal set; }

    /// <summary>All that was looked at, instruction files, folder markers and failures included.</summary>
    public long Objects { get; private set; }

    /// <summary>Objects with an envelope.</summary>
    public long Encrypted => Count("Encrypted");

    /// <summary>Objects without one, which do not look as if they ever had one.</summary>
    public long NotEncrypted => Count("NotEncrypted");

    /// <summary>Objects without one whose bytes look like ciphertext, as those of a copy do that lost its metadata.</summary>
    public long MayHaveLostEnvelope => Count("MayHaveLostEnvelope");

    /// <summary>Instruction files of objects that exist.</summary>
    public long InstructionFiles => Count("InstructionFile");

    /// <summary>Instruction files whose object does not exist.</summary>
    public long OrphanedInstructionFiles => Count("OrphanedInstructionFile");

    /// <summary>Empty objects that stand for folders.</summary>
    public long FolderMarkers => Count("FolderMarker");

    /// <summary>Delete markers of a piped listing of versions.</summary>
    public long DeleteMarkers { get; internal set; }

    /// <summary>Objects of which nothing could be told; for each an error was written.</summary>
    public long Failed { get; private set; }

    /// <summary>Stored bytes of all objects.</summary>
    public long Size { get; private set; }

    /// <summary>Plaintext bytes of the encrypted objects, without those of CBC, where only decryption tells.</summary>
    public long PlaintextSize { get; private set; }

    /// <summary>Encrypted objects that are read only when legacy modes are allowed.</summary>
    public long NeedLegacy { get; private set; }

    /// <summary>The legacy modes that must be allowed to read all of them.</summary>
    public LegacyModes AllowLegacy { get; private set; }

    /// <summary>The strictest commitment policy under which all encrypted objects can be read; empty when there are none.</summary>
    public CommitmentPolicy? CommitmentPolicy { get; private set; }

    /// <summary>Encrypted objects whose KMS key could not be told, with -ResolveKey; for each an error was written.</summary>
    public long KeysNotResolved { get; private set; }

    /// <summary>The encrypted objects by format, algorithm, wrapping, storage class and, with -ResolveKey, KMS key; the most frequent first.</summary>
    public IReadOnlyList<CseMeasuredGroup> Groups => [.. _groups.Values.OrderByDescending(group => group.Objects)];

    /// <summary>How many objects, and how many of them encrypted.</summary>
    public override string ToString() => $"{Objects:N0} objects, {Encrypted:N0} encrypted";

    /// <summary>Counts an object.</summary>
    internal void Add(CseMeasuredObject item)
    {
        _buckets.Add(item.BucketName);
        _kinds[item.Kind] = Count(item.Kind) + 1;
        Objects++;
        Size += item.Size;
        if (item.Found is null)
        {
            return;
        }

        PlaintextSize += item.PlaintextSize ?? 0;
        AllowLegacy |= item.AllowLegacy!.Value;
        NeedLegacy += item.AllowLegacy == LegacyModes.None ? 0 : 1;
        KeysNotResolved += item.Failure is null ? 0 : 1;

        // The members of the enum stand from the strictest on.
        CommitmentPolicy = CommitmentPolicy is { } policy && policy > item.CommitmentPolicy ? policy : item.CommitmentPolicy;
        var alike = (item.Format, item.Algorithm, item.Wrapping, item.StorageClass, item.KmsKeyId, item.AllowLegacy);
        if (!_groups.TryGetValue(alike, out var group))
        {
            _groups.Add(alike, group = new CseMeasuredGroup(item));
        }

        group.Add(item);
    }

    /// <summary>Counts an object of which nothing could be told.</summary>
    internal void AddFailed() => (Objects, Failed) = (Objects + 1, Failed + 1);

    private long Count(string kind) => _kinds.GetValueOrDefault(kind);
}
