namespace CseKms.Core.Aws;

/// <summary>What must hold of the place that an object is written to. Immutable.</summary>
internal readonly record struct WriteCondition
{
    /// <summary>Nothing: whatever is there is replaced.</summary>
    public static readonly WriteCondition None;

    /// <summary>There is no object.</summary>
    public static readonly WriteCondition Absent = new() { IfNoneMatch = "*" };

    /// <summary>The <c>If-None-Match</c> header.</summary>
    public string? IfNoneMatch { get; private init; }

    /// <summary>The <c>If-Match</c> header.</summary>
    public string? IfMatch { get; private init; }

    /// <summary>The object there has this entity tag. A weak one cannot be asked for.</summary>
    public static WriteCondition Unchanged(string etag) => EntityTag.IsWeak(etag) ? None : new() { IfMatch = etag };
}
