using CseKms.Core.Settings;

namespace CseKms;

/// <summary>What stands in for parameters that a call does not give. Immutable.</summary>
internal sealed record SessionDefaults
{
    /// <summary>Objects worked on at once when neither the call nor the session says.</summary>
    public const int UsualThrottleLimit = 16;

    public string? BucketName { get; init; }

    public string? KeyPrefix { get; init; }

    public string? KmsKeyId { get; init; }

    public IReadOnlyDictionary<string, string>? EncryptionContext { get; init; }

    public CommitmentPolicy? CommitmentPolicy { get; init; }

    /// <summary>Who AWS is called as, and where.</summary>
    public ConnectionSettings Connection { get; init; } = new();

    public int? ThrottleLimit { get; init; }

    public long? MemoryLimit { get; init; }

    /// <summary>A code of an MFA device that waits for its first and only use.</summary>
    public string? MfaCode { get; init; }

    /// <summary>What may be shown of them.</summary>
    public SessionDefaults WithoutSecrets() => this with
    {
        Connection = Connection with { Identity = Connection.Identity?.WithoutSecrets() },
        MfaCode = null,
    };

    /// <summary>Does not show secrets.</summary>
    public override string ToString() => nameof(SessionDefaults);
}
