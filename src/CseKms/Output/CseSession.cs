using CseKms.Core.Session;
using CseKms.Core.Settings;

namespace CseKms;

/// <summary>The defaults, clients and keyrings that all cmdlets of the process share. Shows no secret.</summary>
public sealed class CseSession
{
    private readonly SessionDefaults _defaults;

    internal CseSession(SessionDefaults defaults, SessionDescription engine)
    {
        _defaults = defaults.WithoutSecrets();

        // Arrays, which PowerShell can index.
        Clients = engine.Clients.Select(client => new CseSessionClient(client)).ToArray();
        Keyrings = engine.Keyrings.Select(keyring => new CseSessionKeyring(keyring)).ToArray();
    }

    /// <summary>Default of -BucketName.</summary>
    public string? BucketName => _defaults.BucketName;

    /// <summary>Default of -KeyPrefix.</summary>
    public string? KeyPrefix => _defaults.KeyPrefix;

    /// <summary>Default of -KmsKeyId.</summary>
    public string? KmsKeyId => _defaults.KmsKeyId;

    /// <summary>Default of -EncryptionContext.</summary>
    public IReadOnlyDictionary<string, string>? EncryptionContext => _defaults.EncryptionContext;

    /// <summary>Default of -CommitmentPolicy.</summary>
    public CommitmentPolicy CommitmentPolicy => _defaults.CommitmentPolicy ?? default;

    /// <summary>Default of -Region.</summary>
    public string? Region => _defaults.Connection.Region;

    /// <summary>Default of -ProfileName.</summary>
    public string? ProfileName => _defaults.Connection.Identity?.ProfileName;

    /// <summary>Default of -AccessKey. Its secret is not shown.</summary>
    public string? AccessKey => _defaults.Connection.Identity?.AccessKey;

    /// <summary>Default of -KmsProfileName.</summary>
    public string? KmsProfileName => _defaults.Connection.KmsProfileName;

    /// <summary>Default of -EndpointUrl.</summary>
    public string? EndpointUrl => _defaults.Connection.EndpointUrl;

    /// <summary>Default of -KmsEndpointUrl.</summary>
    public string? KmsEndpointUrl => _defaults.Connection.KmsEndpointUrl;

    /// <summary>Default of -ForcePathStyleAddressing.</summary>
    public bool ForcePathStyleAddressing => _defaults.Connection.ForcePathStyleAddressing == true;

    /// <summary>Default of -UseDualstackEndpoint.</summary>
    public bool UseDualstackEndpoint => _defaults.Connection.UseDualstackEndpoint == true;

    /// <summary>Default of -UseFIPSEndpoint.</summary>
    public bool UseFIPSEndpoint => _defaults.Connection.UseFipsEndpoint == true;

    /// <summary>Default of -RequestChecksumCalculation.</summary>
    public string? RequestChecksumCalculation => _defaults.Connection.RequestChecksumCalculation;

    /// <summary>Default of -ThrottleLimit.</summary>
    public int ThrottleLimit => _defaults.ThrottleLimit ?? SessionDefaults.UsualThrottleLimit;

    /// <summary>Default of -MemoryLimit, in bytes.</summary>
    public long MemoryLimit => _defaults.MemoryLimit ?? TransferSettings.DefaultMemoryLimit;

    /// <summary>Cached clients of S3.</summary>
    public IReadOnlyList<CseSessionClient> Clients { get; }

    /// <summary>Cached keyrings.</summary>
    public IReadOnlyList<CseSessionKeyring> Keyrings { get; }
}

/// <summary>A cached client of S3.</summary>
public sealed class CseSessionClient
{
    internal CseSessionClient(ClientDescription client)
    {
        Identity = client.Identity;
        CredentialsExpire = client.CredentialsExpire?.ToLocalTime();
        Region = client.Region;
        EndpointUrl = client.EndpointUrl;
        ObjectsSent = client.ObjectsSent;
        ObjectsReceived = client.ObjectsReceived;
        BytesSent = client.BytesSent;
        BytesReceived = client.BytesReceived;
    }

    /// <summary>Where its credentials came from.</summary>
    public string Identity { get; }

    /// <summary>When its temporary keys end, in local time; they are renewed before. Empty where there is no end or it is not known.</summary>
    public DateTime? CredentialsExpire { get; }

    /// <summary>Its region.</summary>
    public string Region { get; }

    /// <summary>Its endpoint when not AWS's own.</summary>
    public string? EndpointUrl { get; }

    /// <summary>Objects sent through it.</summary>
    public long ObjectsSent { get; }

    /// <summary>Objects received through it.</summary>
    public long ObjectsReceived { get; }

    /// <summary>Plaintext bytes sent through it.</summary>
    public long BytesSent { get; }

    /// <summary>Plaintext bytes received through it.</summary>
    public long BytesReceived { get; }

    /// <summary>One line.</summary>
    public override string ToString() =>
        $"S3 {Region} as {Identity}: {ObjectsSent} sent ({BytesSent:N0} bytes), {ObjectsReceived} received ({BytesReceived:N0} bytes)";
}

/// <summary>A cached keyring.</summary>
public sealed class CseSessionKeyring
{
    internal CseSessionKeyring(KeyringDescription keyring)
    {
        KmsKeyId = keyring.KmsKeyId;
        Identity = keyring.Identity;
        CredentialsExpire = keyring.CredentialsExpire?.ToLocalTime();
        Region = keyring.Region;
        EndpointUrl = keyring.EndpointUrl;
        DataKeysGenerated = keyring.DataKeysGenerated;
        DataKeysDecrypted = keyring.DataKeysDecrypted;
    }

    /// <summary>The KMS key id as it was given.</summary>
    public string KmsKeyId { get; }

    /// <summary>Where its credentials came from.</summary>
    public string Identity { get; }

    /// <summary>When its temporary keys end, in local time; they are renewed before. Empty where there is no end or it is not known.</summary>
    public DateTime? CredentialsExpire { get; }

    /// <summary>The region of KMS.</summary>
    public string Region { get; }

    /// <summary>Its endpoint when not AWS's own.</summary>
    public string? EndpointUrl { get; }

    /// <summary>Data keys that KMS made.</summary>
    public long DataKeysGenerated { get; }

    /// <summary>Data keys that KMS unwrapped.</summary>
    public long DataKeysDecrypted { get; }

    /// <summary>One line.</summary>
    public override string ToString() => $"{KmsKeyId} as {Identity}: data keys made {DataKeysGenerated}, unwrapped {DataKeysDecrypted}";
}
