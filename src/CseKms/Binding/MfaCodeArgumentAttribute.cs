using System.Management.Automation;
using System.Security;

namespace CseKms.Binding;

/// <summary>Takes the code of an MFA device as text, which may look like a number, or as a SecureString.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class MfaCodeArgumentAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData)
    {
        var plain = inputData is PSObject wrapped ? wrapped.BaseObject : inputData;

        // Of a number, the wrapper has the text that was typed, with the zeros in front.
        var text = plain is SecureString secret ? secret.ToText() : inputData?.ToString();
        return string.IsNullOrWhiteSpace(text) ? null : text.Trim();
    }
}
