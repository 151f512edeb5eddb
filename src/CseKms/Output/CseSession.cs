using CseKms.Core.Aws.Identity;

namespace CseKms;

/// <summary>The defaults, clients and keyrings that all cmdlets of the process share. Shows no secret.</summary>
public sealed class CseSession
{
    /// <summary>Default of -BucketName.</summary>
    public string? BucketName { get; init; }

    /// <summary>Default of -KeyPrefix.</summary>
    public string? KeyPrefix { get; init; }

    /// <summary>Default of -KmsKeyId.</summary>
    public string? KmsKeyId { get; init; }

    /// <summary>Default of -EncryptionContext.</summary>
    public IReadOnlyDictionary<string, string>? EncryptionContext { get; init; }

    /// <summary>Default of -CommitmentPolicy.</summary>
    public CommitmentPolicy CommitmentPolicy { get; init; }

    /// <summary>Default of -Region.</summary>
    public string? Region { get; init; }

    /// <summary>Default of -ProfileName.</summary>
    public string? ProfileName { get; init; }

    /// <summary>Default of -AccessKey. Its secret is not shown.</summary>
    public string? AccessKey { get; init; }

    /// <summary>Default of -KmsProfileName.</summary>
    public string? KmsProfileName { get; init; }

    /// <summary>Default of -EndpointUrl.</summary>
    public string? EndpointUrl { get; init; }

    /// <summary>Default of -KmsEndpointUrl.</summary>
    public string? KmsEndpointUrl { get; init; }

    /// <summary>Default of -ForcePathStyleAddressing.</summary>
    public bool ForcePathStyleAddressing { get; init; }

    /// <summary>Default of -UseDualstackEndpoint.</summary>
    public bool UseDualstackEndpoint { get; init; }

    /// <summary>Default of -UseFIPSEndpoint.</summary>
    public bool UseFIPSEndpoint { get; init; }

    /// <summary>Default of -ThrottleLimit.</summary>
    public int ThrottleLimit { get; init; }

    /// <summary>Default of -MemoryLimit, in bytes.</summary>
    public long MemoryLimit { get; init; }

    /// <summary>Cached clients of S3.</summary>
    public required IReadOnlyList<CseSessionClient> Clients { get; init; }

    /// <summary>Cached keyrings.</summary>
    public required IReadOnlyList<CseSessionKeyring> Keyrings { get; init; }
}

/// <summary>A cached client of S3.</summary>
public sealed class CseSessionClient
{
    /// <summary>Where its credentials came from.</summary>
    public required string Identity { get; init; }

    /// <summary>When its temporary keys end, in local time; they are renewed before. Empty where there is no end or it is not known.</summary>
    public DateTime? CredentialsExpire { get; init; }

    /// <summary>Its region.</summary>
    public required string Region { get; init; }

    /// <summary>Its endpoint when not AWS's own.</summary>
    public string? EndpointUrl { get; init; }

    /// <summary>Objects sent through it.</summary>
    public long ObjectsSent { get; init; }

    /// <summary>Objects received through it.</summary>
    public long ObjectsReceived { get; init; }

    /// <summary>Plaintext bytes sent through it.</summary>
    public long BytesSent { get; init; }

    /// <summary>Plaintext bytes received through it.</summary>
    public long BytesReceived { get; init; }

    /// <summary>One line.</summary>
    public override string ToString() =>
        $"S3 {Region} as {Identity}: {ObjectsSent} sent ({BytesSent:N0} bytes), {ObjectsReceived} received ({BytesReceived:N0} bytes)";
}

/// <summary>A cached keyring.</summary>
public sealed class CseSessionKeyring
{
    /// <summary>The KMS key id as it was given.</summary>
    public required string KmsKeyId { get; init; }

    /// <summary>Where its credentials came from.</summary>
    public required string Identity { get; init; }

    /// <summary>When its temporary keys end, in local time; they are renewed before. Empty where there is no end or it is not known.</summary>
    public DateTime? CredentialsExpire { get; init; }

    /// <summary>The region of KMS.</summary>
    public required string Region { get; init; }

    /// <summary>Its endpoint when not AWS's own.</summary>
    public string? EndpointUrl { get; init; }

    /// <summary>Data keys that KMS made.</summary>
    public long DataKeysGenerated { get; init; }

    /// <summary>Data keys that KMS unwrapped.</summary>
    public long DataKeysDecrypted { get; init; }

    /// <summary>One line.</summary>
    public override string ToString() => $"{KmsKeyId} as {Identity}: data keys made {DataKeysGenerated}, unwrapped {DataKeysDecrypted}";
}
