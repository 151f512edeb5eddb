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

    public string? Region { get; init; }

    public string? ProfileName { get; init; }

    public string? ProfileLocation { get; init; }

    public string? AccessKey { get; init; }

    public string? SecretKey { get; init; }

    public string? SessionToken { get; init; }

    public string? EndpointUrl { get; init; }

    public string? KmsEndpointUrl { get; init; }

    public bool ForcePathStyleAddressing { get; init; }

    public int? ThrottleLimit { get; init; }

    /// <summary>Does not show secrets.</summary>
    public override string ToString() => nameof(SessionDefaults);
}
