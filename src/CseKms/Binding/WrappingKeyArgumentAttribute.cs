using System.Management.Automation;
using System.Security;

namespace CseKms.Binding;

/// <summary>Takes a raw key in a form that does not stay in the history.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class WrappingKeyArgumentAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData)
    {
        var value = inputData is PSObject wrapped ? wrapped.BaseObject : inputData;
        return value switch
        {
            null or SecureString or byte[] => value,
            object[] => LanguagePrimitives.ConvertTo<byte[]>(value),
            _ => throw new ArgumentTransformationMetadataException(
                "This is no key. Give a SecureString of its base64, as Read-Host -AsSecureString gives it, or its bytes. Plain text would stay in the history."),
        };
    }
}
