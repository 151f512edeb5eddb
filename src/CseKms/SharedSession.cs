using CseKms.Core.Aws.Identity;
using CseKms.Core.Session;
using CseKms.Core.Settings;


namespace CseKms;

/// <summary>The session and the defaults that all cmdlets and runspaces of the process share. Thread-safe.</summary>
internal static class SharedSession
{
    private static readonly object Lock = new();
    private static volatile SessionDefaults s_defaults = new();

    /// <summary>Clients and keyrings.</summary>
    public static EncryptionSession Engine { get; } = new();

    /// <summary>What Set-CseSession set.</summary>
    public static SessionDefaults Defaults => s_defaults;

    /// <summary>Changes the defaults; of two runspaces that do so at once, neither undoes what the other sets.</summary>
    public static void Change(Func<SessionDefaults, SessionDefaults> change)
    {
        lock (Lock)
        {
            s_defaults = change(s_defaults);
        }
    }

    /// <summary>The code of an MFA device that was set, which nobody gets a second time.</summary>
    public static string? TakeMfaCode()
    {
        string? code = null;
        Change(old =>
        {
            code = old.MfaCode;
            return old with { MfaCode = null };
        });
        return code;
    }

    /// <summary>What a user may see of it.</summary>
    public static CseSession Describe()
    {
        var defaults = Defaults;
        var engine = Engine.Describe();
        return new CseSession
        {
            BucketName = defaults.BucketName,
            KeyPrefix = defaults.KeyPrefix,
            KmsKeyId = defaults.KmsKeyId,
            EncryptionContext = defaults.EncryptionContext,
            CommitmentPolicy = defaults.CommitmentPolicy ?? default,
            Region = defaults.Region,
            ProfileName = defaults.Identity?.ProfileName,
            AccessKey = defaults.Identity?.AccessKey,
            KmsProfileName = defaults.KmsProfileName,
            EndpointUrl = defaults.EndpointUrl,
            KmsEndpointUrl = defaults.KmsEndpointUrl,
            ForcePathStyleAddressing = defaults.ForcePathStyleAddressing,
            UseDualstackEndpoint = defaults.UseDualstackEndpoint,
            UseFIPSEndpoint = defaults.UseFipsEndpoint,
            ThrottleLimit = defaults.ThrottleLimit ?? SessionDefaults.UsualThrottleLimit,
            MemoryLimit = defaults.MemoryLimit ?? TransferSettings.DefaultMemoryLimit,
            // Arrays, which PowerShell can index.
            Clients = engine.Clients.Select(client => new CseSessionClient
            {
                Identity = client.Identity,
                CredentialsExpire = client.CredentialsExpire?.ToLocalTime(),
                Region = client.Region,
                EndpointUrl = client.EndpointUrl,
                ObjectsSent = client.ObjectsSent,
                ObjectsReceived = client.ObjectsReceived,
                BytesSent = client.BytesSent,
                BytesReceived = client.BytesReceived,
            }).ToArray(),
            Keyrings = engine.Keyrings.Select(keyring => new CseSessionKeyring
            {
                KmsKeyId = keyring.KmsKeyId,
                Identity = keyring.Identity,
                CredentialsExpire = keyring.CredentialsExpire?.ToLocalTime(),
                Region = keyring.Region,
                EndpointUrl = keyring.EndpointUrl,
                DataKeysGenerated = keyring.DataKeysGenerated,
                DataKeysDecrypted = keyring.DataKeysDecrypted,
            }).ToArray(),
        };
    }

    /// <summary>Forgets all.</summary>
    public static void Reset()
    {
        Change(_ => new SessionDefaults());
        Engine.Clear();
    }
}
