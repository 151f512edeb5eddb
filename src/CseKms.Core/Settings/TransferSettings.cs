namespace CseKms.Core.Settings;

/// <summary>What the objects of one call share.</summary>
public sealed record TransferSettings
{
    /// <summary>The memory that a call uses for content unless told otherwise, in bytes.</summary>
    public const long DefaultMemoryLimit = 256L << 20;

    /// <summary>Requests in flight at most, 1 or more.</summary>
    public int ThrottleLimit { get; init; } = 16;

    /// <summary>Whether content is received into memory, to be written to the pipeline: it is kept within the limit too.</summary>
    public bool GoesToPipeline { get; init; }

    /// <summary>Bytes of content in memory at most; raised to what one part takes, a little over 12 MiB.</summary>
    public long MemoryLimit { get; init; } = DefaultMemoryLimit;

    /// <summary>How long the call waits for S3 and KMS.</summary>
    public TimeLimits Limits { get; init; } = new();
}
