using System.Management.Automation;
using System.Security;

namespace CseKms.Binding;

/// <summary>Takes the code of an MFA device as text, as a number that kept its zeros, or as a SecureString.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class MfaCodeArgumentAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData)
    {
        var plain = inputData is PSObject wrapped ? wrapped.BaseObject : inputData;
        var text = plain is SecureString secret ? secret.ToText() : plain?.ToString();
        return string.IsNullOrWhiteSpace(text) ? null : text.Trim();
    }
}
