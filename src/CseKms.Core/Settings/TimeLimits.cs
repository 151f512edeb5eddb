namespace CseKms.Core.Settings;

/// <summary>How long a call waits for a service. Every wait ends.</summary>
public sealed record TimeLimits
{
    /// <summary>A request stands still when no byte of any request of the call moves for so long. It is then sent again.</summary>
    public TimeSpan Silence { get; init; } = TimeSpan.FromSeconds(100);

    /// <summary>
    /// How long one request may be silent while others move; and those always that make S3 work before it answers: completing an upload,
    /// copying.
    /// </summary>
    public TimeSpan LongSilence { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>A body that advances by less than 1 KiB a second over this time stands still, although bytes come.</summary>
    public TimeSpan SlowBody { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How long a call goes on without any progress while a service throttles, fails or cannot be reached.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>After how long without progress the caller hears of it.</summary>
    public TimeSpan Notice { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long cleaning up after a failure or a stop may hold up the caller. Within 3 seconds a stopped pipeline is to end.</summary>
    public TimeSpan Cleanup { get; init; } = TimeSpan.FromSeconds(2.5);
}
