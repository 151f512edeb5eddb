using System.Management.Automation;

namespace CseKms.Commands;

/// <summary>Forgets the session: all defaults, and all cached clients and keyrings.</summary>
/// <remarks>
/// <para>Calls that run at that moment in other runspaces go on with what they have.</para>
/// </remarks>
/// <example>
/// <code>Clear-CseSession</code>
/// Forgets defaults, credentials and counts.
/// </example>
/// <example>
/// <code>try { ./backup.ps1 } finally { Clear-CseSession }</code>
/// Leaves nothing behind after a script that called Set-CseSession.
/// </example>
[Cmdlet(VerbsCommon.Clear, "CseSession", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Low)]
public sealed class ClearCseSessionCommand : PSCmdlet
{
    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (this.Approves("The session of this process", "Forget defaults, clients and keyrings"))
        {
            SharedSession.Reset();
        }
    }
}
