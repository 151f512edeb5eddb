using System.Management.Automation;
using System.Reflection;
using CseKms.Core.Settings;

namespace CseKms.Binding;

/// <summary>What Set-AWSCredential and Set-DefaultAWSRegion of AWS.Tools keep in variables of the user's session.</summary>
internal sealed class AwsToolsSession(PSCmdlet cmdlet)
{
    /// <summary>The region that was set, if any.</summary>
    public string? Region => Value("StoredAWSRegion")?.ToString() is { Length: > 0 } region ? region : null;

    /// <summary>
    /// The credentials that were set, if any. AWS.Tools wraps them in a type whose members are not public; where they cannot be taken
    /// out, a warning says so, since the call goes on as somebody else.
    /// </summary>
    public CallerIdentity? Identity
    {
        get
        {
            if (Value("StoredAWSCredentials") is not { } stored)
            {
                return null;
            }

            var inner = stored.GetType()
                .GetProperty("Credentials", BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic)?.GetValue(stored);
            var credential = ForeignCredential.From(inner ?? stored);
            if (credential is null)
            {
                cmdlet.Warn(
                    "The credentials of AWS.Tools' session ($StoredAWSCredentials) cannot be read and are not used. Give -Credential (Get-AWSCredential).");
            }

            return credential is null ? null : new CallerIdentity { Credential = credential };
        }
    }

    private object? Value(string variable) =>
        cmdlet.SessionState.PSVariable.GetValue(variable) is { } value ? value is PSObject wrapped ? wrapped.BaseObject : value : null;
}
