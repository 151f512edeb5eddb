using System.Management.Automation;

namespace CseKms.Commands;

/// <summary>Shows the session that all cmdlets of this module share: its defaults, and the clients and keyrings that are cached.</summary>
/// <remarks>
/// <para>A client is kept for each identity, endpoint and region, and a keyring for each KMS identity, endpoint, region and key. No data
/// key is ever kept. Secrets are not shown.</para>
/// </remarks>
/// <example>
/// <code>Get-CseSession</code>
/// Shows the defaults and what was done so far.
/// </example>
/// <example>
/// <code>(Get-CseSession).Keyrings | Format-Table KmsKeyId, DataKeysGenerated, DataKeysDecrypted</code>
/// Counts the calls of KMS.
/// </example>
[Cmdlet(VerbsCommon.Get, "CseSession")]
[OutputType(typeof(CseSession))]
public sealed class GetCseSessionCommand : PSCmdlet
{
    /// <inheritdoc/>
    protected override void ProcessRecord() => WriteObject(Describe());

    internal static CseSession Describe()
    {
        var defaults = SharedSession.Defaults;
        var engine = SharedSession.Engine.Describe();
        return new CseSession
        {
            BucketName = defaults.BucketName,
            KeyPrefix = defaults.KeyPrefix,
            KmsKeyId = defaults.KmsKeyId,
            EncryptionContext = defaults.EncryptionContext,
            CommitmentPolicy = defaults.CommitmentPolicy ?? default,
            Region = defaults.Region,
            ProfileName = defaults.ProfileName,
            AccessKey = defaults.AccessKey,
            EndpointUrl = defaults.EndpointUrl,
            KmsEndpointUrl = defaults.KmsEndpointUrl,
            ForcePathStyleAddressing = defaults.ForcePathStyleAddressing,
            ThrottleLimit = defaults.ThrottleLimit ?? TransferCmdlet.DefaultThrottleLimit,
            Clients = [.. engine.Clients.Select(client => new CseSessionClient
            {
                Identity = client.Identity,
                Region = client.Region,
                EndpointUrl = client.EndpointUrl,
                ObjectsSent = client.ObjectsSent,
                ObjectsReceived = client.ObjectsReceived,
                BytesSent = client.BytesSent,
                BytesReceived = client.BytesReceived,
            })],
            Keyrings = [.. engine.Keyrings.Select(keyring => new CseSessionKeyring
            {
                KmsKeyId = keyring.KmsKeyId,
                Identity = keyring.Identity,
                Region = keyring.Region,
                EndpointUrl = keyring.EndpointUrl,
                DataKeysGenerated = keyring.DataKeysGenerated,
                DataKeysDecrypted = keyring.DataKeysDecrypted,
            })],
        };
    }
}
