namespace CseKms.Sandbox;

public sealed record SandboxOptions
{
    /// <summary>0 takes a free port.</summary>
    public int HttpPort { get; init; }

    /// <summary>0 takes a free port.</summary>
    public int HttpsPort { get; init; }

    /// <summary>The folder under which the sandbox makes its own, which it removes when it ends.</summary>
    public string? TemporaryFolder { get; init; }

    /// <summary>
    /// Another S3 and KMS to which requests are passed on, unverified, instead of being served here: the sandbox then adds its faults
    /// and its log.
    /// </summary>
    public Uri? Upstream { get; init; }

    /// <summary>The clock against which request times and expiries are checked.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;
}
