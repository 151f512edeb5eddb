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
    protected override void ProcessRecord() => WriteObject(SharedSession.Describe());
}
