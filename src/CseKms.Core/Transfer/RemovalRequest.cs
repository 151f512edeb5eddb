namespace CseKms.Core.Transfer;

/// <summary>Objects of one bucket that are removed.</summary>
/// <param name="Objects">The objects, or versions of objects, which are removed for good; at most <see cref="MostObjects"/>.</param>
public sealed record RemovalRequest(IReadOnlyList<ObjectAddress> Objects)
{
    /// <summary>How many objects one request is about at most.</summary>
    public const int MostObjects = Aws.S3Gateway.MostDeletions;

    /// <summary>The entity tags that the objects must have, in their order, where they must have any.</summary>
    public IReadOnlyList<string>? ETags { get; init; }

    /// <summary>What an instruction file's key adds to the object's key.</summary>
    public string InstructionFileSuffix { get; init; } = Format.InstructionFile.Suffix;

    /// <summary>Look for their instruction files, where these are not among the objects themselves.</summary>
    public bool WithInstructionFiles { get; init; } = true;
}

/// <summary>What became of one of them.</summary>
/// <param name="Address">The object, or the version of it.</param>
public sealed record RemovedObject(ObjectAddress Address)
{
    /// <summary>Why it was not removed, or may not have been; <see langword="null"/> when it was.</summary>
    public CseException? Failure { get; init; }

    /// <summary>Whether a delete marker was made, or is what was removed.</summary>
    public bool IsDeleteMarker { get; init; }

    /// <summary>The version of that marker.</summary>
    public string? DeleteMarkerVersionId { get; init; }

    /// <summary>Its instruction file, where that was removed too.</summary>
    public ObjectAddress? InstructionFile { get; init; }

    /// <summary>Why its instruction file is there still, where it should not be.</summary>
    public CseException? InstructionFileFailure { get; init; }

    /// <summary>Whether nobody may see if it has an instruction file.</summary>
    public bool IsInstructionFileHidden { get; init; }
}
